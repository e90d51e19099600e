"""The SVM: its calibration, its augmented copies, and its eleventh class."""

import dataclasses

import numpy as np
import pytest

from predictor.ml.images import to_images
from predictor.training.classifiers import svm
from predictor.training.classifiers.train import train
from predictor.training.outliers.outliers import outliers
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import TrainingData
from tests.training.classifiers.conftest import SEED, Make, serve
from tests.training.conftest import EPOCHS


def test_one_slope_is_fitted_for_all_digits(make: Make) -> None:
    found = [make("svm", which).calibration for which in ("folds", "validation", "outliers")]
    assert {calibration["method"] for calibration in found} == {"softmax"}
    assert all(calibration["slope"] > 0 for calibration in found)
    assert found[0]["outlier_bias"] == found[1]["outlier_bias"] == 0 != found[2]["outlier_bias"]
    assert found[0] != found[1] != found[2]


def test_it_states_how_many_augmented_copies_it_was_trained_on(make: Make, variants: dict[str, TrainingData]) -> None:
    assert make("svm", "validation").hyperparameters["variations"] == EPOCHS
    few = dataclasses.replace(variants["validation"], augmented=variants["validation"].drawings)
    assert train("svm", few, seed=SEED).hyperparameters["variations"] == 1


def test_with_outliers_its_artifact_answers_as_it_does(make: Make, few: Splits) -> None:
    """It has one class more; the artifacts of the networks do not depend on outliers."""
    trained = make("svm", "outliers")
    images = to_images(np.concatenate((outliers(35, seed=2), few.held_out.pixels)))
    assert serve(trained, few).probabilities(images) == pytest.approx(trained.probabilities(images), abs=1e-4)


def test_it_sees_copies_of_the_hardest_drawings_only_where_there_are_many(
    variants: dict[str, TrainingData], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(svm, "HARD", 50)
    monkeypatch.setattr(svm, "ROWS", 150)
    found = train("svm", variants["validation"], seed=SEED).hyperparameters
    assert found["variations"] == 3
    assert found["vectors"] == 50 * (1 + 3) // 4
