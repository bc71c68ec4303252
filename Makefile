# Paramscope: `make` lists what there is. Everything happens in .venv; nothing asks a question.
# PYTHON=python3.12 picks the interpreter, PORT=8600 the port, ARGS="..." goes to the script itself, after `--`.
# TORCH=cu130 or TORCH=auto takes PyTorch's build for a GPU, where uv can fetch it.

PYTHON ?= python3
TORCH ?= cpu
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --no-input
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
JAVASCRIPT := tests/javascript
EDITOR := pages/components/code_editor
ATTACKS := $(wildcard tests/engine/test_attempts.py tests/engine/test_confinement.py tests/engine/test_replies.py \
	tests/engine/test_apart.py tests/engine/test_sameness.py tests/engine/test_trial.py \
	tests/code/test_surroundings.py tests/pages/gate)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all attack lint javascript editor format screenshots rooms bench clean dev browser

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/requirements ## start the dashboard on this machine's loopback address
	$(BIN)/python -m streamlit run dashboard.py $(if $(PORT),--server.port $(PORT)) $(if $(ARGS),-- $(ARGS))

test: lint javascript browser ## lint, types and every test but the slow ones
	$(PYTEST) -m "not slow"

test-all: lint javascript browser ## lint, types and every test
	$(PYTEST)

attack: dev ## try everything that SECURITY.md says code, links and files cannot do
	$(BIN)/python -m pytest -q $(ATTACKS)

lint: dev ## check style, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy .
	$(BIN)/lint-imports

javascript: ## check and test the components' JavaScript, where there is node 20 or newer
	@if ! [ -f $(JAVASCRIPT)/package.json ]; then :; \
	elif node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory $(JAVASCRIPT)/node_modules/installed && \
		npm --prefix $(JAVASCRIPT) run lint && npm --prefix $(JAVASCRIPT) test; \
	else \
		echo 'No node 20 or newer with npm is here: the JavaScript is neither checked nor tested.'; \
	fi

editor: ## build the code editor's script anew, byte for byte, from its sources and the pinned packages
	npm --prefix $(EDITOR) ci --no-audit --no-fund --ignore-scripts
	npm --prefix $(EDITOR) run --silent build

format: dev ## mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: dev browser ## take the pictures of the documentation anew
	PYTHONPATH=. $(BIN)/python docs/make_screenshots.py

rooms: dev ## draw the picture of the rooms anew
	PYTHONPATH=. $(BIN)/python docs/draw_rooms.py

bench: dev browser ## run every benchmark, fail where a reach is missed
	@missed=0; for file in benchmarks/[a-z]*.py; do \
		echo "== $$file"; PYTHONPATH=. $(BIN)/python "$$file" || missed=1; \
	done; exit $$missed

clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis $(JAVASCRIPT)/node_modules $(EDITOR)/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev: $(VENV)/requirements-dev

browser: dev
	$(BIN)/python -m tests.browser_binary

# The stamps: pip and npm run only after a file of requirements changed.
# On Linux the index's own torch brings gigabytes of CUDA, and its torchvision has operators that only load beside that. uv
# knows where PyTorch keeps its other builds; where that place cannot be reached, or is not needed because this package is
# here already, pip takes what it gets. torchvision asks for its own torch exactly, so the one that is here stays.
# $(call fetch_build,package,file of requirements)
define fetch_build
	@version=$$(sed -n 's/^$(1)==//p' $(2)); \
	if [ "$$(uname -s)" = Linux ] && ! $(BIN)/python -m pip show $(1) 2>/dev/null | grep -q "^Version: $$version"; then \
		echo "Fetching the $(TORCH) build of $(1) $$version"; \
		{ $(PIP) --quiet uv && UV_HTTP_RETRIES=0 $(BIN)/python -m uv pip install --quiet \
			--python $(BIN)/python --torch-backend=$(TORCH) "$(1)==$$version" 2>/dev/null; } || \
		echo 'It cannot be fetched here: pip takes the build that its index has.'; \
	fi
endef

$(VENV)/requirements: requirements.txt $(VENV)/pyvenv.cfg
	$(call fetch_build,torch,requirements.txt)
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/requirements-dev: requirements-dev.txt $(VENV)/requirements
	$(call fetch_build,torchvision,requirements-dev.txt)
	$(PIP) -r requirements-dev.txt
	@touch $@

$(JAVASCRIPT)/node_modules/installed: $(JAVASCRIPT)/package-lock.json
	npm --prefix $(JAVASCRIPT) ci --no-audit --no-fund
	@touch $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Paramscope needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'No virtual environment could be made; on Debian or Ubuntu: apt install python3-venv' >&2; exit 1; }
