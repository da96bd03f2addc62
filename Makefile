# hall10086: make serve | test | setup | peers | soak | siege | bench
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# the end-to-end tests mostly wait for each other's timers: more of them than cores run side by side
WORKERS ?= 3
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: serve test setup peers soak siege bench

serve: setup
	@exec $(BIN)/hall10086 serve

setup: $(VENV)/.installed

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("hall10086 needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(PIP) -e .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	$(PIP) -e '.[test,postgresql]'
	@touch $@

test: $(VENV)/.test-installed
	@if [ "$$(id -u)" = 0 ]; then $(MAKE) --no-print-directory peers; fi
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy menus business boss handlers counter store ivr sms peers studio server
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

peers:
	@sh tests/peers/install.sh

soak: $(VENV)/.test-installed
	$(BIN)/python -m pytest --soak -m soak

siege: $(VENV)/.test-installed
	$(BIN)/python -m pytest --soak tests/siege

bench: $(VENV)/.test-installed
	$(BIN)/python -m benchmarks
