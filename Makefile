# Paramscope: `make` lists what there is. Everything happens in .venv; nothing asks a question.
# PYTHON=python3.12 picks the interpreter, PORT=8600 the port, ARGS="..." goes to the script itself, after `--`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --no-input

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all lint format screenshots bench clean dev browser

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/requirements ## start the dashboard on this machine's loopback address
	$(BIN)/python -m streamlit run dashboard.py $(if $(PORT),--server.port $(PORT)) $(if $(ARGS),-- $(ARGS))

test: lint browser ## lint, types and every test but the slow ones
	$(BIN)/python -m pytest -m "not slow"

test-all: lint browser ## lint, types and every test
	$(BIN)/python -m pytest

lint: dev ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy .

format: dev ## mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: dev browser ## take the pictures of the documentation anew
	PYTHONPATH=. $(BIN)/python docs/make_screenshots.py

bench: dev browser ## run every benchmark, fail where a reach is missed
	@missed=0; for file in benchmarks/[a-z]*.py; do \
		echo "== $$file"; PYTHONPATH=. $(BIN)/python "$$file" || missed=1; \
	done; exit $$missed

clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev: $(VENV)/requirements-dev

browser: dev
	$(BIN)/python -m tests.browser_binary

# The stamps: pip runs only after a requirements file changed.
$(VENV)/requirements: requirements.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/requirements-dev: requirements-dev.txt $(VENV)/requirements
	$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Paramscope needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'No virtual environment could be made; on Debian or Ubuntu: apt install python3-venv' >&2; exit 1; }
