"""SQLite behind a gate. How long it waits for a lock is a setting."""

from django.db.backends.sqlite3 import base

from mnistsite.database.gate import Gated


class DatabaseWrapper(Gated, base.DatabaseWrapper):
    pass
