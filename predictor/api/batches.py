"""`POST /api/predict/batch/`: up to a hundred pictures in one request."""

from typing import Any, Final

from django.conf import settings
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.api.clients import client_network
from predictor.api.errors import reason
from predictor.api.fields import ImageField
from predictor.api.parsers import JSONParser
from predictor.api.schema import extend_schema
from predictor.api.serializers import MAX_IMAGES, BatchRequest, BatchResponse, predict_body
from predictor.api.throttles import PredictThrottle
from predictor.api.views import REFUSALS, REQUEST_ID, PublicView, source
from predictor.middleware import request_id
from predictor.ml.errors import ImageError, ModelUnavailable
from predictor.services.answering.answers import Answer, Drawing
from predictor.services.answering.errors import NoAnswer
from predictor.services.collecting.submit import MAX_AREA, submit_batch

FIELDS: Final = BatchRequest(error_messages={"null": "No data provided"})
IMAGE: Final = ImageField()


class BatchView(PublicView):
    parser_classes = (JSONParser,)
    throttle_classes = (PredictThrottle,)
    max_body = settings.MAX_BATCH

    @extend_schema(
        operation_id="predict_batch",
        summary="Recognise several digits",
        description=f"Takes up to {MAX_IMAGES} pictures, as JSON of up to {settings.MAX_BATCH:,} bytes. Each is "
        "answered as it would be alone; one that is of no use has an error in its place. Once the pictures have more "
        f"than {MAX_AREA:,} pixels together, those that follow are `image_too_large`. Each picture counts as a request "
        "where requests are limited. Sent again with the same `X-Request-ID`, a batch gets the same ids and tokens.",
        request=BatchRequest,
        parameters=[REQUEST_ID],
        responses={200: BatchResponse} | {status: REFUSALS[status] for status in (400, 411, 413, 415, 422, 429)},
    )
    def post(self, request: Request) -> Response:
        given = FIELDS.run_validation(request.data)
        self._throttle(request, len(given["images"]) - 1)  # the request itself has been counted
        contents = [_content(image) for image in given["images"]]
        described = source(request), request_id()
        drawings = [
            Drawing(content, *described, client=client_network(request))
            for content in contents
            if isinstance(content, bytes)
        ]
        outcomes = iter(submit_batch(drawings=drawings, only=given.get("model"), store=given["store"]))
        bodies = [_body(next(outcomes) if isinstance(content, bytes) else content) for content in contents]
        return Response({"answers": bodies})

    def _throttle(self, request: Request, amount: int) -> None:
        throttle = PredictThrottle()
        if not throttle.allows(request, self, amount):
            self.throttled(request, throttle.wait())


def _content(image: Any) -> bytes | ValidationError | ImageError:
    try:
        content: bytes = IMAGE.run_validation(image)
    except (ValidationError, ImageError) as error:
        return error.with_traceback(None)  # which would hold all of the request
    return content


def _body(outcome: Answer | ValidationError | ImageError) -> dict[str, Any]:
    if not isinstance(outcome, Answer):
        return {"error": reason(outcome)}
    return predict_body(outcome) if outcome.models else _unanswered(outcome)


def _unanswered(answer: Answer) -> dict[str, Any]:
    """With `id` and `token`, if the drawing was kept: whoever drew it can delete it."""
    body: dict[str, Any] = {"error": {"code": ModelUnavailable.code, "detail": str(NoAnswer(answer))}}
    return body | ({"id": answer.kept.id, "token": answer.kept.token} if answer.kept else {})
