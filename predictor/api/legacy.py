"""The ancestor's two routes, kept word for word: its clients work unchanged."""

from typing import Any, Final

from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.api.clients import client_network
from predictor.api.fields import decode_text
from predictor.api.parsers import AnyJSONParser
from predictor.api.throttles import PredictThrottle
from predictor.api.views import PublicView
from predictor.middleware import request_id
from predictor.ml.errors import BlankImage, ImageError
from predictor.models import Submission
from predictor.services.answering.answers import Drawing
from predictor.services.answering.champions import PIXEL_KINDS, champions
from predictor.services.collecting.submit import submit

UNKNOWN_MODEL: Final = f"Unexpected model name. Only {', '.join(PIXEL_KINDS)} models are available."
INVALID_IMAGE: Final = "Could not perform the prediction. Invalid image base64 image."
BLANK_IMAGE: Final = "Could not perform the prediction. Nothing is drawn on the image."


class Refusal(APIException):
    status_code = 422


class LegacyPredictView(PublicView):
    schema = None
    parser_classes = (AnyJSONParser,)
    throttle_classes = (PredictThrottle,)

    def post(self, request: Request) -> Response:
        name, image = _fields(request)
        drawing = Drawing(image, Submission.Source.LEGACY, request_id(), client=client_network(request))
        try:
            answer = submit(drawing=drawing, only=name)
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


class LegacyModelsView(PublicView):
    schema = None

    def get(self, request: Request) -> Response:
        return Response({"models": sorted({*PIXEL_KINDS} & champions().classifiers.keys())})


def _fields(request: Request) -> tuple[str | None, bytes]:
    try:
        given = request.data
    except ParseError as error:
        raise Refusal(INVALID_IMAGE) from error
    if not isinstance(given, dict):
        raise Refusal(INVALID_IMAGE)
    name, image = given.get("model"), given.get("image")
    if name is not None and name not in PIXEL_KINDS:
        raise Refusal(UNKNOWN_MODEL)
    try:
        return name, decode_text(image if isinstance(image, str) else "")
    except (ImageError, ValueError) as error:
        raise Refusal(INVALID_IMAGE) from error
