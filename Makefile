# Two commands set everything up: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check check-static format docs bench bench-full bench-picture faults clean

run: $(VENV)/.installed-run  ## start the server with demo data on http://127.0.0.1:8000
	$(BIN)/python server.py --demo

test: $(VENV)/.installed-dev  ## the whole test suite, on all cores
	$(BIN)/pytest -n auto --dist worksteal

check: check-static  ## style, types, architecture, and the tests with coverage
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

check-static: $(VENV)/.installed-dev  ## style, types and architecture alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev  ## put the source into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-dev  ## write the pages of docs/reference that describe the code
	$(BIN)/python -m tools.reference

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
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-run: setup.cfg setup.py pyproject.toml $(VENV)/bin/python
	test -e $(VENV)/.installed-dev || $(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: setup.cfg setup.py pyproject.toml $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable '.[dev,postgres]'
	touch $@

$(VENV)/.installed-bench: setup.cfg setup.py pyproject.toml $(VENV)/.installed-dev
	$(BIN)/pip install --quiet --editable '.[bench]'
	touch $@
