# Two commands for a newcomer: `make run` serves, `make test` checks everything. The rest is for maintainers.

PYTHON ?= python3
export PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
SCHEMA := $(BIN)/python manage.py spectacular --validate --fail-on-warn --api-version 1
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet

POSTGRES ?= postgres://postgres@127.0.0.1:5432/postgres
DATABASE_TESTS := tests/test_predict.py tests/test_legacy.py tests/test_degraded.py tests/test_admin.py tests/test_operations.py \
	tests/test_explain.py tests/test_submissions.py tests/test_prompt.py tests/test_page.py tests/test_csp.py \
	tests/test_labels.py tests/test_queue.py tests/test_prune.py tests/test_groups.py \
	tests/test_export_dataset.py tests/test_import_dataset.py tests/test_export_download.py \
	tests/test_review.py tests/test_suspects.py tests/test_sample.py

.DEFAULT_GOAL := help
.PHONY: help run test check tests browser setup setup-train setup-test schema notebooks lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup  ## set up, migrate and serve on http://127.0.0.1:$PORT (8000) in the foreground
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@echo "Draw a digit at http://$${HOST:-127.0.0.1}:$(PORT)/"
	@exec $(BIN)/gunicorn mnistsite.wsgi

test: check tests  ## set up, then all checks and all tests

check: setup-test  ## linters, types, import contracts, migrations, schema
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(SCHEMA) | diff -u openapi.yaml - || \
		{ echo "openapi.yaml is out of date: run make schema"; exit 1; }

tests: setup-test browser  ## the tests alone
	@if command -v node >/dev/null; then node --test tests/js/; \
		elif [ -n "$$CI" ]; then echo "node is missing"; exit 1; \
		else echo "skipped: the tests of the page's modules need node (20 or newer)"; fi
	$(BIN)/pytest tests --ignore=tests/browser
	@if $(BIN)/python -c "import psycopg; psycopg.connect('$(POSTGRES)', connect_timeout=2)" 2>/dev/null; then \
		echo "The database tests again, on PostgreSQL:"; DATABASE_URL=$(POSTGRES) $(BIN)/pytest $(DATABASE_TESTS); \
		elif [ -n "$$CI" ]; then echo "PostgreSQL does not answer at $(POSTGRES)"; exit 1; \
		else echo "skipped: no PostgreSQL at $(POSTGRES)"; fi
	$(BIN)/pytest tests/browser

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		if [ -n "$$CI" ]; then apt-get update -qq && apt-get install -y -qq chromium; \
		else echo "no Chromium: the browser tests will be skipped"; fi

setup: .venv/serving .env

setup-train: .venv/train .env  ## what `manage.py retrain` needs: TensorFlow, scikit-learn (2 GB)

setup-test: .venv/dev .env

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv

.venv/serving: requirements.txt | .venv/bin/python
	@echo "Installing what serving needs …"
	@$(PIP) -r $<
	@touch $@

.venv/train: requirements-train.txt | .venv/bin/python
	@echo "Installing what training needs (2 GB, once) …"
	@$(PIP) -r $<
	@touch $@ .venv/serving

.venv/dev: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need (3 GB, once) …"
	@$(PIP) -r $<
	@touch $@ .venv/train .venv/serving

.env:
	@(umask 077; echo "SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" > $@)

schema: setup-test  ## write openapi.yaml anew
	$(SCHEMA) --file openapi.yaml

notebooks: setup-test  ## execute the notebooks anew, in place (about ten minutes)
	$(BIN)/python notebooks/run.py

lock:  ## resolve pyproject.toml into the three lock files (needs uv)
	$(LOCK) --extra train --extra dev --output-file requirements-dev.txt $(if $(UPGRADE),--upgrade)
	$(LOCK) --extra train --constraints requirements-dev.txt --output-file requirements-train.txt
	$(LOCK) --constraints requirements-dev.txt --output-file requirements.txt

clean:  ## forget the set-up; drawings, models and secrets stay
	rm -rf .venv staticfiles
