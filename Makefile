# Two commands for a newcomer: `make demo` and `make test`. Everything else is for people who change the code.
PYTHON ?= python3
BIN := .venv/bin
# Of the suite; much of a test is waiting, so three keep two cores busy. One file is one worker's.
WORKERS ?= 3

.PHONY: demo demo-reset test pictures check format lock bench clean

demo: .venv/.runtime  ## sandboxes, workspace and Lanekeeper on this machine; no account, no key
	@$(BIN)/lanekeeper demo

demo-reset: .venv/.runtime  ## forget everything the demo has stored
	@$(BIN)/lanekeeper demo --reset

test: .venv/.dev  ## the recorded cases of every lane, then the whole suite, PostgreSQL included
	@LANEKEEPER_DATABASE_URL=sqlite:///no-history.sqlite $(BIN)/lanekeeper replay all --model offline
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

pictures: .venv/.dev  ## docs/pictures anew, as docs/gallery.md shows them; a font with emoji has to be installed
	@LANEKEEPER_PICTURES=docs/pictures $(BIN)/python -m pytest tests/journeys/test_gallery.py

check: .venv/.dev  ## style, types and floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file benchmarks/mypy.ini benchmarks
	@$(BIN)/lint-imports

format: .venv/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.dev
	@$(BIN)/python benchmarks/run.py

lock:  ## after a change of dependencies; versions and hashes only
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
	    --python-version 3.11 --all-extras pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
	    --python-version 3.11 -c requirements-dev.lock pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .demo

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Lanekeeper needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Creating .venv ..."
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what requirements.lock names (about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "Installing what requirements-dev.lock names (about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ .venv/.runtime
