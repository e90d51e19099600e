"""Fetching a version in a request or a command."""

from pathlib import Path

import pytest
from django.db import transaction
from django.db.utils import ConnectionHandler

from mnistsite import backends
from mnistsite.database.gate import Gate
from predictor.services.store import versions
from predictor.services.store.fetching import Wanted

pytestmark = pytest.mark.django_db
WANTED = Wanted("svm", 1, {"card.md": {"sha256": "0" * 64, "size": 1}})


@pytest.fixture
def gated(bucket, models_dir, tmp_path, monkeypatch):
    """A connection as in a web process, where few are in the database at once."""
    database = backends.sqlite(tmp_path / "gated.sqlite3") | {"ENGINE": "mnistsite.database.sqlite3"}
    found = ConnectionHandler({"default": database})["default"]
    found.gate = Gate()
    monkeypatch.setattr("mnistsite.database.gate.connection", found)
    yield found
    found.close()


@pytest.fixture
def inside(gated, monkeypatch) -> list[int]:
    """How many are in the database whenever the store is asked."""
    found: list[int] = []
    monkeypatch.setattr(versions, "fetch_one", lambda *_, **__: found.append(gated.gate._inside))
    return found


def test_who_waits_for_the_store_is_not_in_the_database(gated, inside):
    gated.ensure_connection()
    assert gated.gate._inside == 1
    versions.fetch([WANTED])
    assert inside == [0]


def test_a_transaction_goes_on(gated, inside, monkeypatch):
    monkeypatch.setattr(transaction, "get_connection", lambda _: gated)
    with transaction.atomic():
        versions.fetch([WANTED])
    assert inside == [1]


def test_what_is_here_asks_neither(gated, inside, models_dir: Path):
    gated.ensure_connection()
    versions.fetch([Wanted("svm", 1, {})])
    assert (inside, gated.gate._inside) == ([], 1)
