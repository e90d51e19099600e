"""One id per request, the client's or a new one: it is in the response, in every log line and in the stored row."""

import contextvars
import logging
import re
import uuid
from collections.abc import Callable

from csp.constants import HEADER as POLICY
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
FORM = "application/x-www-form-urlencoded"
MAX_FORM = 200_000  # bytes; the admin's longest list takes a tenth
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


class FormLimitMiddleware:
    """Refuses long forms before Django parses them, as it does at the login too: a megabyte of % takes a second."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.content_type == FORM and length.isdecimal() and int(length) > MAX_FORM:
            return HttpResponse(f"The form is larger than {MAX_FORM:,} bytes.\n", "text/plain", status=413)
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """Sets the one policy of all responses. django-csp's middleware would build it anew for each of them, twice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response[POLICY] = self.policy
        return response


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Django logs an error status only after the request, but hands the request to the record."""
        request = getattr(record, "request", None)
        record.request_id = getattr(request, "META", {}).get(META_KEY) or request_id()
        return True


def request_id() -> str:
    return _current.get()
