"""What visitors may do with their own drawings: claim what they are, and delete them."""

import re
import uuid
from typing import Any, Final

from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.api.errors import GONE
from predictor.api.parsers import JSONParser
from predictor.api.schema import extend_schema
from predictor.api.serializers import ClaimRequest, ClaimResponse, Problem
from predictor.api.throttles import PredictThrottle
from predictor.api.views import SMALL_BODY, PublicView
from predictor.services.collecting import submissions

REFUSALS: Final = dict.fromkeys((401, 403, 404, 411, 413, 429, 503), Problem)
TOKEN: Final[Any] = [{"token": []}]  # annotated as str, but drf-spectacular passes on whatever it is
_bearer = re.compile(r"Bearer +([\w.~+/-]+=*)", re.IGNORECASE | re.ASCII).fullmatch


class TokenView(PublicView):
    """For whoever holds a drawing's token: no account and no cookie, so no CSRF."""

    throttle_classes = (PredictThrottle,)
    max_body = SMALL_BODY

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ClaimView(TokenView):
    parser_classes = (JSONParser, FormParser)

    @extend_schema(
        operation_id="claim",
        summary="Say what you drew",
        description="A digit, `not_a_digit`, or null to take the claim back. No model is trained on a claim unless a "
        "reviewer agrees.",
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


class SubmissionView(TokenView):
    @extend_schema(
        operation_id="delete",
        summary="Delete your drawing",
        description="Deletes everything that is stored about it.",
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
