# Each target sets up what it needs, in .venv and the user's cache directory, and is quick when nothing is to do.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo test drill lint generate down bench clean

help:  ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup:  ## install what it needs to run
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh test

demo: setup  ## start everything, walk the main way as an author, and prove it
	@presswerk demo

# Hundreds of Pythons start in a run: each would compile the same modules if none kept what it compiled.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup-test  ## run all tests
	@python -m tests.support.whole_run

# What `make test` does at some steps, at every one, and with examples that were never drawn before.
drill: export PRESSWERK_TEST_DRILL = 1
drill: export HYPOTHESIS_PROFILE = search
drill: export PYTHONDONTWRITEBYTECODE :=
drill: setup-test  ## run all tests, with every fault at every step; takes an hour
	@python -m tests.support.whole_run --timeout 3600

lint: setup  ## check style, types and the direction of imports
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports

generate: setup  ## write anew what follows from the code: chart, tables, picture, catalogues
	@python scripts/generate.py
	@scripts/update_catalogues.sh

down:  ## stop everything; the data stays
	@if [ -x .venv/bin/presswerk ]; then presswerk down; else echo "Nothing is set up here, so nothing runs."; fi

bench: setup-test  ## measure
	@python -m benchmarks

clean: down  ## remove what setup and tests made in this folder; the data in .presswerk stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/validation/node_modules
