"""The first run ever: what it reports, what it publishes, and what it does not train on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import override_settings
from PIL import Image

from predictor.ml.champions import read_champions
from predictor.ml.drift.reference import read_reference
from predictor.models import ModelVersion
from predictor.training.data.dataset import Mnist
from predictor.training.preparation.training_data import VIRTUAL
from tests.conftest import SHIPPED
from tests.drawings import encode
from tests.mnist import digits
from tests.retraining import keep, retrain, sidecar_of

pytestmark = pytest.mark.django_db  # or pytest-django makes no tables if this file runs alone


@dataclass(frozen=True)
class Run:
    root: Path
    said: str
    rows: list[ModelVersion]


@pytest.fixture(scope="module")
def first(tmp_path_factory, django_db_setup, django_db_blocker) -> Run:
    """The first run ever: on the 500, with three unlabelled drawings and fifty labelled test images of MNIST."""
    root = tmp_path_factory.mktemp("models")
    mnist = Mnist.read(django_settings.MNIST_DIR)
    with django_db_blocker.unblock(), override_settings(MODELS_DIR=root), transaction.atomic():
        for content, _ in digits(3):
            keep(content, None, prediction=5, prompt=5)
        for i in np.setdiff1d(np.arange(60_000, 70_000), mnist.sample())[:50]:
            keep(encode(Image.fromarray(mnist.levels[i])), int(mnist.labels[i]))
        said = retrain("--epochs", VIRTUAL)
        rows = list(ModelVersion.objects.all())
        transaction.set_rollback(True)
    return Run(root, said, rows)


def test_without_labels_it_says_so_and_trains_on_the_base_alone(first):
    assert "No labelled drawings: training on mnist500 alone." in first.said
    assert "Training on 500 images …" in first.said
    sidecar = sidecar_of(first.root, 1)
    assert (sidecar.base, sidecar.seed) == ("mnist500", 42)
    assert sidecar.dataset["n"] == 500
    assert sidecar.dataset["validation"] == sidecar.dataset["outliers"] == 0
    assert sidecar.metrics["mnist_test"]["n"] == 9940


def test_the_first_challenger_is_published_becomes_champion_and_has_its_row(first):
    assert "svm: the challenger misses" in first.said
    assert "there is no champion." in first.said
    assert "svm: published as v1; MNIST test 9" in first.said
    assert read_champions(first.root) == {"svm": 1}
    assert [(row.kind, row.version, row.sha256) for row in first.rows] == [("svm", 1, sidecar_of(first.root, 1).sha256)]


def test_its_progress_is_printed_to_the_end(first):
    assert "augmentation: done" in first.said
    assert "svm: done" in first.said


def test_mnists_test_images_are_never_trained_on_even_if_someone_sends_and_labels_them(first):
    mnist = Mnist.read(django_settings.MNIST_DIR)
    assert sidecar_of(first.root, 1).dataset["digest"] == mnist.mnist500().digest


def test_a_version_is_published_with_its_card_and_pictures(first):
    directory = first.root / "svm/v1"
    assert sorted(path.name for path in directory.iterdir()) == [
        "card.md", "confusion.png", "model.onnx", "reference.json", "reliability.png", "sidecar.json",
    ]  # fmt: skip
    card = (directory / "card.md").read_text()
    assert card.startswith("# SVM, version 1\n")
    assert sidecar_of(first.root, 1).sha256 in card
    (original,) = [line for line in card.splitlines() if line.startswith("| original |")]
    assert "| 50 |" in original, "as many perturbed images as were asked for"
    for name in ("confusion.png", "reliability.png"):
        with Image.open(directory / name) as picture:
            assert picture.format == "PNG"


def test_what_it_was_trained_on_and_how_sure_it_is_are_recorded_as_its_reference(first):
    found, sidecar = read_reference(first.root / "svm/v1"), sidecar_of(first.root, 1)
    assert found.training["digits"].tolist() == sidecar.dataset["class_counts"]
    assert {name: counts.sum() for name, counts in found.training.items()} == dict.fromkeys(found.training, 500)
    assert found.training.keys() == {"ink", "width", "slant", "digits"}
    n = sidecar.metrics["held_out"]["n"]
    assert found.held_out["confidence"].sum() == n
    assert found.together.artifacts == {"svm": sidecar.sha256}
    assert found.together.counts["confidence"].tolist() == found.held_out["confidence"].tolist(), "alone"
    assert found.together.counts["verdicts"].sum() == n


def test_a_new_run_reaches_the_shipped_accuracy(first):
    shipped = sidecar_of(SHIPPED, 1)
    assert shipped.base == "mnist500"
    again = sidecar_of(first.root, 1).metrics["mnist_test"]
    assert again["accuracy"] > shipped.metrics["mnist_test"]["accuracy"] - 0.001
