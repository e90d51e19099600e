# Two commands for a newcomer: `make run` serves, `make test` checks everything. The rest is for maintainers.

PYTHON ?= python3
# What is imported is compiled once and kept; pip would compile four times as much.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
SCHEMA := $(BIN)/python manage.py spectacular --validate --fail-on-warn --api-version 1
# Serving is installed from wheels that exist for newer versions too; TensorFlow has none for them.
TRAINS := $(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 14) and "Training and tests need Python 3.11 to 3.13, \
for which TensorFlow has wheels: make clean, then make PYTHON=python3.13 …")'
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet

# A file's tests share what they set up, so they stay in one process.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile
POSTGRES ?= postgres://postgres@127.0.0.1:5432/postgres
DATABASE_TESTS := tests/api tests/page tests/admin tests/services/collecting tests/services/reviewing tests/services/datasets \
	tests/services/store tests/services/learning/test_promotions.py tests/services/learning/test_publishing.py \
	tests/services/learning/test_suspects.py tests/services/learning/test_runs.py tests/services/learning/test_workers.py \
	tests/management/test_runs.py tests/mnistsite/test_csp.py tests/mnistsite/test_login.py \
	tests/management/test_prune.py tests/management/test_export_dataset.py tests/management/test_import_dataset.py

.DEFAULT_GOAL := help
.PHONY: help run worker test check tests browser tools image-test setup setup-store setup-train setup-dask setup-test schema notebooks lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup  ## set up, migrate and serve on http://127.0.0.1:8000 in the foreground
	@exec $(BIN)/python manage.py serve

worker: setup-train  ## train what is started in the admin or by the API, until Ctrl-C
	@exec $(BIN)/python manage.py worker

test: check tests  ## set up, then all checks and all tests

check: setup-test tools  ## linters, types, import contracts, migrations, schema, manifests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(SCHEMA) | diff -u openapi.yaml - || \
		{ echo "openapi.yaml is out of date: run make schema"; exit 1; }
	deploy/validate.sh

tests: setup-test browser tools  ## the tests alone
	@if command -v node >/dev/null; then node --test tests/js/; \
		elif [ -n "$$CI" ]; then echo "node is missing"; exit 1; \
		else echo "skipped: the tests of the page's modules need node (20 or newer)"; fi
	$(PYTEST) tests --ignore=tests/browser
	@if $(BIN)/python -c "import psycopg; psycopg.connect('$(POSTGRES)', connect_timeout=2)" 2>/dev/null; then \
		echo "The database tests again, on PostgreSQL:"; DATABASE_URL=$(POSTGRES) $(PYTEST) $(DATABASE_TESTS); \
		elif [ -n "$$CI" ]; then echo "PostgreSQL does not answer at $(POSTGRES)"; exit 1; \
		else echo "skipped: no PostgreSQL at $(POSTGRES)"; fi
	$(PYTEST) tests/browser

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		if [ -n "$$CI" ]; then apt-get update -qq && apt-get install -y -qq chromium; \
		else echo "no Chromium: the browser tests will be skipped"; fi

# Programs that only some tests call, as program:package; who adds one adds a pair.
TOOLS := promtool:prometheus nginx:nginx-light kubectl:kubernetes-client
tools:
	@for tool in $(TOOLS); do command -v $${tool%%:*} >/dev/null || \
		if [ -n "$$CI" ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends $${tool##*:} || exit 1; \
		else echo "no $${tool%%:*}: the tests that call it will be skipped"; fi; done

image-test:  ## build the Docker image without a daemon, and try it (needs root, buildah and mmdebstrap)
	@deploy/image-test.sh

setup: .venv/serving .env

setup-store: .venv/store .env  ## what a store of versions needs besides: boto3, django-storages

setup-train: .venv/train .env  ## what `manage.py retrain` needs: TensorFlow, scikit-learn (2 GB)

setup-dask: .venv/dask .env  ## the same on a Dask cluster: for the scheduler, the workers, and who asks them

setup-test: .venv/dev .env

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv --without-pip .venv
	@# A new pip needs half the time of the one that Python brings.
	@$(PYTHON) -m pip --python $@ install --quiet --disable-pip-version-check --no-compile --require-hashes \
		-r requirements-pip.txt 2>/dev/null || $(PYTHON) -m venv .venv

.venv/serving: requirements.txt | .venv/bin/python
	@echo "Installing what serving needs …"
	@$(PIP) --no-compile -r $<
	@touch $@

.venv/store: requirements-s3.txt | .venv/bin/python
	@echo "Installing what a store of versions needs …"
	@$(PIP) -r $<
	@touch $@ .venv/serving

.venv/train: requirements-train.txt | .venv/bin/python
	@$(TRAINS)
	@echo "Installing what training needs (2 GB, once) …"
	@$(PIP) -r $<
	@touch $@ .venv/serving

.venv/dask: requirements-dask.txt | .venv/bin/python
	@$(TRAINS)
	@echo "Installing what training on a cluster needs (2 GB, once) …"
	@$(PIP) -r $<
	@touch $@ .venv/train .venv/serving

.venv/dev: requirements-dev.txt | .venv/bin/python
	@$(TRAINS)
	@echo "Installing what the tests need (3 GB, once) …"
	@$(PIP) -r $<
	@touch $@ .venv/dask .venv/train .venv/store .venv/serving

.env:
	@(umask 077; echo "SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" > $@)

schema: setup-test  ## write openapi.yaml anew
	$(SCHEMA) --file openapi.yaml

notebooks: setup-test  ## execute the notebooks anew, in place (about ten minutes)
	$(BIN)/python notebooks/run.py

lock:  ## resolve pyproject.toml into the lock files (needs uv)
	echo pip | $(LOCK) - --output-file requirements-pip.txt $(if $(UPGRADE),--upgrade)
	$(LOCK) pyproject.toml --extra s3 --extra dask --extra train --extra dev --output-file requirements-dev.txt $(if $(UPGRADE),--upgrade)
	$(LOCK) pyproject.toml --extra train --constraints requirements-dev.txt --output-file requirements-train.txt
	$(LOCK) pyproject.toml --extra train --extra dask --constraints requirements-dev.txt --output-file requirements-dask.txt
	$(LOCK) pyproject.toml --constraints requirements-dev.txt --output-file requirements.txt
	$(LOCK) pyproject.toml --extra s3 --constraints requirements-dev.txt --output-file requirements-s3.txt

clean:  ## forget the set-up; drawings, models and secrets stay
	rm -rf .venv staticfiles
