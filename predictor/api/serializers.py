"""The bodies of requests and responses: their fields and limits."""

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from predictor.api.errors import StrokesNeeded, UnknownModel
from predictor.api.fields import ClaimField, FileField, ImageField, ImagesField, StrokesField
from predictor.services.answering import wording
from predictor.services.answering.answers import Answer, Explanation, ModelAnswer
from predictor.services.answering.champions import KINDS, PIXEL_KINDS, STROKE_KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.ml.runtime import Probabilities

DECIMALS: Final = 4  # of a probability
MAX_IMAGES: Final = 100  # in a batch


def _model(kinds: tuple[str, ...] = KINDS) -> serializers.CharField:
    return serializers.CharField(required=False, allow_null=True, help_text=f"ask only this one: {', '.join(kinds)}")


def _store() -> serializers.BooleanField:
    return serializers.BooleanField(default=True, allow_null=True, help_text="false keeps nothing")


class Options:  # a docstring would become the description of every body that has them
    def validate_model(self, name: str | None) -> str | None:
        if name is not None and name not in KINDS:
            raise UnknownModel(f"There is no model {name[:40]!r}; the models are {', '.join(KINDS)}.")
        return name

    def validate_store(self, wanted: bool | None) -> bool:
        return wanted is not False


def _without_strokes(name: str) -> StrokesNeeded:
    return StrokesNeeded(f"No strokes came with the drawing, and {wording.spoken(name)} reads nothing else.")


class PredictRequest(Options, serializers.Serializer):
    image = ImageField(help_text="PNG, JPEG or WebP: base64, a data: URL, or a file part")
    model = _model()
    store = _store()
    strokes = StrokesField(required=False, allow_null=True)
    prompt = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=9, help_text="the digit that the visitor was asked for"
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if (name := given.get("model")) in STROKE_KINDS and given.get("strokes") is None:
            raise _without_strokes(name)
        return given


class PredictUpload(PredictRequest):
    """The same as multipart; the difference matters only to the schema."""

    image = FileField(help_text="PNG or WebP up to 1 MiB and 4 megapixels, JPEG up to 20 MiB and 51 megapixels")
    strokes = serializers.CharField(required=False, help_text="as JSON")  # type: ignore[assignment]


class BatchRequest(Options, serializers.Serializer):
    images = ImagesField(max_length=MAX_IMAGES, help_text="PNG, JPEG or WebP, each as base64 or a data: URL")
    model = _model(PIXEL_KINDS)
    store = _store()

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if (name := given.get("model")) in STROKE_KINDS:
            raise _without_strokes(name)
        return given


class Reason(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class ModelAnswerBody(serializers.Serializer):
    version = serializers.IntegerField(allow_null=True)
    prediction = serializers.IntegerField(required=False, min_value=0, max_value=9)
    confidence = serializers.FloatField(required=False, help_text="probability of the prediction")
    probabilities = serializers.ListField(child=serializers.FloatField(), min_length=10, max_length=10, required=False)
    error = Reason(required=False, help_text="why this model did not answer, or why the strokes are of no use to it")


class PredictResponse(serializers.Serializer):
    id = serializers.UUIDField(allow_null=True, help_text="of the stored drawing; null if nothing was stored")
    token = serializers.CharField(
        allow_null=True,
        help_text="for claiming or deleting the drawing; null if nothing was stored or somebody else sent it first",
    )
    not_kept = Reason(allow_null=True, help_text="why a drawing that should have been stored was not")
    prediction = serializers.IntegerField(min_value=0, max_value=9)
    verdict = serializers.ChoiceField(["digit", "unsure", "not_a_digit"])
    summary = serializers.CharField(help_text="the answer in words, such as: All three say 3.")
    models = serializers.DictField(
        child=ModelAnswerBody(), help_text="by kind: cnn, mlp, svm, and pen where strokes came with the drawing"
    )
    agreement = serializers.ChoiceField(["all", "majority", "none"], allow_null=True)
    preprocessing = serializers.IntegerField()
    pixels = serializers.CharField(help_text="data: URL of the 28×28 PNG that the models saw")
    box = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        min_length=4,
        max_length=4,
        allow_null=True,
        help_text="where the drawing was found: left, top, right and bottom in pixels of the picture as it is shown, "
        "turned as its EXIF data says; null where only a stored answer is shown",
    )
    degraded = serializers.BooleanField(help_text="true if a model that was asked could not answer")


class BatchRefusal(serializers.Serializer):
    error = Reason(help_text="why there is no answer: the code is the one that the picture alone would get")
    id = serializers.UUIDField(required=False, help_text="of the stored drawing, where it was kept unanswered")
    token = serializers.CharField(required=False, allow_null=True)


@extend_schema_field(
    PolymorphicProxySerializer(
        "BatchAnswer", serializers=[PredictResponse, BatchRefusal], resource_type_field_name=None
    )
)
class BatchAnswerField(serializers.Field):
    """An answer, or why there is none."""


class BatchResponse(serializers.Serializer):
    answers = serializers.ListField(child=BatchAnswerField(), help_text="in the order of the images")


class ModelMapBody(serializers.Serializer):
    version = serializers.IntegerField(allow_null=True)
    digit = serializers.IntegerField(required=False, min_value=0, max_value=9, help_text="this model's prediction")
    map = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=28, max_length=28),
        min_length=28,
        max_length=28,
        required=False,
        help_text="rows of pixels: how much the log-odds of the digit fall when the ink around the pixel is erased",
    )
    lines = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
        ),
        required=False,
        help_text="of a model that reads strokes, instead of a map: their points, resampled, each [x, y, w]: how much "
        "the log-odds of the digit fall when the pen is lifted around the point",
    )
    error = Reason(required=False, help_text="why this model has neither")


class ExplainResponse(serializers.Serializer):
    prediction = serializers.IntegerField(min_value=0, max_value=9, help_text="the consensus")
    models = serializers.DictField(child=ModelMapBody(), help_text="by kind: cnn, mlp, svm")
    preprocessing = serializers.IntegerField()
    pixels = serializers.CharField(help_text="data: URL of the 28×28 PNG that the models saw")
    degraded = serializers.BooleanField(help_text="true if a model that was asked could not answer")


class ClaimRequest(serializers.Serializer):
    claim = ClaimField(allow_null=True, help_text="null takes the claim back")


class ClaimResponse(ClaimRequest):
    id = serializers.UUIDField()


class PromptRequest(serializers.Serializer):
    def get_fields(self) -> dict[str, serializers.Field]:
        """`not` cannot be an attribute's name."""
        return {
            "not": serializers.IntegerField(required=False, min_value=0, max_value=9, help_text="a digit to leave out")
        }


class PromptResponse(serializers.Serializer):
    prompt = serializers.IntegerField(min_value=0, max_value=9)


class Problem(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(required=False)
    request_id = serializers.CharField()


class ModelBody(serializers.Serializer):
    kind = serializers.CharField()
    version = serializers.IntegerField()
    trained_at = serializers.DateTimeField()
    base = serializers.CharField()
    dataset = serializers.DictField()
    preprocessing = serializers.IntegerField()
    metrics = serializers.DictField()
    calibration = serializers.DictField()
    size = serializers.IntegerField(help_text="bytes of the artifact")
    sha256 = serializers.CharField()


def predict_body(answer: Answer) -> dict[str, Any]:
    """The body that `PredictResponse` describes, built by hand: a hundred times faster than by its fields."""
    consensus = answer.consensus
    return {
        "id": answer.kept and answer.kept.id,
        "token": answer.kept and answer.kept.token,
        "not_kept": answer.not_kept and dataclasses.asdict(answer.not_kept),
        "prediction": consensus.prediction,
        "verdict": consensus.verdict,
        "summary": answer.summary,
        "models": {kind: _model_body(given) for kind, given in answer.models.items()} | _silent_bodies(answer),
        "agreement": consensus.agreement,
        "preprocessing": answer.preprocessing,
        "pixels": answer.pixels_url,
        "box": answer.box and list(answer.box),
        "degraded": bool(answer.broken),
    }


def explain_body(explanation: Explanation) -> dict[str, Any]:
    """The body that `ExplainResponse` describes, built by hand for the same reason."""
    answer = explanation.answer
    found = {
        kind: {"version": given.version, "digit": given.prediction} | _mattered(explanation, kind)
        for kind, given in answer.models.items()
    }
    return {
        "prediction": answer.consensus.prediction,
        "models": found | _silent_bodies(answer),
        "preprocessing": answer.preprocessing,
        "pixels": answer.pixels_url,
        "degraded": bool(answer.broken),
    }


def _mattered(explanation: Explanation, kind: str) -> dict[str, Any]:
    if kind in explanation.maps:
        return {"map": _map_body(explanation.maps[kind])}
    return {"lines": [_map_body(line) for line in explanation.lines[kind]]}


def _map_body(importance: "NDArray[np.floating]") -> list[list[float]]:
    rounded = importance.astype(float).round(3) + 0.0  # no -0.0
    rows: list[list[float]] = rounded.tolist()
    return rows


def _silent_bodies(answer: Answer) -> dict[str, Any]:
    broken = {
        kind: {"version": why.version, "error": {"code": "model_unavailable", "detail": why.reason}}
        for kind, why in answer.broken.items()
    }
    unheard = {
        kind: {"version": why.version, "error": {"code": why.code, "detail": why.detail}}
        for kind, why in answer.unheard.items()
    }
    return broken | unheard


def _model_body(answer: ModelAnswer) -> dict[str, Any]:
    probabilities = _rounded(answer.probabilities)
    return {
        "version": answer.version,
        "prediction": answer.prediction,
        "confidence": max(probabilities),
        "probabilities": probabilities,
    }


def _rounded(probabilities: "Probabilities") -> list[float]:
    """Rounded to four decimals, but never to 1: no classifier is certain."""
    rounded: list[float] = np.minimum(probabilities.astype(float).round(DECIMALS), 1 - 10.0**-DECIMALS).tolist()
    return rounded
