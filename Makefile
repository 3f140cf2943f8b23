# Everything a person or a machine does with this repository. `make` alone explains the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Many tests start the program: without its compiled modules each start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
# What the namespace runtime and the tests call on the host. A package is installed only where it is missing.
DEBIAN_PACKAGES := busybox-static e2fsprogs graphviz iproute2 libseccomp2 nftables util-linux
# The real daemons that only the tests start: on private sockets, in private folders.
TEST_PACKAGES := apache2-utils curl docker-cli docker-compose docker-registry docker.io gcc iptables libvirt-clients \
	libvirt-daemon libvirt-daemon-driver-lxc libvirt-daemon-system libvirt-dev mmdebstrap nginx-light openssh-client openssh-server ovmf pkg-config postgresql python3-dev \
	qemu-system-modules-spice qemu-system-x86 qemu-utils redis-server swtpm swtpm-tools tini wrk
# What only the long tests start.
SOAK_PACKAGES := aardvark-dns netavark openvswitch-switch podman stress-ng trinity
# The environment is made anew when what it is made from, or its place, changes.
KEY := $(shell { cat pyproject.toml locks/*.txt; echo $(CURDIR) $(PYTHON); } | sha256sum | cut -c 1-16)
INSTALLED := .venv/.installed-$(KEY)
LINKS := src/virtwright/stacks src/virtwright/providers src/virtwright/schemas

# How the Python packages are installed: these versions, and only what has the hash that was locked.
PIP = $(BIN)/pip install --quiet --disable-pip-version-check
LOCKED = $(PIP) --require-hashes --no-build-isolation --requirement
LOCK = $(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --no-annotate --no-emit-find-links --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"

PYTEST_OPTIONS ?=
# The order of sets in all processes of a run: see tests/seeds.py, which chooses HYPOTHESIS_SEED where it is not given.
ifndef PYTHONHASHSEED
PYTHONHASHSEED := $(shell shuf --input-range 1-4294967295 --head-count 1)
endif
export PYTHONHASHSEED
# How many test processes run side by side: a process waits for daemons and guests half of its time.
JOBS ?= $(shell expr 2 \* $$(nproc))
UNIT_JOBS ?= $(shell nproc)
SOAK ?= 100
# One part of the soak alone, by the name in its mark, and how many inputs it tries or for how many seconds it runs.
PART ?=
COUNT ?=
# What the fresh machine makes.
TARGET ?= test
# Modules to try mutants of, and the files of tests to try them with; all of both where it is empty.
MODULE ?=
TESTS ?=
# The folder that keeps what became of each mutant; empty: none.
RESULTS ?=
# The host's port that the quickstart publishes.
PORT ?= 8080

.PHONY: help setup daemons quickstart check test soak fresh bench generate golden clean ruff types layers collected unit packages links hook root lock coverage

help: ## Explain the targets
	@echo "virtwright: infrastructure as code for virtual machines, containers, networks and storage"
	@echo
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' \
		| while IFS='|' read -r target text; do printf '  make %-12s%s\n' "$$target" "$$text"; done

setup: packages links $(INSTALLED) hook ## Install the Debian packages and make .venv with the project in it

quickstart: root setup ## Apply examples/quickstart on this machine and ask it for a page
	@examples/quickstart/run.sh $(BIN)/virtwright $(PORT)

check: setup ## Lint, types, layers and unit tests: run before each commit
	@$(MAKE) -j2 --output-sync=target ruff types layers unit

test: root daemons ## All that check runs, and every other test (needs root)
	@$(MAKE) -j2 --output-sync=target types ruff layers collected
	@$(BIN)/python -m pytest -p tests.second_try -p tests.part_times -n $(JOBS) --dist worksteal --timeout 600 $(PYTEST_OPTIONS)

soak: override DEBIAN_PACKAGES += $(SOAK_PACKAGES)
soak: root daemons ## The same tests with much larger random campaigns (SOAK=100); takes hours. PART=NAME COUNT=NUMBER: a part of it
	@VIRTWRIGHT_SOAK=$(SOAK) VIRTWRIGHT_PART=$(PART) VIRTWRIGHT_COUNT=$(COUNT) \
		$(BIN)/pytest $(if $(PART),--capture no,-n $(JOBS) --dist worksteal) --timeout 0 $(PYTEST_OPTIONS)

fresh: override DEBIAN_PACKAGES := mmdebstrap
fresh: root packages ## make test (TARGET) on a fresh Debian machine: a root of its own, with git, python3 and make alone
	@tests/fresh_machine/run.sh $(TARGET)

bench: root daemons ## Measure, and print each number beside its floor
	@for benchmark in benchmarks/*.py; do echo "== $$benchmark"; $(BIN)/python $$benchmark; done

coverage: root daemons ## Run all tests and show which lines none of them reached
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(PYTEST_OPTIONS)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report --skip-covered --show-missing

.PHONY: mutants
mutants: $(INSTALLED) ## Try one-line faults in what decides (MODULE=providers/diff.py, TESTS="tests/unit/..."): which does no test see?
	@$(BIN)/python -m tests.mutation $(MODULE) $(if $(TESTS),--tests $(TESTS)) $(if $(RESULTS),--results $(RESULTS))

generate: setup ## Write the Python package, Pulumi's package schema and the JSON Schema of stacks anew from the models
	@$(BIN)/virtwright schema > schemas/stack.schema.json.new && mv schemas/stack.schema.json.new schemas/stack.schema.json
	@$(BIN)/python -m virtwright.codegen

golden: setup ## Write the golden files of the unit tests anew, and tell which have changed: read the difference before you commit
	@tests=$$(grep --recursive --files-with-matches --include='test_*.py' 'tests.golden' tests/unit); \
		VIRTWRIGHT_GOLDEN=write $(BIN)/pytest --quiet $$tests $(PYTEST_OPTIONS) && $(BIN)/pytest --quiet $$tests $(PYTEST_OPTIONS)
	@git status --short -- tests | grep '/golden/' || echo "no golden file has changed"

lock: setup ## Choose the newest versions of all dependencies and write them, with their hashes, to locks/
	@$(BIN)/pip install --quiet uv
	@echo 'pip>=25.1' | $(LOCK) --output-file locks/pip.txt -
	@$(LOCK) --group dev --extra postgresql --output-file locks/dev.txt pyproject.toml
	@$(LOCK) --group hosts --constraint locks/dev.txt --output-file locks/hosts.txt

clean: ## Remove all that was made here; the environment too
	@rm -rf .venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache *.egg-info src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ruff: $(INSTALLED)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(INSTALLED)
	@$(BIN)/mypy

layers: $(INSTALLED)
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# Compiles the tests and what they import: else each of the test processes would do so by itself at the same time.
collected: $(INSTALLED)
	@told=$$($(BIN)/pytest --collect-only --quiet -p no:cacheprovider 2>&1) || { echo "$$told"; exit 1; }

unit: $(INSTALLED)
	@$(BIN)/pytest -p no:cacheprovider -n $(UNIT_JOBS) --dist worksteal tests/unit $(PYTEST_OPTIONS)

$(INSTALLED): pyproject.toml $(wildcard locks/*.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "virtwright needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@echo "Installing the Python packages into .venv (a minute or so the first time)"
	@$(PIP) --require-hashes --requirement locks/pip.txt
	@$(LOCKED) locks/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

daemons: override DEBIAN_PACKAGES += $(TEST_PACKAGES)
daemons: setup $(INSTALLED)-hosts ## Besides, install the daemons and libraries that the tests against real hosts need

$(INSTALLED)-hosts: | setup
	@$(LOCKED) locks/hosts.txt
	@touch $@

packages:
	@missing=""; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="python3-venv"; \
	if ! command -v dpkg-query >/dev/null; then \
		[[ -z "$$missing" ]] || { echo "$(PYTHON) has no ensurepip: install your system's package for Python's venv module" >&2; exit 1; }; \
		echo "Not a Debian system: make sure that you have the equivalents of $(DEBIAN_PACKAGES)" >&2; exit 0; \
	fi; \
	for package in $(DEBIAN_PACKAGES); do \
		[[ "$$(dpkg-query --show --showformat='$${db:Status-Status}' $$package 2>/dev/null)" == installed ]] || missing+=" $$package"; \
	done; \
	[[ -n "$$missing" ]] || exit 0; \
	[[ $$EUID -eq 0 ]] || { echo "These Debian packages are missing, and only root can install them. Run this once as root:" >&2; \
		echo "    apt-get install --no-install-recommends$${missing/#/ }" >&2; exit 1; }; \
	echo "Installing Debian packages:$${missing/#/ }"; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update --quiet --quiet; \
	apt-get install --quiet --quiet --yes --no-install-recommends $$missing >/dev/null

links:
	@for link in $(LINKS); do \
		[[ -d $$link ]] || { echo "$$link should be a link to a folder but is not: this checkout has no symbolic links." >&2; \
			echo "Clone the repository with git on a file system that has them:" >&2; \
			echo "    git config core.symlinks true && git checkout -- src/virtwright" >&2; exit 1; }; \
	done

hook:
	@$(PYTHON) .ci/commit_message.py install

root:
	@[[ $$EUID -eq 0 ]] || { echo "This target makes namespaces, bridges and mounts, so it must run as root. What needs no root: make check" >&2; exit 1; }
