"""Which database errors mean that the database is at fault, and not this program; and saying so sparingly."""

import logging
import threading
import time
from typing import Final

from django.db import DataError, Error, IntegrityError, NotSupportedError
from django.db.transaction import TransactionManagementError

PAUSE: Final = 10.0  # seconds
OURS: Final = (DataError, IntegrityError, NotSupportedError, TransactionManagementError)

log = logging.getLogger(__name__)


def is_outage(error: BaseException | None) -> bool:
    """Whether the database is away, too slow, locked, full, read-only, damaged, or without its tables."""
    return isinstance(error, Error) and not isinstance(error, OURS)


class Reporter:
    """Logs one line now and then: a full disk must not be filled by the log of its being full."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._next = 0.0
        self._suppressed = 0
        self._lock = threading.Lock()

    def report(self, error: BaseException) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                self._suppressed += 1
                return
            self._next = now + self._pause
            suppressed, self._suppressed = self._suppressed, 0
        more = f" ({suppressed} more since the last line)" if suppressed else ""
        log.error("The database is unavailable: %s: %s%s", type(error).__name__, " ".join(str(error).split()), more)


report = Reporter().report
