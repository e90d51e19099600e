"""Filters for the log, and its format for machines."""

import datetime as dt
import json
import logging
import time
from typing import Final

from mnistsite.database.outages import is_outage, report

PAUSE = 10.0  # seconds
NO_REQUEST: Final = "-"  # the id of a record that belongs to none


class JSONFormatter(logging.Formatter):
    """One object per line. A record's attribute `fields` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request_id := getattr(record, "request_id", NO_REQUEST)) != NO_REQUEST:
            line["request_id"] = request_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(line, default=str)


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
