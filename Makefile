# `make` alone lists the targets. Everything runs in .venv, which the first `make run` creates.

PYTHON ?= python3
PORT ?= 8501
PYTEST ?=
PY := .venv/bin/python

.PHONY: help run test test-full demo bench clean install-tests lint

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## set up what is missing and start the studio (PORT=8501)
	@$(PYTHON) -m app.install --port $(PORT)
	@exec $(PY) -m app serve --port $(PORT)

test: lint ## everything a change must pass
	$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 10 $(PYTEST)

test-full: lint ## the long tests too (kills, malformed files, a million rows), and which lines all of them run
	$(PY) -m pytest --cov --cov-report=term -n 3 --dist loadfile --no-loadscope-reorder -m "long or not long" $(PYTEST)

demo: ## from data to one answer without a browser: training, evaluation, GGUF
	@$(PYTHON) -m app.install
	@exec $(PY) -m app demo

bench: install-tests ## measure speed and memory on this machine
	$(PY) -m tests.benchmarks

clean: ## remove .venv and caches; the workspace stays
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .coverage .coverage.* htmlcov reports
	find app core pages storage workers tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed .venv and caches. Your workspace is untouched."

install-tests:
	@$(PYTHON) -m app.install --tests

lint: install-tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports --no-logo
