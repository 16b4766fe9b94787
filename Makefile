# Everything runs in an environment of its own, .venv, made from requirements.lock on first use and brought up to date
# when the lock changes. Needs make and Python 3.11 or newer: `make PYTHON=python3.12` names another one.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SESSION := from sympy import *; import derive; from derive import *
ARGS ?=

# What is imported is compiled once, not again by every process; `make clean` removes it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: all tables code gallery verify test check lint bench audit repl clean help

all: tables code gallery  ## tables, code and the gallery (the default)

tables: $(READY)  ## write the step tables of every example to generated/tables/
	$(BIN)/python -m derive tables

code: $(READY)  ## write the PyTorch modules of every cell to generated/
	$(BIN)/python -m derive code

gallery: $(READY)  ## write a page for each cell, and one that searches them, to generated/gallery/
	$(BIN)/python -m derive gallery

verify: $(READY)  ## compare print, SymPy, module and gradient of every cell; the table of agreement
	$(BIN)/python -m derive verify

test: $(READY)  ## run the tests; ARGS="tests/approximation" or ARGS="-k lstm" goes to pytest
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY)  ## fail with a diff where generated/ is not what the equations give now
	$(BIN)/python -m derive fresh

lint: $(READY)  ## check formatting, style, types and the order of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict derive
	$(BIN)/lint-imports --no-cache --no-logo

bench: $(READY)  ## measure layers and training steps, which takes half an hour; the ratios go into benchmarks/README.md
	$(BIN)/python benchmarks/kernels.py --write
	$(BIN)/python benchmarks/measure.py

audit: $(READY)  ## compare docstrings of torchrecurrent, torch.nn and Keras with their code, into docs/audit.md
	$(BIN)/python tests/helpers/audit.py docs/audit.md

repl: $(READY)  ## open a prompt with SymPy and derive imported, in IPython where it is installed
	@echo '>>> $(SESSION)'
	@if $(BIN)/python -c 'import IPython' 2>/dev/null; \
	then $(BIN)/python -m IPython --no-banner -i -c '$(SESSION)'; \
	else $(BIN)/python -i -c '$(SESSION)'; fi

clean:  ## remove caches, builds and TeX leftovers; .venv and the committed files stay
	rm -rf build dist generated/.derived.json .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -prune -exec rm -rf {} +
	if [ -d generated ]; then \
	    find generated \( -name preview.pdf -o -name '*.aux' -o -name '*.log' -o -name '*.out' \) -exec rm -f {} +; fi

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamp comes last, so that an interrupted installation is taken up again. What is imported is compiled then, not all
# that is installed: that halves the time.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    found=$$($(PYTHON) --version 2>&1 | head -n 1); \
	    echo "make: PYTHON=$(PYTHON) is '$$found'; Python 3.11 or newer is needed: make PYTHON=python3.11" >&2; exit 1; }
	@echo 'Setting up $(VENV) from requirements.lock: a few minutes the first time'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
