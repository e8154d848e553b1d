# Everything one does with the portal. `make run` and `make test` need nothing but make and Python >= 3.11.

# The tools are called as modules: a script in .venv/bin names its interpreter by absolute path.
PYTHON_HERE := .venv/bin/python
PYTEST := $(PYTHON_HERE) -m pytest

# Tests that start or kill whole servers, or drive a browser.
WHOLE := fault or browser or stack

.PHONY: help run stop demo test test-quick screens lint format bench faults faults-planted locks setup setup-test clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

# `exec`, so that Ctrl-C and SIGTERM reach the supervisor itself and make waits for it.
run: setup  ## set up, then start the whole portal on http://127.0.0.1:8000
	@exec $(PYTHON_HERE) manage.py stack

stop: setup  ## stop what `make run` left behind
	@exec $(PYTHON_HERE) manage.py stack --stop

demo: setup  ## post practice alerts to the running portal and walk some of them to an outcome
	@exec $(PYTHON_HERE) manage.py demo

test: setup-test  ## set up, lint, then every test: about eighteen minutes on two cores
	@.ci/tests

test-quick: setup-test  ## the tests without browser, kills and whole starts: five minutes
	$(PYTEST) -n 3 --dist loadgroup -m "not ($(WHOLE))"

screens: setup-test  ## write the pictures of every page anew: docs/screens.md
	PORTAL_PICTURES=1 $(PYTEST) tests/browser/test_screens.py

lint: setup-test  ## formatter, linter, types, import floors
	$(PYTHON_HERE) -m ruff format --check .
	$(PYTHON_HERE) -m ruff check .
	$(PYTHON_HERE) -m mypy
	$(PYTHON_HERE) -c 'from importlinter.cli import lint_imports_command as check; check()'

format: setup-test  ## put the code into the house style
	$(PYTHON_HERE) -m ruff check --fix-only --quiet .
	$(PYTHON_HERE) -m ruff format .

bench: setup-test  ## speed, as ratios in one run
	@exec $(PYTHON_HERE) -m tests.bench

# SEED=7 runs one seed again with the same schedule; SEEDS=, ALERTS=, SECONDS= and MODES= change the run.
faults: setup-test  ## break everything for an hour: kills, freezes, full disks, wrong clocks, bad gateways
	@SEED="$(SEED)" SEEDS="$(SEEDS)" ALERTS="$(ALERTS)" SECONDS="$(SECONDS)" MODES="$(MODES)" DEADLINES="$(DEADLINES)" \
		ABSENT_S="$(ABSENT_S)" BOUNDS="$(BOUNDS)" exec $(PYTHON_HERE) -m tests.faults

faults-planted: setup-test  ## plant known faults in a copy, and see that the harness finds each; PLANTS=one_lane for one
	@PLANTS="$(PLANTS)" exec $(PYTHON_HERE) -m tests.faults.planted

# No index is written down, so that a state may install from a mirror of its own.
LOCK := $(PYTHON_HERE) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
locks: setup-test  ## lock requirements*.txt again after a change of pyproject.toml; UPGRADE=--upgrade takes the newest
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements.txt >/dev/null
	$(LOCK) $(UPGRADE) --group embedded -c requirements.txt -o requirements-embedded.txt >/dev/null
	$(LOCK) $(UPGRADE) --group dev -c requirements.txt -o requirements-dev.txt >/dev/null

setup:
	@.ci/setup run

setup-test:
	@.ci/setup test

clean:  ## remove what tools made; the data folder stays
	rm -rf .venv .static .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
