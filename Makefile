# Every target sets itself up. With only Python, make and a package index: make demo, make test.
PYTHON ?= python3
VENV ?= .venv
UV_VERSION = 0.13.9
ifeq ($(OS),Windows_NT)
BIN = $(VENV)/Scripts
else
BIN = $(VENV)/bin
endif
# The order of tests/conftest.py is kept: what starts servers comes first, and a file stays with one process.
PYTEST = $(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder
export UV_PROJECT_ENVIRONMENT = $(VENV)
# Without it each process of the tests would compile every module anew, which doubles their time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-all format lint types check lock docs queries site clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml uv.lock
	$(PYTHON) -m venv $(VENV)-uv
	$(VENV)-uv/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(VENV)-uv/$(notdir $(BIN))/uv sync --frozen --quiet --python $(PYTHON)
	@touch $@

demo: setup
	$(BIN)/kmi demo

# What protects a user's figures, in minutes: run it with every change.
test: setup
	$(PYTEST) -m "not slow" --hypothesis-profile quick

# The same and the long ones: 50 kills, every provider with every fault, real data, object stores, PostgreSQL, all pages.
test-all: setup
	$(PYTEST) --kills 50

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

docs: setup
	$(BIN)/python docs/generate.py

# The SQL of the expressions that engines compute; run it where one of them or Ibis changes.
queries: setup
	$(BIN)/python -m tools.translate_queries

site: setup
	$(BIN)/python docs/build_site.py site

check: lint types test test-all

lock: setup
	$(VENV)-uv/$(notdir $(BIN))/uv lock

clean:
	rm -rf $(VENV) $(VENV)-uv kmi-demo site .mypy_cache .ruff_cache .pytest_cache .hypothesis
