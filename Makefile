# Two commands set everything up: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SITE := expressb2b_server/documentation/built/index.html
# What builds the package stays installed, so that a changed page of docs/ is built in seconds.
INSTALL := $(BIN)/pip install --quiet --no-build-isolation --editable

.PHONY: run test check check-static format docs bench bench-full bench-picture faults clean

run: $(VENV)/.installed-run  ## start the server with demo data on http://127.0.0.1:8000
	@$(MAKE) --no-print-directory $(SITE)
	$(BIN)/python server.py --demo

test: $(VENV)/.installed-dev  ## the whole test suite, on all cores
	@$(MAKE) --no-print-directory $(SITE)
	$(BIN)/pytest -n auto --dist worksteal

check: check-static  ## style, types, architecture, and the tests with coverage
	@$(MAKE) --no-print-directory $(SITE)
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

check-static: $(VENV)/.installed-dev  ## style, types and architecture alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev  ## put the source into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-dev  ## write the pages that describe the code, and build the site of all
	$(BIN)/python -m tools.reference
	@$(MAKE) --no-print-directory $(SITE)

bench: $(VENV)/.installed-bench  ## how fast it is beside others, in a few minutes; needs wrk
	$(BIN)/python -m benchmarks $(ARGS)

bench-full: $(VENV)/.installed-bench  ## the same with a million orders, and the figures of the docs
	$(BIN)/python -m benchmarks --full --json docs/concepts/speed.json $(ARGS)
	$(MAKE) bench-picture

bench-picture: $(VENV)/.installed-dev  ## draw the picture and the tables of the last full run
	$(BIN)/python -m benchmarks.report.picture docs/concepts/speed.json docs/concepts/speed.svg
	$(BIN)/python -m benchmarks.report.markdown docs/concepts/speed.json docs/concepts/speed.md

faults: $(VENV)/.installed-dev  ## kill it, hang it, drip at it: a line for each experiment
	$(BIN)/python -m benchmarks.faults $(ARGS)

clean:  ## remove what can be made again
	rm -rf $(VENV) $(dir $(SITE)) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.can-build: pyproject.toml $(VENV)/bin/python
	$(BIN)/pip install --quiet $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])')
	touch $@

$(VENV)/.installed-run: setup.cfg setup.py $(VENV)/.can-build
	test -e $(VENV)/.installed-dev || $(INSTALL) .
	touch $@

$(VENV)/.installed-dev: setup.cfg setup.py $(VENV)/.can-build
	$(INSTALL) '.[dev,postgres]'
	touch $@

$(VENV)/.installed-bench: setup.cfg setup.py $(VENV)/.installed-dev
	$(INSTALL) '.[bench]'
	touch $@

# The folders are named too: they change when a page goes.
$(SITE): $(shell find docs -mindepth 1)
	$(INSTALL) . --no-deps
