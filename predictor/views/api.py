"""`/api/predict/`, `/api/explain/`, `/api/prompt/` and `/api/models/`."""

from typing import Any

from django.conf import settings
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from predictor.middleware import request_id
from predictor.models import Submission
from predictor.parsers import ImageParser, JSONParser
from predictor.problems import BodyTooLarge, LengthRequired
from predictor.serializers import (
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
from predictor.services.answers import Drawing
from predictor.services.champions import KINDS, champions
from predictor.services.classify import classify
from predictor.services.explain import explain
from predictor.services.prompts import prompt
from predictor.throttles import ExplainThrottle, PredictThrottle

REFUSALS = dict.fromkeys((400, 411, 413, 415, 422, 429, 503), Problem)
BODIES: dict[str, Any] = {
    "application/json": PredictRequest,
    "multipart/form-data": PredictUpload,
    "image/png": {"type": "string", "format": "binary"},
}
REQUEST_ID = OpenApiParameter("X-Request-ID", str, OpenApiParameter.HEADER, description="comes back in the answer")
MODEL = OpenApiParameter("model", str, enum=KINDS, description="with a raw body")


class PublicView(APIView):
    """Open to all, and the same to all: without authentication no CSRF token is asked of those who are logged in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            raise LengthRequired
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.MAX_BODY:
            raise BodyTooLarge(f"The body has over {settings.MAX_BODY:,} bytes.")


class PredictView(PublicView):
    parser_classes = (JSONParser, MultiPartParser, ImageParser)
    throttle_classes = (PredictThrottle,)

    @extend_schema(
        operation_id="predict",
        summary="Say which digit was drawn",
        description="Without `model` every champion answers, and `prediction` is their consensus. The drawing is kept "
        "for training unless `store` is false; the same drawing twice is kept once. With a raw body the other fields "
        "may stand in the query string.",
        request=BODIES,
        parameters=[
            REQUEST_ID,
            MODEL,
            OpenApiParameter("store", bool, default=True, description="with a raw body"),
        ],
        responses={200: PredictResponse} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        given = _picture(request)
        drawing = Drawing(given["image"], _source(request), request_id(), given.get("strokes"), given.get("prompt"))
        return Response(predict_body(classify(drawing=drawing, only=given.get("model"), store=given["store"])))


class ExplainView(PublicView):
    parser_classes = (JSONParser, MultiPartParser, ImageParser)
    throttle_classes = (ExplainThrottle,)

    @extend_schema(
        operation_id="explain",
        summary="Show which ink spoke for the digit",
        description="The bodies are those of a prediction; nothing is stored, whatever `store` says. Each model is "
        "asked again with one patch of ink after another erased. Its map is positive where ink speaks for the digit "
        "that it sees, negative where it speaks against it, and 0 where there is none.",
        request=BODIES,
        parameters=[REQUEST_ID, MODEL],
        responses={200: ExplainResponse} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        given = _picture(request)
        return Response(explain_body(explain(image=given["image"], only=given.get("model"))))


@method_decorator(never_cache, "dispatch")
class PromptView(PublicView):
    @extend_schema(
        operation_id="prompt",
        summary="Which digit to draw",
        description="By lot; what the collection has few of is asked for more often.",
        parameters=[PromptRequest],
        responses={200: PromptResponse} | dict.fromkeys((400, 503), Problem),
    )
    def get(self, request: Request) -> Response:
        fields = PromptRequest(data=request.query_params)
        fields.is_valid(raise_exception=True)
        return Response({"prompt": prompt(but=fields.validated_data.get("not"))})


class ModelsView(PublicView):
    @extend_schema(
        operation_id="models",
        summary="The champions",
        description="Where they come from and how good they are.",
        responses=ModelBody(many=True),
    )
    def get(self, request: Request) -> Response:
        sidecars = [classifier.sidecar for classifier in champions().classifiers.values()]
        return Response(ModelBody(sidecars, many=True).data)


def _picture(request: Request) -> dict[str, Any]:
    fields = PredictRequest(data=request.data)
    fields.is_valid(raise_exception=True)
    given: dict[str, Any] = fields.validated_data
    return given


def _source(request: Request) -> str:
    """Browsers name the page's origin with every POST; nobody else needs to."""
    _, _, origin = request.headers.get("Origin", "").partition("://")
    return Submission.Source.PAGE if origin == request.get_host() else Submission.Source.API
