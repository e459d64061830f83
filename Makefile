# make setup   an environment in .venv with everything editable, and the client built
# make demo    the demo on http://localhost:8000 (PORT=… for another port)
# make test    everything: lint, types, unit, integration and browser tests
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := . $(sort $(wildcard plugins/mug_*)) examples/mug_skill
CLIENT_SOURCES := $(shell find client plugins/*/client -type f -not -path '*/node_modules/*' 2>/dev/null) package.json package-lock.json
RUNTIME_SOURCES := $(shell find plugins/mug_pyodide/assembly mug/*.py mug/configurations mug/engine mug/game mug/rendering plugins/mug_pyodide/mug_pyodide/in_browser -name '*.py' -o -name '*.mjs' -o -name '*.txt' 2>/dev/null)
PYPROJECTS := pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml) $(wildcard examples/*/pyproject.toml)

.PHONY: setup demo test lint types unit client-test bench soak wheels docs clean
.DELETE_ON_ERROR:

setup: .make/python .make/client .make/pyodide

.make/venv:
	@mkdir -p .make
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1,<27"
	@touch $@

.make/python: .make/venv $(PYPROJECTS)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev $(addprefix --editable ,$(PACKAGES))
	@touch $@

node_modules/.make: package-lock.json package.json $(wildcard client/package.json) $(wildcard plugins/*/client/package.json)
	npm ci --silent --no-audit --no-fund
	@touch $@

.make/client: node_modules/.make $(CLIENT_SOURCES)
	@mkdir -p .make
	npm run --silent build
	@touch $@

# What browsers need to run Python. Kept in ~/.cache/mug, so that only what is new is made again.
.make/pyodide: .make/python node_modules/.make $(RUNTIME_SOURCES)
	@mkdir -p .make
	cd plugins/mug_pyodide && $(abspath $(BIN))/python -m assembly
	@touch $@

demo: setup
	$(BIN)/python examples/demo.py --port $(PORT)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	npm run --silent typecheck
	npm run --silent lint

types: setup
	$(BIN)/mypy mug plugins/mug_pyodide/assembly $(foreach package,$(sort $(wildcard plugins/mug_*)),$(package)/$(notdir $(package)))

client-test: setup
	npm test --silent

unit: setup
	$(BIN)/python -m pytest -q -m "not browser"

.make/chromium:
	@mkdir -p .make
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; }
	@touch $@

.make/coturn:
	@mkdir -p .make
	@command -v turnserver >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends coturn; }
	@touch $@

test: setup .make/chromium .make/coturn lint types client-test
	$(BIN)/python -m pytest

# A million frames and a thousand farewells of peer-to-peer games over simulated networks; takes minutes.
soak: .make/python
	$(BIN)/python -m mug_ggpo.simulation --jobs 2

bench: setup
	$(BIN)/python -m bench

wheels: setup
	rm -rf dist
	for package in . plugins/mug_*; do $(BIN)/python -m build --quiet --wheel --outdir dist $$package; done
	@ls dist

docs: setup
	$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV) .make node_modules client/node_modules mug/static plugins/*/*/static dist
