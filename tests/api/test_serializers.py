"""Answers as the API sends them."""

import json

import numpy as np
import pytest
from rest_framework.renderers import JSONRenderer

from predictor.api.serializers import predict_body
from predictor.ml import images, pictures
from predictor.services.answering.answers import Answer, Kept, ModelAnswer
from tests import drawings

PIXELS = images.normalise(pictures.decode(drawings.BLACK_ON_WHITE))
SURE = [0.9999997, *[3.3e-8] * 9]
TORN = [0.1234567, 0.2123456, *[0.08302471] * 8]
KEPT = Kept("6f0cb7a8-3c5e-4f2b-9d50-5b7b6a1e9c55", "k3JxQk9p0cJ2v8nB7m1yT5uW4eR6sD3fG2hJ1kL0zXc")


def _body(*probabilities: list[float]) -> dict:
    kinds = ("cnn", "mlp", "svm")
    models = {kind: ModelAnswer(3, np.array(each, np.float32)) for kind, each in zip(kinds, probabilities, strict=True)}
    return predict_body(Answer(PIXELS, models, kept=KEPT))


@pytest.mark.parametrize("given", [SURE, TORN])
def test_probabilities_have_four_decimals_at_most_and_still_sum_to_one(given):
    for answer in _body(given, given, given)["models"].values():
        assert answer["probabilities"] == [round(p, 4) for p in answer["probabilities"]]
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-3)
        assert answer["probabilities"] == pytest.approx(given, abs=1e-4)


@pytest.mark.parametrize("given", [SURE, [1.0, *[0.0] * 9]])
def test_no_model_is_reported_as_certain(given):
    for answer in _body(given, given, given)["models"].values():
        assert answer["confidence"] == max(answer["probabilities"]) == 0.9999


def test_an_answer_takes_at_most_700_bytes_without_its_picture():
    body = _body(SURE, TORN, TORN) | {"pixels": ""}
    sent = JSONRenderer().render(body)
    assert json.loads(sent) == body
    assert len(sent) <= 700
