"""A gate in front of the tests' database, as a web server has it."""

from collections.abc import Callable

import pytest
from django.db import connections

from mnistsite.database.gate import Gate, Gated


@pytest.fixture
def is_inside(transactional_db, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Tells whether this thread holds a slot."""
    connection = connections["default"]
    monkeypatch.setattr(connection, "__class__", type("Gated", (Gated, type(connection)), {"gate": Gate()}))
    return lambda: connection._is_inside
