"""What svm, mlp and cnn have in common, shown of each: one conformance suite."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest

from predictor.ml import artifacts
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.images import PREPROCESSING, to_images
from predictor.ml.runtime import Classifier
from predictor.training.challenge import Data, Trained, train
from predictor.training.dataset import Dataset

SEED = 3


@pytest.fixture(scope="module", params=artifacts.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def trained(kind: str, training: Dataset) -> Trained:
    return train(kind, training, seed=SEED, epochs=1)


@pytest.fixture(scope="module")
def served(trained: Trained, few: Data) -> Classifier:
    """The same as the web process runs it."""
    artifact = trained.to_onnx()
    first = few.held_out.pixels[0]
    sidecar = Sidecar(
        **{field.name: None for field in dataclasses.fields(Sidecar)}
        | {"kind": trained.kind, "version": 1, "preprocessing": PREPROCESSING}
        | {"sha256": hashlib.sha256(artifact).hexdigest()}
        | {"selftest": SelfTest(first, trained.probabilities(to_images(first)[None])[0])}
    )
    return Classifier(sidecar, artifact)


def test_it_says_of_which_kind_it_is(trained: Trained, kind: str) -> None:
    assert trained.kind == kind


def test_it_gives_probabilities(trained: Trained, few: Data) -> None:
    answers = trained.probabilities(to_images(few.held_out.pixels))
    assert answers.shape == (200, 10)
    assert answers.dtype == np.float32
    assert answers.min() >= 0
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_it_has_learnt_more_than_chance(trained: Trained, few: Data) -> None:
    right = trained.probabilities(to_images(few.held_out.pixels)).argmax(axis=1) == few.held_out.labels
    assert right.mean() > 0.25


def test_one_image_is_answered_as_among_many(trained: Trained, few: Data) -> None:
    images = to_images(few.held_out.pixels[:10])
    single = np.concatenate([trained.probabilities(image[None]) for image in images])
    assert single == pytest.approx(trained.probabilities(images), abs=1e-5)


def test_its_artifact_answers_as_it_does(trained: Trained, served: Classifier, few: Data) -> None:
    for data in (few.training, few.held_out):
        images = to_images(data.pixels)
        assert served.probabilities(images) == pytest.approx(trained.probabilities(images), abs=1e-4)


def test_its_artifact_answers_one_image_as_among_many(served: Classifier, few: Data) -> None:
    images = to_images(few.held_out.pixels[:10])
    single = np.concatenate([served.probabilities(image[None]) for image in images])
    assert single == pytest.approx(served.probabilities(images), abs=1e-5)


def test_its_artifact_stays_a_probability_for_images_like_no_digit(served: Classifier) -> None:
    images = np.array([np.zeros((28, 28)), np.ones((28, 28)), np.eye(28)], np.float32)
    answers = served.probabilities(images)
    assert np.isfinite(answers).all()
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_same_seed_gives_the_same_answers(trained: Trained, kind: str, few: Data) -> None:
    images = to_images(few.held_out.pixels)
    again = train(kind, few.training, seed=SEED, epochs=1)
    assert np.array_equal(again.probabilities(images), trained.probabilities(images))


def test_another_seed_gives_other_answers(trained: Trained, kind: str, few: Data) -> None:
    images = to_images(few.held_out.pixels)
    other = train(kind, few.training, seed=SEED + 1, epochs=1)
    assert not np.array_equal(other.probabilities(images), trained.probabilities(images))


def test_training_leaves_its_data_as_they_are(trained: Trained, training: Dataset, few: Data) -> None:
    assert training.pixels.max() == 255
    assert training.digest == few.training.digest


def test_what_it_was_made_with_is_plain_json(trained: Trained) -> None:
    for described in (trained.hyperparameters, trained.calibration):
        assert json.loads(json.dumps(described)) == described
    assert trained.hyperparameters
    assert trained.calibration["method"]


def test_the_networks_say_how_many_epochs_they_were_trained(trained: Trained, kind: str) -> None:
    assert trained.hyperparameters.get("epochs") == (None if kind == "svm" else 1)
