# Every command of the project. Each target first brings .venv up to date; nothing else is needed on the machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.up-to-date
# Python keeps what it compiles, also where the environment forbids it: the tests start hundreds of processes, and
# compiling the same modules again takes three times as long as importing them.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup run test test-long test-at check format openapi fuzz prism bench lock browser screenshots

$(STAMP): pyproject.toml requirements/dev.txt requirements/build.txt requirements/uv.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --require-build-hashes \
		--build-constraints requirements/build.txt requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

## setup: everything that run and test need, the browser for the page tests included
setup: $(STAMP) browser

browser: $(STAMP)
	@$(BIN)/python scripts/ensure_browser.py

## run: a service with demo data, and a sample flow that acts on every booking
run: $(STAMP)
	@exec $(BIN)/openslot up --demo --flow examples/watch_bookings.py

## test: the whole test suite, on every core and one more, with the same examples of laws on every machine;
## PYTEST_ARGS=tests/core for one folder or file, PYTEST_ARGS="-n 0" for one test after the other
test: setup
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

## test-long: the same with more and random examples of every law, longer storms, and each process killed ten times;
## half an hour
test-long: setup
	@OPENSLOT_TEST_LONG=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

## test-at: the same as if it were another date, in UTC: make test-at DATE='2026-12-31 22:00'
test-at: setup
	@$(BIN)/python scripts/run_at.py "$(DATE)" $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

## check: format, lint, types, import contract, retired words in names
check: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m scripts.check_words

## format: let the tools mend what they can
format: $(STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

## openapi: generate the API's OpenAPI document again
openapi: $(STAMP)
	@$(BIN)/python -m scripts.openapi

## fuzz: send a service what its OpenAPI document allows and forbids; FUZZ_ARGS="--seed 5 --caller owner" for less
fuzz: $(STAMP)
	@$(BIN)/python -m scripts.fuzz $(FUZZ_ARGS)

## prism: send what the client can send to Prism, a mock of the contract that others wrote; needs Node.js
prism: $(STAMP)
	@PYTHONPATH=tests $(BIN)/python -m scripts.prism

## screenshots: every page and mail as a picture, into build/screenshots; ten minutes
screenshots: setup
	@PYTHONPATH=tests $(BIN)/python -m scripts.screenshots

## bench: requests per second, compared with a bare handler; docs/performance.md has the figures
bench: $(STAMP)
	@$(BIN)/python -m bench.run

## lock: resolve the versions again (needs the package index)
lock: $(STAMP)
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
		$(LOCK_ARGS) requirements/uv.in --output-file requirements/uv.txt
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
		$(LOCK_ARGS) requirements/build.in --output-file requirements/build.txt
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
		$(LOCK_ARGS) --override requirements/overrides.txt \
		--extra server --extra mcp pyproject.toml requirements/dev.in --output-file requirements/dev.txt
