"""What the log leaves out."""

import logging
import time

PAUSE = 10.0  # seconds


class Sparing(logging.Filter):
    """For django-redis, which logs a traceback at every call while Redis is gone: why, in a line, now and then."""

    _next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + PAUSE
        if record.exc_info:
            record.msg, record.args = "The cache is out of reach, answers go on without it: %s", (record.exc_info[1],)
            record.exc_info = None
        return True
