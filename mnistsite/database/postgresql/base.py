"""PostgreSQL behind a gate, with deadlines, its connections shared by the threads (`pool` in the options).

The server's own deadlines do not help if it is stopped, or if its machine is gone: then the client must stop waiting.
The client's alone would leave the server waiting for a lock on behalf of nobody.
"""

from typing import Any, Final

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError, errors
from psycopg.abc import PQGen

from mnistsite.database.gate import Gated

ANSWER: Final = 5.0  # seconds that a statement may take
LOCK: Final = 3.0  # seconds that it may wait for a lock
GRACE: Final = 0.5  # seconds that the client gives the server to say so itself
LIMITS: Final = f"SET statement_timeout = {ANSWER * 1000:.0f}; SET lock_timeout = {LOCK * 1000:.0f}"


class DeadlineConnection(Connection):
    """Closes itself if the server takes too long."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, ANSWER + GRACE)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            raise OperationalError(f"no answer from the server within {ANSWER + GRACE} s") from error


class DatabaseWrapper(Gated, base.DatabaseWrapper):
    def _configure_connection(self, connection: Any) -> bool:
        super()._configure_connection(connection)  # type: ignore[misc]  # the stubs lack it
        with connection.cursor() as cursor:
            cursor.execute(LIMITS)
        return True
