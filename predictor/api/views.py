"""`/api/predict/`, `/api/explain/`, `/api/prompt/` and `/api/models/`."""

import math
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework.views import APIView

from predictor.api.clients import client_network
from predictor.api.errors import BodyTooLarge, LengthRequired
from predictor.api.parsers import BinaryParser, ImageParser, JSONParser, MultiPartParser, UntypedParser
from predictor.api.schema import extend_schema
from predictor.api.serializers import (
    ExplainResponse,
    ModelBody,
    PredictRequest,
    PredictResponse,
    PredictUpload,
    Problem,
    PromptRequest,
    PromptResponse,
    explain_body,
    predict_body,
)
from predictor.api.throttles import ExplainThrottle, PredictThrottle
from predictor.middleware import request_id
from predictor.models import Submission
from predictor.services.answering.answers import Drawing
from predictor.services.answering.champions import KINDS, champions
from predictor.services.answering.explain import explain
from predictor.services.collecting.prompts import choose_prompt
from predictor.services.collecting.submit import submit

REFUSALS = dict.fromkeys((400, 411, 413, 415, 422, 429, 503), Problem)
PARSERS: Final = (JSONParser, MultiPartParser, ImageParser, BinaryParser, UntypedParser)
BINARY: Final = {"type": "string", "format": "binary"}
BODIES: dict[str, Any] = {
    "application/json": PredictRequest,
    "multipart/form-data": PredictUpload,
    "image/png": BINARY,
    "application/octet-stream": BINARY,
}
FIELDS: Final = PredictRequest(error_messages={"null": "No data provided"})  # one for all: each copies its fields
SMALL_BODY: Final = 100_000  # bytes, where a form is read: a megabyte of percent signs takes a second to decode
REQUEST_ID = OpenApiParameter(
    "X-Request-ID", str, OpenApiParameter.HEADER, description="an id of yours; the response carries it too"
)
MODEL = OpenApiParameter("model", str, enum=KINDS, description="only with a raw body")


def length_of(request: HttpRequest | Request) -> float:
    """Bytes of the body; infinite if the header says nothing sound."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() and len(length) <= 12 else math.inf


class LimitedView(APIView):
    """Takes bodies up to a size, which is decided by their length before they are read."""

    max_body: int = settings.MAX_BODY

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            raise LengthRequired
        limit = self.limit(request)
        if length_of(request) > limit:
            raise BodyTooLarge(f"The body is larger than {limit:,} bytes.")

    def limit(self, request: Request) -> int:
        """Bytes that the body may have."""
        return self.max_body


class PublicView(LimitedView):
    """Open to everybody. Nobody is authenticated, so that people who are logged in need no CSRF token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class UploadView(PublicView):
    """Takes a JPEG of a camera's size as a file or as the whole body; JSON is no longer than elsewhere."""

    def limit(self, request: Request) -> int:
        is_json = media_type_matches("application/json", request.content_type)
        return self.max_body if is_json else settings.MAX_UPLOAD


class PredictView(UploadView):
    parser_classes = PARSERS
    throttle_classes = (PredictThrottle,)

    @extend_schema(
        operation_id="predict",
        summary="Recognise a digit",
        description="Without `model`, every champion answers, and `prediction` is their consensus. The drawing is kept "
        "for training unless `store` is false; a drawing that is sent twice is kept once. With a raw body, the other "
        "fields can go in the query string.",
        request=BODIES,
        parameters=[
            REQUEST_ID,
            MODEL,
            OpenApiParameter("store", bool, default=True, description="only with a raw body"),
        ],
        responses={200: PredictResponse} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        given = _picture(request)
        drawing = Drawing(
            given["image"],
            source(request),
            request_id(),
            given.get("strokes"),
            given.get("prompt"),
            client_network(request),
        )
        return Response(predict_body(submit(drawing=drawing, only=given.get("model"), store=given["store"])))


class ExplainView(UploadView):
    parser_classes = PARSERS
    throttle_classes = (ExplainThrottle,)

    @extend_schema(
        operation_id="explain",
        summary="Show which ink mattered",
        description="Takes the same bodies as a prediction and stores nothing, whatever `store` says. Each model is "
        "asked again with one patch of ink after another erased (occlusion). Its map is positive where ink speaks for "
        "the digit that the model sees, negative where it speaks against it, and 0 where there is no ink. A model that "
        "reads strokes is asked without one piece of them after another, and gets their lines instead of a map.",
        request=BODIES,
        parameters=[REQUEST_ID, MODEL],
        responses={200: ExplainResponse} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        given = _picture(request)
        return Response(
            explain_body(explain(image=given["image"], strokes=given.get("strokes"), only=given.get("model")))
        )


@method_decorator(never_cache, "dispatch")
class PromptView(PublicView):
    @extend_schema(
        operation_id="prompt",
        summary="Suggest a digit to draw",
        description="Picked at random; digits that are rare in the collection come up more often.",
        parameters=[PromptRequest],
        responses={200: PromptResponse} | dict.fromkeys((400, 503), Problem),
    )
    def get(self, request: Request) -> Response:
        fields = PromptRequest(data=request.query_params)
        fields.is_valid(raise_exception=True)
        return Response({"prompt": choose_prompt(exclude=fields.validated_data.get("not"))})


class ModelsView(PublicView):
    @extend_schema(
        operation_id="models",
        summary="List the champions",
        description="The versions that answer: where they come from and how good they are.",
        responses=ModelBody(many=True),
    )
    def get(self, request: Request) -> Response:
        sidecars = [classifier.sidecar for classifier in champions().classifiers.values()]
        return Response(ModelBody(sidecars, many=True).data)


def _picture(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = FIELDS.run_validation(request.data)
    return given


def source(request: Request) -> str:
    """The page says so itself: hosts and origins change on their way through proxies."""
    return Submission.Source.PAGE if request.headers.get("X-Source") == "page" else Submission.Source.API
