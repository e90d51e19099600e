"""Errors as the API tells them: `{"code", "detail", "field"?, "request_id"}`, and no 500 for what came in."""

import logging
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from predictor.middleware import request_id
from predictor.ml import errors

log = logging.getLogger(__name__)

GONE: Final = "This drawing is gone."
STATUS: Final[dict[type[errors.MlError], int]] = {
    errors.UnsupportedImageType: status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
    errors.ImageTooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    errors.UndecodableImage: status.HTTP_422_UNPROCESSABLE_ENTITY,
    errors.BlankImage: status.HTTP_422_UNPROCESSABLE_ENTITY,
    errors.ModelUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}


class UnknownModel(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unknown_model"
    field = "model"


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


class LengthRequired(exceptions.APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length."


def problem(code: str, detail: str, field: str | None = None) -> dict[str, str]:
    body = {"code": code, "detail": detail, "request_id": request_id()}
    return body if field is None else body | {"field": field}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exc, errors.MlError) and type(exc) in STATUS:
        field = "image" if isinstance(exc, errors.ImageError) else None
        if isinstance(exc, errors.ModelUnavailable):
            log.error("No model can answer: %s", exc)
        return Response(problem(exc.code, str(exc), field), STATUS[type(exc)])
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return Response(problem("malformed", f"The request cannot be read: {exc}"), status.HTTP_400_BAD_REQUEST)
    if isinstance(exc, OperationalError | ProgrammingError | InterfaceError):
        log.error("The database is out of reach", exc_info=exc)
        set_rollback()
        detail = "The store of drawings is out of reach just now; try again."
        return Response(problem("storage_unavailable", detail), status.HTTP_503_SERVICE_UNAVAILABLE)
    response = drf_exception_handler(exc, context)
    if response is not None:
        field, detail = _first(response.data)
        response.data = problem(_code(exc), detail, field or getattr(exc, "field", None))
    return response


def _code(exc: Exception) -> str:
    if isinstance(exc, exceptions.APIException):
        return exc.default_code
    return "not_found" if isinstance(exc, Http404) else "permission_denied"


def _first(detail: Any, field: str | None = None) -> tuple[str | None, str]:
    """The first message of DRF's nested errors, with the dotted name of the field that it is about."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        outer = None if name in {"detail", "non_field_errors"} else str(name)
        return _first(inner, ".".join(filter(None, (field, outer))) or None)
    if isinstance(detail, list):
        return _first(detail[0], field)
    return field, str(detail)
