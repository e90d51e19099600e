"""manage.py retrain and evaluate, inside one process."""

import io
import json
import shutil

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from predictor.ml import artifacts, images, pictures
from predictor.models import ModelVersion, Submission
from predictor.services.retrain import reviewed
from predictor.training.dataset import Mnist
from tests import drawings
from tests.conftest import SHIPPED
from tests.drawings import encode
from tests.mnist import digits

pytestmark = pytest.mark.django_db


def retrain(*arguments: str) -> str:
    out = io.StringIO()
    call_command("retrain", "--kinds", "svm", "svm", *arguments, stdout=out)
    return out.getvalue()


def keep(content: bytes, label: int | None, **fields: object) -> Submission:
    pixels = images.normalise(pictures.decode(content))
    return Submission.objects.create(
        source="api", request_id="r", image=content, pixels=pixels.tobytes(), digest=images.digest(pixels),
        preprocessing=images.PREPROCESSING, label=label, labelled_at=timezone.now() if label is not None else None,
        **fields,
    )  # fmt: skip


@pytest.fixture
def shipped(models_dir):
    shutil.copytree(SHIPPED, models_dir, dirs_exist_ok=True)
    return models_dir


def test_without_labels_it_says_so_and_trains_on_the_base_alone(models_dir):
    for content, _ in digits(3):
        keep(content, None, prediction=5)
    said = retrain()
    assert "No labelled submission: training on mnist500 alone." in said
    assert artifacts.read_champions(models_dir) == {"svm": 1}
    sidecar = artifacts.read_sidecar(artifacts.version_directory(models_dir, "svm", 1))
    assert sidecar.dataset["n"] == 500
    assert sidecar.metrics["mnist_test"]["n"] == 9940
    assert ModelVersion.objects.get().sha256 == sidecar.sha256


def test_run_again_it_gives_the_accuracy_that_is_shipped(shipped):
    before = artifacts.read_sidecar(artifacts.version_directory(shipped, "svm", 1)).metrics["mnist_test"]
    retrain()
    after = artifacts.read_sidecar(artifacts.version_directory(shipped, "svm", 2)).metrics["mnist_test"]
    assert after["accuracy"] == pytest.approx(before["accuracy"], abs=0.001)


def test_labels_reach_the_training_and_the_better_version_is_published(shipped):
    for content, label in digits(400):
        keep(content, label)
    said = retrain()
    assert len(reviewed()) == 400
    sidecar = artifacts.read_sidecar(artifacts.version_directory(shipped, "svm", 2))
    held_out = sidecar.metrics["held_out"]["n"] - 5984
    assert 20 < held_out < 60
    taught = sidecar.dataset["n"] - 500
    assert 400 - held_out - 20 < taught <= 400 - held_out  # near-copies of held-out drawings do not teach
    assert f"{taught} labelled submissions to train on, {held_out} held out" in said
    assert "not worse" in said
    assert artifacts.read_champions(shipped)["svm"] == 2


def test_a_worse_challenger_is_not_published(shipped):
    for content, label in digits(400):
        keep(content, 9 - label)  # a reviewer who is always wrong
    assert "svm: not published" in retrain()
    assert artifacts.read_champions(shipped)["svm"] == 1
    assert artifacts.published_versions(shipped, "svm") == [1]


def test_mnists_test_images_never_teach_even_if_someone_sends_and_labels_them(shipped, settings):
    mnist = Mnist.read(settings.MNIST_DIR)
    for i in np.setdiff1d(np.arange(60_000, 70_000), mnist.sample())[:50]:
        keep(encode(Image.fromarray(mnist.levels[i])), int(mnist.labels[i]))
    assert "No labelled submission" in retrain()


def test_only_labels_teach_never_a_prediction_or_a_prompt():
    (content, label), *_ = digits(1)
    keep(content, None, prediction=label, prompt=label)
    assert len(reviewed()) == 0


def test_a_row_of_an_older_preprocessing_is_normalised_anew():
    (content, label), *_ = digits(1)
    row = keep(content, label)
    Submission.objects.update(preprocessing=0, pixels=bytes(784))
    assert images.digest(reviewed().pixels[0]) == row.digest


def test_a_damaged_data_file_is_named_and_nothing_changes(shipped, settings, tmp_path):
    settings.MNIST_DIR = tmp_path / "mnist"
    with pytest.raises(CommandError, match=r"train-images-idx3-ubyte\.gz is missing"):
        retrain()
    assert artifacts.published_versions(shipped, "svm") == [1]


def test_two_runs_at_once_are_not_had(shipped):
    with artifacts.one_run(shipped), pytest.raises(CommandError, match="Another training run is under way"):
        retrain()
    assert artifacts.published_versions(shipped, "svm") == [1]


@pytest.mark.parametrize("arguments", [["--seed", "-1"], ["--epochs", "0"], ["--epochs", "many"], ["--kinds", "knn"]])
def test_arguments_that_make_no_sense_are_named(arguments):
    with pytest.raises(CommandError, match=f"argument {arguments[0]}"):
        retrain(*arguments)


def test_evaluate_prints_every_champion_and_their_consensus():
    out = io.StringIO()
    call_command("evaluate", "--json", stdout=out)
    scores = json.loads(out.getvalue())
    assert set(scores) == {"cnn", "mlp", "svm", "consensus"}
    for kind in ("cnn", "mlp", "svm"):
        version = artifacts.read_champions(SHIPPED)[kind]
        stated = artifacts.read_sidecar(artifacts.version_directory(SHIPPED, kind, version)).metrics["mnist_test"]
        assert scores[kind]["misses"] == pytest.approx(stated["misses"], abs=1)
        assert scores[kind]["n"] == 9940
    out = io.StringIO()
    call_command("evaluate", stdout=out)
    assert len(out.getvalue().splitlines()) == 5


def test_evaluate_draws_pen_strokes_as_the_page_does(tmp_path):
    strokes = tmp_path / "strokes.jsonl"
    lines = {3: drawings.THREE, 7: drawings.SEVEN, 1: drawings.ONE}
    strokes.write_text(
        "\n".join(
            json.dumps({"label": label, "writer": "w", "strokes": [[[x * 500 / 280, y * 500 / 280] for x, y in line]]})
            for label, line in lines.items()
        )
    )
    out = io.StringIO()
    call_command("evaluate", "--strokes", str(strokes), "--pens", "14", "20", "--json", stdout=out)
    scores = json.loads(out.getvalue())
    assert set(scores) == {"pen 14", "pen 20"}
    assert scores["pen 20"]["consensus"]["misses"] == 0
    assert scores["pen 20"]["consensus"]["n"] == 3


def test_evaluate_names_what_is_wrong_with_strokes_or_pens(tmp_path):
    with pytest.raises(CommandError, match="is missing"):
        call_command("evaluate", "--strokes", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="pen must be wider"):
        call_command("evaluate", "--pens", "0")
