"""The API's errors: `{"code", "detail", "field"?, "request_id"}`, and never a 500 for what a client sent.

Django's own handlers follow at the end: outside the API's views, errors get the same body below /api/, and a page
elsewhere.
"""

import logging
import sys
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template import loader
from django.urls import get_script_prefix
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from mnistsite.database.outages import is_outage, report
from mnistsite.metrics.definitions import refusals
from predictor.middleware import request_id
from predictor.ml import errors
from predictor.services.answering.errors import NoAnswer

log = logging.getLogger(__name__)

GONE: Final = "This drawing is gone."
AWAY: Final = "The database is unavailable. Try again in a few seconds."
RETRY: Final = {"Retry-After": "5"}  # seconds
BROKEN: Final = "Something went wrong on the server; it has been logged."
STATUS: Final[dict[type[errors.ImageError], int]] = {
    errors.UnsupportedImageType: status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
    errors.ImageTooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    errors.UndecodableImage: status.HTTP_422_UNPROCESSABLE_ENTITY,
    errors.BlankImage: status.HTTP_422_UNPROCESSABLE_ENTITY,
}


class UnknownModel(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unknown_model"
    field = "model"


class StrokesNeeded(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "strokes_needed"
    field = "strokes"


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


class LengthRequired(exceptions.APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length."


def problem(code: str, detail: str, field: str | None = None) -> dict[str, str]:
    """The body of an error, which is counted: every refusal has one, even where only its sentence is shown."""
    refusals.labels(code).inc()
    body = {"code": code, "detail": detail, "request_id": request_id()}
    return body if field is None else body | {"field": field}


def reason(refused: exceptions.APIException | errors.ImageError) -> dict[str, str]:
    """The code and the sentence that say why a picture was refused, in an answer that has room for others."""
    if isinstance(refused, errors.ImageError):
        return {"code": refused.code, "detail": str(refused)}
    return {"code": _code(refused), "detail": _first(refused.detail)[1]}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exc, errors.ModelUnavailable):
        return _no_answer(exc)
    if isinstance(exc, errors.ImageError) and type(exc) in STATUS:
        return Response(problem(exc.code, str(exc), "image"), STATUS[type(exc)])
    if isinstance(exc, errors.StrokesError):
        return Response(problem(exc.code, str(exc), "strokes"), status.HTTP_422_UNPROCESSABLE_ENTITY)
    if isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge("A part without a file name is too large.")
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return Response(problem("malformed", f"The request cannot be read: {exc}"), status.HTTP_400_BAD_REQUEST)
    if is_outage(exc):
        report(exc)
        set_rollback()
        return _unavailable(problem("storage_unavailable", AWAY))
    response = drf_exception_handler(exc, context)
    if response is not None:
        field, detail = _first(response.data)
        response.data = problem(_code(exc), detail, field or getattr(exc, "field", None))
    return response


def _no_answer(exc: errors.ModelUnavailable) -> Response:
    """With `id` and `token`, if the drawing was kept: whoever drew it can delete it."""
    log.error("No model can answer: %s", exc)
    kept = exc.answer.kept if isinstance(exc, NoAnswer) else None
    return _unavailable(problem(exc.code, str(exc)) | ({"id": kept.id, "token": kept.token} if kept else {}))


def _unavailable(body: dict[str, Any]) -> Response:
    response = Response(body, status.HTTP_503_SERVICE_UNAVAILABLE, headers=RETRY)
    response._has_been_logged = True  # type: ignore[attr-defined]  # or Django logs each of them
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return JsonResponse(problem("bad_request", "The request is malformed, or for another host."), status=400)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return JsonResponse(problem("not_found", f"There is nothing at {request.path[:200]}."), status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 if it was the database: anywhere, in the admin and in the middleware too."""
    if is_outage(sys.exception()):
        response = _failed(request, 503, "storage_unavailable", AWAY)
        response["Retry-After"] = RETRY["Retry-After"]
        return response
    return _failed(request, 500, "server_error", BROKEN)


def _failed(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return JsonResponse(problem(code, detail), status=status)
    if request.path_info.startswith("/predict"):
        return JsonResponse({"error": detail}, status=status)
    said = {"prefix": get_script_prefix(), "status": status, "detail": detail}
    return HttpResponse(loader.get_template("500.html").render(said), status=status)


def _code(exc: Exception) -> str:
    if isinstance(exc, exceptions.APIException):
        return exc.default_code
    return "not_found" if isinstance(exc, Http404) else "permission_denied"


def _first(detail: Any, field: str | None = None) -> tuple[str | None, str]:
    """The first message of DRF's nested errors, with the dotted name of its field."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        outer = None if name in {"detail", "non_field_errors"} else str(name)
        return _first(inner, ".".join(filter(None, (field, outer))) or None)
    if isinstance(detail, list):
        return _first(detail[0], field)
    return field, str(detail)
