"""Filters for the log."""

import logging
import time

from mnistsite.database.outages import is_outage, report

PAUSE = 10.0  # seconds


class Sparing(logging.Filter):
    """Now and then logs why a service is gone, in one line; its library would log a traceback at every call."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + PAUSE
        why = record.exc_info[1] if record.exc_info else " ".join(record.getMessage().split())
        record.msg, record.args = f"{self._sentence}: %s", (why,)
        record.exc_info = None
        return True


class WithoutOutages(logging.Filter):
    """Replaces Django's traceback for each request that the database failed by a line now and then."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not is_outage(error):
            return True
        report(error)
        return False
