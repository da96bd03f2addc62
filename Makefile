# hall10086: make serve | test | setup | setup-test | lock | peers | soak | siege | bench
# with another Python: make test PYTHON=python3.13 VENV=.venv-3.13
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# the end-to-end tests mostly wait for each other's timers: more of them than cores run side by side
WORKERS ?= 4
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
ROOMS := menus business boss handlers counter store ivr sms web peers studio server
# what is installed, to the byte; what builds packages is among it, so that nothing else is fetched for that
LOCKED := $(PIP) --no-deps --require-hashes --no-build-isolation -r
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade

.PHONY: serve test setup setup-test lock peers soak siege bench

serve: setup
	@exec $(BIN)/hall10086 serve

setup: $(VENV)/.installed

setup-test: $(VENV)/.test-installed

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("hall10086 needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg setup.py pyproject.toml requirements/base.lock | $(VENV)/bin/python
	$(LOCKED) requirements/base.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed requirements/test.lock
	$(LOCKED) requirements/test.lock
	@touch $@

# the newest versions that setup.cfg allows, for every Python that it names; the environment names the index
lock: $(VENV)/bin/python
	$(PIP) uv
	cd requirements && ../$(LOCK) -o base.lock build.in ../setup.cfg
	cd requirements && ../$(LOCK) -c base.lock --extra test --extra postgresql -o test.lock build.in ../setup.cfg
	cd requirements && ../$(LOCK) -c test.lock --extra voice -o voice.lock build.in ../setup.cfg

test: $(VENV)/.test-installed
	@if [ "$$(id -u)" = 0 ]; then $(MAKE) --no-print-directory peers; fi
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(ROOMS)
	@$(BIN)/python -m compileall -q $(ROOMS)  # else each of the halls that the tests start would do it
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

peers:
	@VENV=$(VENV) sh tests/peers/install.sh

soak: $(VENV)/.test-installed
	$(BIN)/python -m pytest --soak -m 'soak or hypothesis'

siege: $(VENV)/.test-installed
	$(BIN)/python -m pytest --soak tests/siege

bench: $(VENV)/.test-installed
	$(BIN)/python -m benchmarks
