"""At most some of a process's threads are in the database at once, and none waits for one that does not answer.

The others go on answering what needs no database: health checks, static files, drawings that are not stored. While the
database answers, a thread waits its turn. Once it has failed, or has let nobody go for a while, newcomers are refused
at once, except for one, who finds out whether it answers again.
"""

import threading
import time
from typing import Any, Final

from django.db import OperationalError, connection

SLOTS: Final = 4  # threads of a process; half of those that gunicorn.conf.py starts
PATIENCE: Final = 0.5  # seconds without anybody coming out
WAIT: Final = 2.0  # seconds in the queue, even if it moves


class Gate:
    """Counts the threads that are in the database. Safe to use from several threads."""

    def __init__(self, slots: int = SLOTS, patience: float = PATIENCE, wait: float = WAIT) -> None:
        self._slots, self._patience, self._wait = slots, patience, wait
        self._inside = 0
        self._is_failing = False
        self._moved_at = 0.0  # when somebody last came out, or the last free slot was taken
        self._changed = threading.Condition()

    def enter(self) -> None:
        """Take a slot, waiting for one if need be.

        Raises:
            OperationalError: the database is too busy, or does not answer.
        """
        with self._changed:
            deadline = time.monotonic() + self._wait
            while self._is_full():
                left = min(self._moved_at + self._patience, deadline) - time.monotonic()
                if self._is_failing or left <= 0:
                    raise OperationalError("The database is busy or does not answer.")
                self._changed.wait(left)
            self._inside += 1
            if self._inside == self._slots:
                self._moved_at = time.monotonic()

    def leave(self, *, failed: bool) -> None:
        """Give the slot back, and say whether the database failed."""
        with self._changed:
            self._inside -= 1
            self._is_failing = failed
            self._moved_at = time.monotonic()
            self._changed.notify_all()

    def _is_full(self) -> bool:
        return self._inside >= (1 if self._is_failing else self._slots)


def leave() -> None:
    """Let this thread out until its next query: what it does before that may take long. Not within a transaction."""
    if not connection.in_atomic_block:
        connection.close()


class Gated:
    """For a `DatabaseWrapper`: lets a thread in at its first query, and out at the end of the request; see `leave`."""

    gate = Gate()
    _is_inside = False
    _is_tidying = False  # Django looks at the connection between requests, which asks the database nothing
    errors_occurred: bool
    rollback_exc: BaseException | None

    def ensure_connection(self) -> None:
        if not self._is_inside and not self._is_tidying:
            self.gate.enter()
            self._is_inside = True
        try:
            super().ensure_connection()  # type: ignore[misc]
        except Exception:
            self._leave(failed=True)
            raise

    def close_if_unusable_or_obsolete(self) -> None:
        """Called before and after each request."""
        failed = self.errors_occurred
        self._is_tidying = True
        try:
            super().close_if_unusable_or_obsolete()  # type: ignore[misc]
        finally:
            self._is_tidying = False
            self.rollback_exc = None  # its traceback would hold the request and its picture until the next rollback
            self._leave(failed=failed)

    def close(self, *args: Any, **kwargs: Any) -> None:
        failed = self.errors_occurred
        try:
            super().close(*args, **kwargs)  # type: ignore[misc]
        finally:
            self._leave(failed=failed)

    def _leave(self, *, failed: bool) -> None:
        if self._is_inside:
            self._is_inside = False
            self.gate.leave(failed=failed)
