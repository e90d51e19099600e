"""One id for a request: it comes in or is made, and stands in the answer, in every log line and in the row."""

import contextvars
import logging
import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
META_KEY = "predictor.request_id"
_acceptable = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
_current: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        token = _current.set(given if _acceptable(given) else uuid.uuid4().hex)
        request.META[META_KEY] = request_id()
        try:
            response = self.get_response(request)
            response[HEADER] = request_id()
        finally:
            _current.reset(token)
        return response


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Django logs refusals when the request is over already, but hands it to the record."""
        request = getattr(record, "request", None)
        record.request_id = getattr(request, "META", {}).get(META_KEY) or request_id()
        return True


def request_id() -> str:
    return _current.get()
