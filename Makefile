# Every command of the project. `make` alone lists them; ARGS="…" is handed on to the command.
PYTHON ?=
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 pyproject.toml
.DEFAULT_GOAL := help
.PHONY: demo test check fmt lock bench proof planted screenshots clean help base dev

demo: export FLEXSPACE_DEMO = 1
demo: base ## try Flexspace on this machine: everything starts, with made-up data and a stand-in for Stripe
	@exec $(BIN)/python manage.py demo $(ARGS)

test: dev ## run every check and every test
	@exec $(BIN)/python -m tests.run $(ARGS)

check: dev ## run the checks that need seconds: lint, format, types, layers, migrations
	@exec $(BIN)/python -m tests.run --only checks

fmt: dev ## put Python and templates into shape
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

lock: dev ## write the exact versions again after pyproject.toml changed
	$(COMPILE) --group embedded -o requirements/base.txt
	$(COMPILE) --group embedded --group dev -o requirements/dev.txt
	$(COMPILE) -o requirements/prod.txt

bench: dev ## measure the benchmarks again
	@exec $(BIN)/python -m benchmarks $(ARGS)

proof: dev ## run the long tests: kills, mutations, many more random cases
	@exec $(BIN)/python -m pytest -m proof --hypothesis-profile=proof $(ARGS)

planted: dev ## take each guard of the money away on a copy: some test must fail
	@exec $(BIN)/python -m tests.planted $(ARGS)

screenshots: dev ## take the pictures of the documentation from a running demo
	@exec $(BIN)/python -m tests.screenshots $(ARGS)

clean: ## forget the demo's data and every cache; .venv stays
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

base:
	@PYTHON="$(PYTHON)" scripts/bootstrap base

dev:
	@PYTHON="$(PYTHON)" scripts/bootstrap dev
