"""The pen: it learns digits from strokes, and answers as ONNX what Keras answers."""

import dataclasses
import json

import numpy as np
import pytest

from predictor.ml.artifacts import Sidecar
from predictor.ml.runtime import Classifier
from predictor.training.classifiers import network
from predictor.training.classifiers.pen import Pen
from predictor.training.classifiers.train import Trained, train
from predictor.training.evaluation.challenge import Challenge
from predictor.training.evaluation.evaluate import probabilities, score
from predictor.training.preparation import strokes
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.strokes import StrokeData, StrokeSplits, stroke_splits
from predictor.training.preparation.training_data import TrainingData
from tests import hands
from tests.training.challenging import challenge

LARGEST = 1024 * 1024  # bytes


@pytest.fixture(scope="module")
def splits() -> StrokeSplits:
    return stroke_splits(hands.everything(8, each=2))


@pytest.fixture(scope="module")
def data(splits: StrokeSplits) -> StrokeData:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strokes, "OUTLIERS", 70)
        return splits.prepared(["pen"], seed=1, epochs=10)


@pytest.fixture(scope="module")
def trained(data: StrokeData) -> Trained:
    return train("pen", data, seed=1, epochs=30)


def test_it_recognises_digits_of_other_writers(trained: Trained, splits: StrokeSplits) -> None:
    assert score(probabilities(trained, splits.held_out), splits.held_out)["accuracy"] > 0.85


def test_its_probabilities_are_calibrated_on_the_validation_set(trained: Trained, splits: StrokeSplits) -> None:
    assert trained.calibration["method"] == "temperature"
    assert len(trained.calibration["temperatures"]) == 1
    assert np.allclose(probabilities(trained, splits.held_out).sum(axis=1), 1, atol=1e-5)


def test_the_artifact_is_small(trained: Trained) -> None:
    assert len(trained.to_onnx()) <= LARGEST


def test_it_says_how_it_was_trained(trained: Trained, data: StrokeData) -> None:
    assert trained.hyperparameters["outliers"] == len(data.unlabelled)
    assert trained.hyperparameters["variations"] == 30 * len(data.drawings)
    assert not trained.hyperparameters["started"]
    assert [curve.name for curve in trained.curves] == ["pen"]


def test_it_goes_on_from_weights(trained: Trained, data: StrokeData) -> None:
    again = train("pen", data, seed=2, epochs=1, start=trained.weights)
    assert again.hyperparameters["started"]


def test_without_a_validation_set_it_is_a_committee(data: StrokeData) -> None:
    few = dataclasses.replace(data, validation=data.validation[np.arange(0)])
    found = train("pen", few, seed=1, epochs=1)
    assert found.hyperparameters["members"] == network.FOLDS == 2


def test_it_takes_no_pixels_and_others_take_no_strokes(data: StrokeData, training_data: TrainingData) -> None:
    assert Pen.kind == "pen"
    with pytest.raises(TypeError, match="The svm learns from pixels"):
        train("svm", data, seed=1)


@pytest.fixture(scope="module")
def challenger(
    few: Splits, splits: StrokeSplits, data: StrokeData, tmp_path_factory: pytest.TempPathFactory
) -> Challenge:
    both = dataclasses.replace(few, strokes=splits)
    return challenge("pen", both, tmp_path_factory.mktemp("models"), seed=1, epochs=30, data=data)


def test_a_challenger_is_judged_on_held_out_strokes_alone(challenger: Challenge, splits: StrokeSplits) -> None:
    metrics = challenger.sidecar.metrics
    assert metrics.keys() == {"held_out", "held_out_strokes"}
    assert metrics["held_out"]["n"] == len(splits.held_out)
    assert np.array_equal(challenger.trial.labels, splits.held_out.labels)
    assert challenger.trial.rejected is None
    assert [each.name for each in challenger.judgement.conditions] == ["parity", "size"]
    assert challenger.won


def test_its_sidecar_describes_it_and_it_passes_its_self_test(challenger: Challenge, splits: StrokeSplits) -> None:
    sidecar = challenger.sidecar
    assert sidecar.base == "strokes"
    assert sidecar.dataset["digest"] == splits.training.digest
    assert sidecar.dataset["held_out_digest"] == splits.held_out.digest
    assert np.array_equal(sidecar.selftest.given, splits.held_out.inputs()[0])
    served = Classifier(Sidecar.from_json(json.loads(json.dumps(sidecar.to_json()))), challenger.artifact)
    assert np.array_equal(probabilities(served, splits.held_out), challenger.trial.challenger)
    assert np.array_equal(challenger.shown_answers, challenger.trial.challenger)
