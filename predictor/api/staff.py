"""For people with an account, in a browser's session or with a token for scripts."""

from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.exceptions import APIException
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from predictor.api.parsers import JSONParser
from predictor.api.serializers import Problem
from predictor.api.views import SMALL_BODY, LimitedView

REFUSALS: Final = dict.fromkeys((401, 403, 503), Problem)
CHANGES: Final = REFUSALS | dict.fromkeys((400, 409, 411, 413, 415), Problem)
MISSING: Final = {404: Problem}
PAGE: Final = OpenApiParameter("page", int, description="from 1")


class Conflict(APIException):
    """What was asked for cannot be done as things stand."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.default_code = code


class Unprocessable(APIException):
    """A name that stands for nothing; `detail` says what there is."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, code: str, detail: str, field: str) -> None:
        super().__init__(detail)
        self.default_code, self.field = code, field


class Unavailable(APIException):
    """A file cannot be written."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "storage_unavailable"


class StoreAway(Unavailable):
    """The store of versions does not answer."""

    default_code = "store_unavailable"


class HasPermission(BasePermission):
    """Asks for the Django permission that the view names for this method."""

    message = "You may not do this: it needs another permission."

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = "GET" if request.method == "HEAD" else request.method or ""
        wanted: str | None = view.permissions.get(method)  # type: ignore[attr-defined]  # a StaffView
        return bool(request.user.has_perm(wanted) if wanted else request.user.is_authenticated)


class StaffView(LimitedView):
    """By token (`Authorization: Token …`), or by session and CSRF token; `permissions` has one for each method."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (HasPermission,)
    parser_classes = (JSONParser,)
    max_body = SMALL_BODY
    permissions: dict[str, str] = {}


class Pages(PageNumberPagination):
    page_size = 50
