# make run      everything on this machine, with a sample job; Ctrl-C ends it
# make test     install what the tests need, then the static checks and all tests (JOBS=2 of their files at once)
# make setup    the environment with the development tools       make lint   the static checks alone
# make test-learned   the tests of learned models, in a second environment (.venv-learned, 2 GB: torch, open_clip, kornia)
# make test-distributed   RabbitMQ, and the sample through a process per part (in `make test` too)
# make bench-ocr   the figures of reading, beside plain Tesseract and plain RapidOCR
# make bench    the table of figures (COMPARE=file tells what got worse)       make clean   remove environments and caches; data stays
.PHONY: run setup lint browser broker tessdata test test-distributed test-learned bench bench-ocr clean
.DEFAULT_GOAL := run

BIN := .venv/bin
JOBS := 2
PURE := --cov=scout_vision --cov=scout_ocr --cov=scout_contracts

run:
	@sh scripts/setup.sh
	@exec $(BIN)/scout up --sample

setup:
	@sh scripts/setup.sh dev

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

browser:
	@sh scripts/browser.sh

broker:
	@sh scripts/broker.sh

tessdata:
	@sh scripts/tessdata.sh

test: lint browser broker tessdata
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PURE) --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

test-distributed: setup broker
	$(BIN)/pytest tests/integration/test_bus.py tests/integration/test_rabbit.py tests/integration/test_parts.py tests/acceptance/test_distributed.py $(ARGS)

test-learned:
	@sh scripts/setup.sh dev,learned .venv-learned
	.venv-learned/bin/pytest tests/unit/vision/learned tests/unit/ocr/test_engines.py tests/unit/app/test_cli_models.py tests/integration/test_learned.py $(ARGS)

bench: setup
	$(BIN)/python -m bench $(if $(COMPARE),--compare $(COMPARE)) $(ARGS)

bench-ocr: setup tessdata
	$(BIN)/python -m bench.ocr $(ARGS)

clean:
	rm -rf .venv .venv-learned build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage *.egg-info
