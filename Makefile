# `make help` lists the commands. They need Python 3.11 or newer with pip and venv; all packages are
# installed from requirements/*.txt, by hash.

.DELETE_ON_ERROR:
.PHONY: help new test matrix explorer pictures additions mutants judges live-all bench docs readme format lint seal rule lock newest clean

PYTHON ?= python3
BIN := .venv/bin
OUT ?= out
JOBS ?= auto
PROJECT := {{cookiecutter.project_slug}}
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
	--require-hashes

# A missing prerequisite is reported once, before a test can fail because of it.
CHECKED := @$(BIN)/python -m proof.prerequisites &&
unexport PYTHONHOME
unexport PYTHONPATH
# Without cached bytecode, each process would compile aws-cdk-lib again.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

new: .venv/.new ## render a project into out/ and verify it (OUT=folder, ARGS='api=http worker=sqs')
	@$(BIN)/python -m tools.new --output '$(OUT)' -- $(ARGS)

# Tests of one file share projects and kernels, so a process gets them together.
test: .venv/.test ## run the tests (ARGS='-k rejections')
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

matrix: .venv/.test ## prove every variant, and write docs/explorer (SHARD=1/8: a share of them)
	$(CHECKED) $(BIN)/python -m proof.matrix $(if $(SHARD),--shard '$(SHARD)') $(ARGS)
	$(if $(SHARD)$(ARGS),,@$(BIN)/python -m tools.explorer)

explorer: .venv/.test ## write docs/explorer/index.html, with the verdicts of the last make matrix
	$(CHECKED) $(BIN)/python -m tools.explorer $(ARGS)

pictures: .venv/.test ## write the pictures and tables of projects into templates/docs/architecture
	$(CHECKED) $(BIN)/python -m tools.pictures $(ARGS)

additions: .venv/.test ## prove each addition and each pair of additions (ARGS=singles, pairs, threes, checks or --shard=1/8)
	$(CHECKED) $(BIN)/python -m proof.additions $(ARGS)

mutants: .venv/.test ## reintroduce each known fault and check that it is rejected
	$(CHECKED) $(BIN)/python -m proof.mutants $(ARGS)

judges: .venv/.test .cache/judges/.made ## compare guardrails with other judges (ARGS=--write: docs/judges.md)
	$(CHECKED) $(BIN)/python -m proof.judges $(ARGS)

live-all: .venv/.test ## deploy variants to an emulator, test and destroy them
	$(CHECKED) $(BIN)/python -m proof.live $(ARGS)

bench: .venv/.test ## measure performance against the limits in docs/performance.md
	$(CHECKED) $(BIN)/python -m proof.bench $(ARGS)

docs: .venv/.new .cache/docs/.made ## build the documentation site in build/site, and check its links
	@$(BIN)/python -m tools.site stage
	@.cache/docs/bin/python -m sphinx -q -W --keep-going -b dirhtml -c tools/docs -d .cache/docs/trees \
		build/docs build/site
	@$(BIN)/python -m tools.site check

readme: .venv/.test ## write the figures and pictures of README.md (ARGS=--record: record cookiecutter again; ARGS=--screens: pictures of pages)
	$(CHECKED) $(BIN)/python -m tools.readme $(ARGS)

# ruff would also read the project's pyproject.toml, which is a template.
RUFF := --config pyproject.toml

format: .venv/.test ## format the code and apply the linter's fixes
	@$(BIN)/ruff check $(RUFF) --quiet --fix-only .
	@$(BIN)/ruff format $(RUFF) .

lint: .venv/.test ## check format, lint and types
	@$(BIN)/ruff format $(RUFF) --check --output-format=concise . || { echo "Try: make format" >&2; exit 1; }
	@$(BIN)/ruff check $(RUFF) .
	@$(BIN)/mypy

seal: .venv/.new ## write the checksums of the sealed packages, docs/rules.md, AGENTS.md and template.yaml
	@$(BIN)/python -m tools.seal
	@$(BIN)/python -m tools.rules --write
	@$(BIN)/python -m tools.agents --write
	@$(BIN)/python -m tools.backstage --write

# Make passes the variables of its command line to the environment, where a title can have quotes.
rule: .venv/.new ## add a rule (ID=TAP336 TITLE='Streams keep records for a week.' MODULE=events)
	@$(BIN)/python -m tools.rule "$$ID" --title "$$TITLE" --module "$$MODULE"

# The stamp is written last, so that an interrupted installation starts again.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than 3.11; try: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; \
		exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.new: requirements/new.txt .venv/.made
	@echo "Installing $< into .venv"
	@$(PIP) -r $<
	@touch $@

.venv/.test: requirements/test.txt .venv/.made
	@echo "Installing $< into .venv"
	@$(PIP) -r $<
	@touch $@ .venv/.new

# cfn-lint and checkov need versions of packages that the tests' environment can't have.
.cache/judges/.made: requirements/judges.txt
	@echo "Installing $< into .cache/judges"
	@rm -rf .cache/judges
	@$(PYTHON) -m venv .cache/judges
	@.cache/judges/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--require-hashes -r $<
	@touch $@

# Sphinx would add twenty packages to the tests' environment.
.cache/docs/.made: requirements/docs.txt
	@echo "Installing $< into .cache/docs"
	@rm -rf .cache/docs
	@$(PYTHON) -m venv .cache/docs
	@.cache/docs/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--require-hashes -r $<
	@touch $@

# Lock rendered projects first (`make lock` in one): the tests use the versions of their locks.
PROJECTS := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python '$(PROJECT)'/tap_project
RESOLVE := $(PROJECTS)/uv.py pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command 'make lock'

lock: .venv/.test ## resolve requirements/*.in into the locks beside them (ARGS=--upgrade: with newer versions)
	@mkdir -p build/lock
	@cat '$(PROJECT)'/requirements/synth.txt '$(PROJECT)'/requirements/dev.txt \
		>build/lock/project.txt
	@grep -h '==' build/lock/project.txt | sed 's/ \\$$//' | sort -u >build/lock/pins.txt
	@cp requirements/test.txt build/lock/test.txt
	@$(RESOLVE) $(ARGS) --no-annotate --constraints build/lock/pins.txt requirements/test.in \
		'$(PROJECT)/requirements/synth.in' '$(PROJECT)/requirements/dev.in' -o build/lock/test.txt
	@cp build/lock/test.txt build/lock/new.txt
	@$(RESOLVE) requirements/new.in -o build/lock/new.txt
	@cp build/lock/test.txt build/lock/lifecycle.txt
	@$(RESOLVE) --no-annotate requirements/lifecycle.in -o build/lock/lifecycle.txt
	@cp requirements/judges.txt build/lock/judges.txt
	@$(RESOLVE) $(ARGS) --no-annotate requirements/judges.in -o build/lock/judges.txt
	@cp requirements/docs.txt build/lock/docs.txt
	@$(RESOLVE) $(ARGS) --no-annotate requirements/docs.in -o build/lock/docs.txt
	@$(PROJECTS)/wheels.py build/lock/test.txt build/lock/new.txt build/lock/lifecycle.txt build/lock/docs.txt
	@mv build/lock/test.txt build/lock/new.txt build/lock/lifecycle.txt build/lock/judges.txt build/lock/docs.txt \
		requirements/

newest: .venv/.test ## lock the newest releases of everything, the CDK's included
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m tools.newest

clean: ## remove all generated files except out/
	@rm -rf .venv .cache build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	@find local_extensions hooks proof tests tools '$(PROJECT)' -name __pycache__ -type d -prune -exec rm -rf {} +
