"""`/api/predict/` and `/api/models/`."""

from typing import Any

from django.conf import settings
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
from predictor.serializers import ModelBody, PredictRequest, PredictResponse, PredictUpload, Problem, predict_body
from predictor.services.answers import Drawing
from predictor.services.champions import KINDS, champions
from predictor.services.classify import classify
from predictor.throttles import PredictThrottle

REFUSALS = dict.fromkeys((400, 411, 413, 415, 422, 429, 503), Problem)


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
        request={
            "application/json": PredictRequest,
            "multipart/form-data": PredictUpload,
            "image/png": {"type": "string", "format": "binary"},
        },
        parameters=[
            OpenApiParameter("X-Request-ID", str, OpenApiParameter.HEADER, description="comes back in the answer"),
            OpenApiParameter("model", str, enum=KINDS, description="with a raw body"),
            OpenApiParameter("store", bool, default=True, description="with a raw body"),
        ],
        responses={200: PredictResponse} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        fields = PredictRequest(data=request.data)
        fields.is_valid(raise_exception=True)
        given = fields.validated_data
        drawing = Drawing(given["image"], _source(request), request_id(), given.get("strokes"), given.get("prompt"))
        return Response(predict_body(classify(drawing=drawing, only=given.get("model"), store=given["store"])))


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


def _source(request: Request) -> str:
    """Browsers name the page's origin with every POST; nobody else needs to."""
    _, _, origin = request.headers.get("Origin", "").partition("://")
    return Submission.Source.PAGE if origin == request.get_host() else Submission.Source.API
