# Every chore of this repository is one word here; `make` alone lists them.
#
#   a user      make demo                       what `pip install .` gives, and nothing else
#   a developer make test, make test-all        an editable install: Python edits need no reinstall
#
# Both live in .venv. A stamp inside it says which install is there, and is older than what it was made from when it
# has to be made again. Deleting .venv starts over.

PYTHON ?= python3
VENV   ?= .venv
EXTRAS ?= test,peers
PYTEST ?=

BIN     := $(VENV)/bin
STAMPS  := $(VENV)/.stamps
MADE    := $(STAMPS)/venv
PLAIN   := $(STAMPS)/plain
EDIT    := $(STAMPS)/editable
BENCH   := $(STAMPS)/bench

CORE    := pyproject.toml CMakeLists.txt $(shell find native -type f 2>/dev/null)
PACKAGE := $(shell find src -type f -not -path '*/__pycache__/*' -not -name '*.so' 2>/dev/null)
PIP     := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo install test test-all lint types sizes layers docstrings pytest bench docs format clean

help:  ## List these words
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# Whoever has the editable install keeps it: the demo then shows the working tree.
demo: $(if $(wildcard $(EDIT)),$(EDIT),$(PLAIN))  ## Install, cluster a real table, say where the report is
	$(BIN)/ganglion demo

install: $(EDIT)  ## The working tree in .venv, with all that its tests need

# Sizes, layers and docstrings are among the tests (tests/test_repository.py); each has a word of its own besides.
test: lint types pytest  ## Everything that must hold before a commit

# `-m ""` lifts the default that leaves the heavy sweeps out; what holds for all inputs is tried on new ones.
test-all: lint types $(EDIT)  ## The same, with the heavy sweeps and new examples
	$(BIN)/python -m pytest -m "" --hypothesis-profile=new $(PYTEST)

lint: $(EDIT)  ## Style: ruff, its rules and its format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

sizes: $(EDIT)  ## Lengths of files and functions, parameters, nesting
	$(BIN)/python tools/check_sizes.py

layers: $(EDIT)  ## Imports go down only
	$(BIN)/lint-imports --no-cache --no-logo

docstrings: $(EDIT)  ## Public names say what they take, give and refuse
	$(BIN)/python tools/check_docstrings.py

types: $(EDIT)  ## pyright, strict, on src
	$(BIN)/pyright --pythonpath $(BIN)/python

# Tests that measure how soon something ends run by themselves; then the others, two at a time: many of them wait.
pytest: $(EDIT)  ## The tests; PYTEST="-k words" chooses among them
	@status=0; set -x; $(BIN)/python -m pytest -m "alone and not heavy" $(PYTEST) || status=$$?; \
	$(BIN)/python -m pytest -m "not alone and not heavy" -n 2 --dist worksteal $(PYTEST) || status=$$?; exit $$status

bench: $(BENCH)  ## Ours and the peers, interleaved; prints the tables of benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks kmeans
	$(BIN)/python -m benchmarks seeding
	$(BIN)/python -m benchmarks memory
	$(BIN)/python -m benchmarks import
	$(BIN)/python -m benchmarks autodiff
	$(BIN)/python -m benchmarks training
	$(BIN)/python -m benchmarks hierarchical
	$(BIN)/python -m benchmarks distances
	$(BIN)/python -m benchmarks medoids
	$(BIN)/python -m benchmarks bayesian
	$(BIN)/python -m benchmarks criteria
	$(BIN)/python -m benchmarks choosing
	$(BIN)/python -m benchmarks explaining
	$(BIN)/python -m benchmarks documents
	$(BIN)/python -m benchmarks segmenting
	$(BIN)/python -m benchmarks customers
	$(BIN)/python -m benchmarks accuracy

docs: $(EDIT)  ## Execute every example of README.md and docs/, compare what they print
	$(BIN)/python tools/run_examples.py

format: $(EDIT)  ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove the virtual environment, builds and caches
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) tools/check_setup.py
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)
	@touch $@

$(PLAIN): $(MADE) $(CORE) $(PACKAGE)
	@echo "Compiling the core and installing (the first time: a minute or two) ..."
	$(PIP) install --quiet .
	@touch $@

# The build requirements go into .venv itself: an isolated build would compile everything again at each change. Modules
# are compiled when they are imported: of the peers' 15,000 the tests import few, and pip would compile all.
$(EDIT): $(MADE) $(CORE)
	@echo "Compiling the core and installing (the first time: a minute or two) ..."
	@$(BIN)/python tools/build_requirements.py > $(STAMPS)/build.txt
	$(PIP) install --quiet --no-compile -r $(STAMPS)/build.txt
	$(PIP) install --quiet --no-compile --no-build-isolation --editable ".[$(EXTRAS)]"
	@rm -f $(PLAIN)
	@touch $@

$(BENCH): $(EDIT)
	$(PIP) install --quiet --no-build-isolation --editable ".[$(EXTRAS),bench]"
	@touch $@
