"""`migrate`, which lets only one process at a time change a database: servers may start at the same moment."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

KEY: Final = zlib.crc32(b"mnistsite migrate")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with _alone(connections[options["database"]]):
            super().handle(*args, **options)


@contextmanager
def _alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [KEY])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])
        return
    path = Path(connection.settings_dict["NAME"])
    if not path.is_absolute():  # in memory, for this process alone
        yield
        return
    with path.with_name(f"{path.name}.migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
