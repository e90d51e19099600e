"""The ancestor's two routes, kept word for word: its clients work unchanged."""

from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.fields import decode_base64
from predictor.middleware import request_id
from predictor.ml.errors import BlankImage, ImageError
from predictor.models import Submission
from predictor.parsers import AnyJSONParser
from predictor.services.answers import Drawing
from predictor.services.champions import KINDS, champions
from predictor.services.classify import classify
from predictor.throttles import PredictThrottle
from predictor.views.api import PublicView

UNKNOWN_MODEL: Final = f"Unexpected model name. Only {', '.join(KINDS)} models are available."
INVALID_IMAGE: Final = "Could not perform the prediction. Invalid image base64 image."
BLANK_IMAGE: Final = "Could not perform the prediction. Nothing is drawn on the image."


class Refusal(APIException):
    status_code = 422


@extend_schema(exclude=True)
class LegacyPredictView(PublicView):
    parser_classes = (AnyJSONParser,)
    throttle_classes = (PredictThrottle,)

    def post(self, request: Request) -> Response:
        name, image = _fields(request)
        drawing = Drawing(image, Submission.Source.LEGACY, request_id())
        try:
            answer = classify(drawing=drawing, only=name)
        except BlankImage as error:
            raise Refusal(BLANK_IMAGE) from error
        except ImageError as error:
            raise Refusal(INVALID_IMAGE) from error
        body: dict[str, Any] = {"prediction": answer.consensus.prediction}
        if name is None:
            body["predictions"] = {kind: given.prediction for kind, given in answer.models.items()}
        return Response(body)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response.data = {"error": response.data["detail"]}
        return response


@extend_schema(exclude=True)
class LegacyModelsView(PublicView):
    def get(self, request: Request) -> Response:
        return Response({"models": sorted(champions().classifiers)})


def _fields(request: Request) -> tuple[str | None, bytes]:
    try:
        given = request.data
    except ParseError as error:
        raise Refusal(INVALID_IMAGE) from error
    if not isinstance(given, dict):
        raise Refusal(INVALID_IMAGE)
    name, image = given.get("model"), given.get("image")
    if name is not None and name not in KINDS:
        raise Refusal(UNKNOWN_MODEL)
    try:
        return name, decode_base64(image if isinstance(image, str) else "")
    except (ImageError, ValueError) as error:
        raise Refusal(INVALID_IMAGE) from error
