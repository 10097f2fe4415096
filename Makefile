# Everything here needs python3 (3.11 or newer) and make, and sets up the rest by itself.
.DEFAULT_GOAL := help
.PHONY: help serve test quick block part everywhere properties pyodide check async site picture screenshots outputs evidence faults clients clock operations wheel bench lighthouse coverage audit lock clean

# Name another Python with `make PYTHON=python3.13 …`; empty: the first that is new enough.
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PYTEST := $(PY) -m pytest -q
# Two cores, three processes, since some tests wait; each begins with a third of the tests, so that
# few set-ups are made twice.
PARALLEL := -n 3 --dist worksteal
ADDRESS ?= 127.0.0.1:8000

# Stamps: newer than what they were made from, or the set-up runs again.
PY_READY := $(VENV)/.ready
NODE_READY := node_modules/.ready
WHEELS := .cache/wheels
WHEELS_READY := $(WHEELS)/.ready
PYODIDE_READY := .cache/pyodide/.ready
CLOCK_READY := .cache/clock/.ready

# Silences a notice about the successor of Material, not a warning about these pages.
export NO_MKDOCS_2_WARNING := 1

help: ## What there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

serve: $(PY_READY) $(NODE_READY) $(WHEELS_READY) ## The guide on 127.0.0.1:8000, rebuilt as you edit, and a sandbox beside it
	@$(PY) -m tools.serve --address $(ADDRESS)

# The pages are judged before they are built: a build that fails does not say what to do. Firefox is
# one of the conditions of `make everywhere`.
test: check ## Prove what the site claims, in Chromium
	$(PYTEST) tests/docs/test_pages.py
	$(MAKE) --no-print-directory site
	$(PYTEST) $(PARALLEL) --all-blocks --real --published --ignore=tests/browser/firefox tests

quick: check ## The inner loop: Python, docs and the sandbox in memory, but for what has not changed
	$(PYTEST) $(PARALLEL) --all-blocks --remember tests

block: $(PY_READY) $(NODE_READY) ## One block, BLOCK=page/name.py; WRITE=1 rewrites its output
	$(PYTEST) --real $(if $(WRITE),--write-outputs) tests/docs/test_examples.py -k "[$(BLOCK)]"

part: $(PY_READY) $(NODE_READY) ## The tests that TESTS names, as `make test` runs them; some read site/
	$(PYTEST) $(PARALLEL) --real --published $(TESTS)

everywhere: ## The proof under other conditions, an hour or two; ONLY="no psql" names some
	@python=$$(sh tools/find-python "$(PYTHON)") && \
	  "$$python" -m tools.everywhere --only "$(ONLY)" $(if $(COMPLETE),--complete)

properties: $(PY_READY) ## Generated input and orders of work: all of it, and how much that is
	$(PYTEST) $(PARALLEL) --hypothesis-profile=thorough --real \
	  tests/properties tests/client/test_generated_*.py tests/contract/loopback

pyodide: $(PYODIDE_READY) ## The tests in memory, in Pyodide, which is a Python 3.14
	@# Deeply nested JSON takes more of the stack than Node has by itself.
	ulimit -s 65520 && PATH="$(BIN):$$PATH" node --stack-size=60000 tools/pyodide/pyodide.mjs \
	  "$(CURDIR)" tools/pyodide/run_tests.py -q --real tests/client tests/sandbox tests/contract

async: $(PY_READY) ## The asynchronous client, generated from the blocking one
	$(PY) -m tools.generate_async_client

check: $(PY_READY) $(NODE_READY)
	$(PY) -m tools.generate_async_client --check
	$(PY) -m ruff check --quiet
	$(PY) -m ruff format --check --quiet
	$(PY) -m mypy
	PATH="$(BIN):$$PATH" node_modules/.bin/cspell --no-progress --no-summary

site: $(PY_READY) $(NODE_READY) $(WHEELS_READY) ## The site into site/; a warning is an error
	$(PY) -m mkdocs build --strict --clean
	$(PY) -m tools.postbuild

picture: site ## The picture of the first page for the README; needs Chromium
	$(PY) -m tools.screenshots --readme

screenshots: site ## Screenshots of each type of page, light and dark, in .cache/screenshots
	$(PY) -m tools.screenshots

outputs: $(PY_READY) $(NODE_READY) ## Rewrite expected outputs and drawn pictures from a run
	$(PY) -m tools.install_line
	$(PYTEST) $(PARALLEL) --all-blocks --real --write-outputs \
	  tests/docs/test_examples.py tests/docs/test_workflows.py tests/docs/test_pictures.py \
	  tests/docs/test_evidence.py
	$(MAKE) --no-print-directory site
	$(PYTEST) --published --write-outputs tests/docs/test_anchors.py

evidence: $(PY_READY) ## Try the rules about Neon; with a key and a throwaway project, on Neon too
	$(PYTEST) tests/live --report .cache/evidence.tsv

faults: $(PY_READY) $(NODE_READY) ## Restores under faults, some minutes; WRITE=1 writes the table of the page
	$(PY) -m tests.faults --page $(if $(WRITE),--write)

clients: $(PY_READY) $(NODE_READY) ## How far official clients can tell the sandbox from Neon, two minutes; ONLY="sdk drivers" names some
	$(PY) -m tests.official_clients $(ONLY)

clock: $(PY_READY) $(CLOCK_READY) ## The libraries of the sandbox's clock, compiled and compared; WRITE=1 writes them
	$(PY) -m tools.clock_library $(if $(WRITE),--write)

operations: $(PY_READY) $(NODE_READY) ## The list of the operations in Neon's OpenAPI document
	$(PY) -m tools.openapi_operations

wheel: $(PY_READY) ## The wheel and the source archive into dist/
	rm -rf dist
	$(PY) -m hatchling build

bench: $(PY_READY) $(NODE_READY) ## The figures, one line each, with their limits
	$(PY) -m bench

lighthouse: $(PY_READY) $(NODE_READY) site ## What Lighthouse says of each type of page, some minutes
	$(PY) -m bench.lighthouse

coverage: $(PY_READY) ## How much of src/ the tests of client and sandbox reach
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -q --real tests/client tests/sandbox
	$(PY) -m coverage combine --quiet
	$(PY) -m bench.coverage_limits

audit: $(PY_READY) $(NODE_READY) ## Known vulnerabilities in what is locked; needs the network
	sh tools/audit $(VENV)

lock: $(PY_READY) ## Lock versions again; UPGRADE=1 takes newer ones
	sh tools/lock $(VENV)

clean: ## Remove all that the other targets made
	rm -rf $(VENV) node_modules site dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

$(PY_READY): requirements/dev.txt requirements/sandbox.txt pyproject.toml tools/setup-python tools/find-python
	@sh tools/setup-python $(VENV) "$(PYTHON)"
	@touch $@

$(NODE_READY): package.json package-lock.json requirements/node.txt tools/setup-node $(PY_READY)
	@sh tools/setup-node $(VENV)
	@touch $@

$(WHEELS_READY): requirements/browser.txt tools/setup-wheels $(PY_READY) $(NODE_READY)
	@sh tools/setup-wheels $(VENV) $(WHEELS) requirements/browser.txt
	@touch $@

$(PYODIDE_READY): requirements/pyodide.txt tools/setup-wheels $(PY_READY) $(NODE_READY)
	@sh tools/setup-wheels $(VENV) .cache/pyodide requirements/pyodide.txt
	@touch $@

$(CLOCK_READY): requirements/clock.txt $(PY_READY)
	@rm -rf $(@D)
	@$(PY) -m pip --disable-pip-version-check --no-input install -qq --require-hashes \
	  --target $(@D) -r requirements/clock.txt
	@touch $@
