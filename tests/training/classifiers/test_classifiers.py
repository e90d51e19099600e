"""What svm, mlp and cnn have in common: one conformance suite, run on each kind."""

import json

import numpy as np
import pytest

from predictor.ml.images import to_images
from predictor.ml.runtime import Classifier, Probabilities
from predictor.training.classifiers.train import Trained, train
from predictor.training.outliers.outliers import outliers
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import TrainingData
from tests import disk
from tests.training.classifiers.conftest import MEMBERS, NETWORKS, SEED, Make, Steps
from tests.training.conftest import EPOCHS

OUTLIER_EXPOSURE = ("svm", "mlp")


def entropy(answers: Probabilities) -> float:
    """The mean entropy of the answers, in nats: 0 is certain, log 10 uniform."""
    return float(-(answers * np.log(np.maximum(answers, 1e-12))).sum(axis=1).mean())


# As it was trained.


def test_it_states_its_kind(trained: Trained, kind: str) -> None:
    assert trained.kind == kind


def test_it_gives_probabilities(trained: Trained, few: Splits) -> None:
    answers = trained.probabilities(to_images(few.held_out.pixels))
    assert answers.shape == (200, 10)
    assert answers.dtype == np.float32
    assert answers.min() >= 0
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_it_is_much_better_than_chance(trained: Trained, few: Splits) -> None:
    fresh = few.held_out[np.arange(100, 200)]
    right = trained.probabilities(to_images(fresh.pixels)).argmax(axis=1) == fresh.labels
    assert right.mean() > 0.3, "one in ten would be chance"


def test_the_order_and_number_of_images_do_not_matter(trained: Trained, few: Splits) -> None:
    images = to_images(few.held_out.pixels[:40])
    answers = trained.probabilities(images)
    assert trained.probabilities(images[::-1])[::-1] == pytest.approx(answers, abs=1e-5)
    assert trained.probabilities(images[7:8])[0] == pytest.approx(answers[7], abs=1e-5)


def test_its_hyperparameters_and_calibration_are_plain_json(trained: Trained) -> None:
    for described in (trained.hyperparameters, trained.calibration):
        assert json.loads(json.dumps(described)) == described
    assert trained.hyperparameters
    assert trained.calibration["method"]


def test_its_progress_is_reported_to_the_end(
    make: Make, kind: str, which: str, reported: dict[tuple[str, str], Steps]
) -> None:
    make(kind, which)
    steps = reported[kind, which]
    names = dict.fromkeys(task for task, *_ in steps)
    for name in names:
        found = [(done, total) for task, done, total, *_ in steps if task == name]
        assert [done for done, _ in found] == sorted({done for done, _ in found})
        assert found[-1][0] == found[-1][1]
    members = MEMBERS[which] if kind in NETWORKS else 1
    assert list(names) == ([kind] if members == 1 else [f"{kind} {n + 1}/{members}" for n in range(members)])


# As it is served.


def test_its_artifact_answers_as_it_does(trained: Trained, served: Classifier, few: Splits) -> None:
    images = to_images((few.training + few.held_out).pixels)
    assert served.probabilities(images).dtype == np.float32
    assert served.probabilities(images) == pytest.approx(trained.probabilities(images), abs=1e-4)


def test_its_artifact_answers_one_image_as_it_answers_many(served: Classifier, few: Splits) -> None:
    images = to_images(few.held_out.pixels[:10])
    single = np.concatenate([served.probabilities(image[None]) for image in images])
    assert single == pytest.approx(served.probabilities(images), abs=1e-5)


def test_its_artifact_gives_probabilities_for_images_unlike_any_digit(served: Classifier) -> None:
    images = np.array([np.zeros((28, 28)), np.ones((28, 28)), np.eye(28)], np.float32)
    answers = served.probabilities(images)
    assert np.isfinite(answers).all()
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_full_disk_fails_the_export_of_a_network(make: Make, kind: str) -> None:
    with disk.full(), pytest.raises(OSError, match="File too large"):
        make(kind, "validation").to_onnx()


# Seeds and data.


def test_the_same_seed_gives_the_same_answers(
    make: Make, kind: str, variants: dict[str, TrainingData], few: Splits
) -> None:
    images = to_images(few.held_out.pixels)
    again = train(kind, variants["validation"], seed=SEED, epochs=EPOCHS)
    assert np.array_equal(again.probabilities(images), make(kind, "validation").probabilities(images))


@pytest.mark.parametrize("kind", ["svm", "mlp"])  # the two networks share it
def test_another_seed_gives_other_answers(
    make: Make, kind: str, variants: dict[str, TrainingData], few: Splits
) -> None:
    images = to_images(few.held_out.pixels)
    which = "folds" if kind == "svm" else "validation"  # nothing but its folds is random in the SVM
    other = train(kind, variants[which], seed=SEED + 1, epochs=EPOCHS)
    assert not np.array_equal(other.probabilities(images), make(kind, which).probabilities(images))


def test_training_leaves_the_data_as_they_are(make: Make, kind: str, training_data: TrainingData, few: Splits) -> None:
    before = few.training_data(seed=1, copies=EPOCHS)
    make(kind, "folds")
    assert np.array_equal(training_data.augmented.pixels, before.augmented.pixels)
    assert training_data.drawings.digest == before.drawings.digest


# Outliers.


@pytest.mark.parametrize("kind", OUTLIER_EXPOSURE)
def test_outlier_exposure_raises_its_entropy_on_other_outliers(make: Make, kind: str) -> None:
    images = to_images(outliers(70, seed=2))
    before, after = (entropy(make(kind, each).probabilities(images)) for each in ("validation", "outliers"))
    assert after > before + 0.05


@pytest.mark.parametrize("kind", OUTLIER_EXPOSURE)
def test_outlier_exposure_costs_little_accuracy_on_digits(make: Make, kind: str, few: Splits) -> None:
    fresh = few.held_out[np.arange(100, 200)]
    right = make(kind, "outliers").probabilities(to_images(fresh.pixels)).argmax(axis=1) == fresh.labels
    assert right.mean() > 0.3, "one in ten would be chance"


@pytest.mark.parametrize("kind", OUTLIER_EXPOSURE)
def test_it_states_the_number_of_outliers(make: Make, kind: str) -> None:
    assert make(kind, "validation").hyperparameters["outliers"] == 0
    assert 80 <= make(kind, "outliers").hyperparameters["outliers"] <= 120, "some may be for calibration"
