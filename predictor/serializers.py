"""Shapes and limits of what comes in and goes out."""

from typing import Any

from rest_framework import serializers

from predictor.fields import ClaimField, FileField, ImageField, StrokesField
from predictor.ml import images
from predictor.ml.occlusion import Importance
from predictor.problems import UnknownModel
from predictor.services.answers import Answer, Explanation, ModelAnswer
from predictor.services.champions import KINDS


class PredictRequest(serializers.Serializer):
    image = ImageField(help_text="PNG, JPEG or WebP: base64, a data: URL, or a file part")
    model = serializers.CharField(required=False, help_text=f"only this one: {', '.join(KINDS)}")
    store = serializers.BooleanField(default=True, help_text="false answers without keeping anything")
    strokes = StrokesField(required=False, allow_null=True)
    prompt = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=9, help_text="the digit that the visitor was asked for"
    )

    def validate_model(self, name: str) -> str:
        if name not in KINDS:
            raise UnknownModel(f"There is no model {name[:40]!r}; the models are {', '.join(KINDS)}.")
        return name


class PredictUpload(PredictRequest):
    """The same as multipart; only the schema needs to know the difference."""

    image = FileField(help_text="PNG, JPEG or WebP")
    strokes = serializers.CharField(required=False, help_text="as JSON")  # type: ignore[assignment]


class ModelError(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class ModelAnswerBody(serializers.Serializer):
    version = serializers.IntegerField(allow_null=True)
    prediction = serializers.IntegerField(required=False, min_value=0, max_value=9)
    confidence = serializers.FloatField(required=False, help_text="probability of the prediction")
    probabilities = serializers.ListField(child=serializers.FloatField(), min_length=10, max_length=10, required=False)
    error = ModelError(required=False, help_text="in place of an answer, where this model has none")


class PredictResponse(serializers.Serializer):
    id = serializers.UUIDField(allow_null=True, help_text="of the stored submission")
    token = serializers.CharField(
        allow_null=True,
        help_text="to claim or delete it with; null where nothing was stored, or by someone else before",
    )
    prediction = serializers.IntegerField(min_value=0, max_value=9)
    verdict = serializers.ChoiceField(["digit", "unsure", "not_a_digit"])
    models = serializers.DictField(child=ModelAnswerBody(), help_text="by kind: cnn, mlp, svm")
    agreement = serializers.ChoiceField(["all", "majority", "none"], allow_null=True)
    preprocessing = serializers.IntegerField()
    pixels = serializers.CharField(help_text="data: URL of the 28×28 PNG that the models saw")
    degraded = serializers.BooleanField(help_text="whether a model that was asked could not answer")


class ModelMapBody(serializers.Serializer):
    version = serializers.IntegerField(allow_null=True)
    digit = serializers.IntegerField(required=False, min_value=0, max_value=9, help_text="this model's prediction")
    map = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=28, max_length=28),
        min_length=28,
        max_length=28,
        required=False,
        help_text="rows of pixels: how much the log-odds of the digit fall without the ink around this one",
    )
    error = ModelError(required=False, help_text="in place of a map, where this model has none")


class ExplainResponse(serializers.Serializer):
    prediction = serializers.IntegerField(min_value=0, max_value=9, help_text="the consensus")
    models = serializers.DictField(child=ModelMapBody(), help_text="by kind: cnn, mlp, svm")
    preprocessing = serializers.IntegerField()
    pixels = serializers.CharField(help_text="data: URL of the 28×28 PNG that the models saw")
    degraded = serializers.BooleanField(help_text="whether a model that was asked could not answer")


class ClaimRequest(serializers.Serializer):
    claim = ClaimField(allow_null=True, help_text="null takes back what was claimed")


class ClaimResponse(ClaimRequest):
    id = serializers.UUIDField()


class PromptRequest(serializers.Serializer):
    def get_fields(self) -> dict[str, serializers.Field]:
        """`not` cannot be an attribute's name."""
        return {
            "not": serializers.IntegerField(
                required=False, min_value=0, max_value=9, help_text="the digit that was asked for last"
            )
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
    """What `PredictResponse` describes, written out: a hundred times faster than by its fields."""
    consensus = answer.consensus
    return {
        "id": answer.kept and answer.kept.id,
        "token": answer.kept and answer.kept.token,
        "prediction": consensus.prediction,
        "verdict": consensus.verdict,
        "models": {kind: _model_body(given) for kind, given in answer.models.items()} | _broken_bodies(answer),
        "agreement": consensus.agreement,
        "preprocessing": images.PREPROCESSING,
        "pixels": images.to_data_url(answer.pixels),
        "degraded": bool(answer.broken),
    }


def explain_body(explanation: Explanation) -> dict[str, Any]:
    """What `ExplainResponse` describes, for the same reason."""
    answer = explanation.answer
    maps = {
        kind: {"version": given.version, "digit": given.prediction, "map": _map_body(explanation.maps[kind])}
        for kind, given in answer.models.items()
    }
    return {
        "prediction": answer.consensus.prediction,
        "models": maps | _broken_bodies(answer),
        "preprocessing": images.PREPROCESSING,
        "pixels": images.to_data_url(answer.pixels),
        "degraded": bool(answer.broken),
    }


def _map_body(importance: Importance) -> list[list[float]]:
    rounded = importance.astype(float).round(3) + 0.0  # no -0.0
    rows: list[list[float]] = rounded.tolist()
    return rows


def _broken_bodies(answer: Answer) -> dict[str, Any]:
    return {
        kind: {"version": why.version, "error": {"code": "model_unavailable", "detail": why.reason}}
        for kind, why in answer.broken.items()
    }


def _model_body(answer: ModelAnswer) -> dict[str, Any]:
    return {
        "version": answer.version,
        "prediction": answer.prediction,
        "confidence": answer.confidence,
        "probabilities": answer.probabilities.tolist(),
    }
