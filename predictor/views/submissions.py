"""What the one who drew something may do with it: say what it is, and delete it."""

import re
import uuid
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.parsers import JSONParser
from predictor.problems import GONE
from predictor.serializers import ClaimRequest, ClaimResponse, Problem
from predictor.services import submissions
from predictor.throttles import PredictThrottle
from predictor.views.api import PublicView

REFUSALS: Final = dict.fromkeys((401, 403, 404, 411, 413, 429, 503), Problem)
TOKEN: Final[Any] = [{"token": []}]  # drf-spectacular's hint says str, its code passes on what stands here
_bearer = re.compile(r"Bearer +([\w.~+/-]+=*)", re.IGNORECASE | re.ASCII).fullmatch


class OwnView(PublicView):
    """For who holds the token of a drawing: no account, no cookie, so no CSRF."""

    throttle_classes = (PredictThrottle,)

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ClaimView(OwnView):
    parser_classes = (JSONParser, FormParser)

    @extend_schema(
        operation_id="claim",
        summary="Say what you drew",
        description="A digit, `not_a_digit`, or null to take it back. A reviewer decides whether it trains a model.",
        auth=TOKEN,
        request=ClaimRequest,
        responses={200: ClaimResponse} | dict.fromkeys((400, 415), Problem) | REFUSALS,
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        token = _token(request)
        fields = ClaimRequest(data=request.data)
        fields.is_valid(raise_exception=True)
        claim = fields.validated_data["claim"]
        if not submissions.claim(submission_id=pk, token=token, value=claim):
            raise NotFound(GONE)
        return Response(ClaimResponse({"id": pk, "claim": claim}).data)


class SubmissionView(OwnView):
    @extend_schema(
        operation_id="delete",
        summary="Delete what you drew",
        description="Its row is all there is of it.",
        auth=TOKEN,
        responses={204: None} | REFUSALS,
    )
    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        if not submissions.delete(submission_id=pk, token=_token(request)):
            raise NotFound(GONE)
        return Response(status=204)


def _token(request: Request) -> str:
    given = _bearer(request.headers.get("Authorization", "").strip())
    if given is None:
        raise NotAuthenticated("Send the drawing's token as Authorization: Bearer.")
    return given[1]
