"""manage.py retrain: what teaches and what does not, what is published, and how it refuses."""

import gzip
import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from predictor.ml import artifacts, images, pictures
from predictor.ml.artifacts import Sidecar
from predictor.models import ModelVersion, Submission
from predictor.services.retrain import reviewed
from predictor.training import bases
from predictor.training.dataset import Mnist
from tests import disk, hands
from tests.conftest import SHIPPED
from tests.drawings import encode
from tests.mnist import digits

pytestmark = pytest.mark.django_db


def retrain(*arguments: object, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    usual = ["--kinds", "svm", "svm", "--robustness", 50]
    call_command("retrain", *map(str, [*usual, *arguments]), stdout=out)
    return out.getvalue()


def keep(content: bytes, label: int | None, **fields: object) -> Submission:
    pixels = images.normalise(pictures.decode(content))
    if label is not None:
        fields |= {"label": label, "review": "digit", "labelled_at": timezone.now()}
    return Submission.objects.create(
        source="api", request_id="r", image=content, pixels=pixels.tobytes(), digest=images.digest(pixels),
        preprocessing=images.PREPROCESSING, **fields,
    )  # fmt: skip


def sidecar_of(root: Path, version: int) -> Sidecar:
    return artifacts.read_sidecar(artifacts.version_directory(root, "svm", version))


def files(root: Path) -> dict[str, bytes]:
    """All that stands in a directory of models, but for locks."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


@pytest.fixture
def shipped(models_dir: Path) -> Path:
    """The SVM that the 500 taught, as champion: what little more teaches can be better than it is."""
    shutil.copytree(SHIPPED / "svm/v1", models_dir / "svm/v1")
    artifacts.promote(models_dir, {"svm": 1})
    return models_dir


@pytest.fixture
def quick(settings, monkeypatch) -> None:
    """One in ten of MNIST's held-out and test images, for runs that are not judged by what they reach."""
    mnist = Mnist.read(settings.MNIST_DIR)
    for name in ("held_out", "test"):
        data = getattr(mnist, name)
        monkeypatch.setitem(vars(mnist), name, data[np.arange(0, len(data), 10)])


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
        said = retrain()
        rows = list(ModelVersion.objects.all())
        transaction.set_rollback(True)
    return Run(root, said, rows)


# It works.


def test_without_labels_it_says_so_and_trains_on_the_base_alone(first):
    assert "No labelled submission: training on mnist500 alone." in first.said
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
    assert artifacts.read_champions(first.root) == {"svm": 1}
    assert [(row.kind, row.version, row.sha256) for row in first.rows] == [("svm", 1, sidecar_of(first.root, 1).sha256)]


def test_its_progress_is_printed_to_the_end(first):
    assert "variations: done" in first.said
    assert "svm: done" in first.said


def test_mnists_test_images_never_teach_even_if_someone_sends_and_labels_them(first):
    mnist = Mnist.read(django_settings.MNIST_DIR)
    assert sidecar_of(first.root, 1).dataset["digest"] == mnist.mnist500().digest


def test_a_version_is_published_with_its_card_and_pictures(first):
    directory = first.root / "svm/v1"
    assert sorted(path.name for path in directory.iterdir()) == [
        "card.md", "confusion.png", "model.onnx", "reliability.png", "sidecar.json",
    ]  # fmt: skip
    card = (directory / "card.md").read_text()
    assert card.startswith("# SVM, version 1\n")
    assert sidecar_of(first.root, 1).sha256 in card
    (unaltered,) = [line for line in card.splitlines() if line.startswith("| unaltered |")]
    assert "| 50 |" in unaltered, "so many altered images as were asked for"
    for name in ("confusion.png", "reliability.png"):
        with Image.open(directory / name) as picture:
            assert picture.format == "PNG"


def test_run_again_it_gives_the_accuracy_that_is_shipped(first):
    shipped = sidecar_of(SHIPPED, 1)
    assert shipped.base == "mnist500"
    again = sidecar_of(first.root, 1).metrics["mnist_test"]
    assert again["accuracy"] == pytest.approx(shipped.metrics["mnist_test"]["accuracy"], abs=0.001)


# Labels.


def test_labels_reach_the_training_and_the_better_version_is_published(shipped, quick):
    for content, label in digits(400):
        keep(content, label)
    said = retrain()
    assert len(reviewed()) == 400
    sidecar = sidecar_of(shipped, 2)
    held_out = sidecar.metrics["held_out"]["n"] - 599
    assert sidecar.metrics["held_out_drawn"]["n"] == held_out
    assert sidecar.metrics["held_out_mnist"]["n"] == 599
    assert 20 < held_out < 60
    taught = sidecar.dataset["n"] - 500
    assert 400 - held_out - 20 < taught <= 400 - held_out  # near-copies of held-out drawings do not teach
    assert f"{taught} labelled submissions to train on, {held_out} held out" in said
    assert "not worse" in said
    assert artifacts.read_champions(shipped)["svm"] == 2


def test_a_worse_challenger_is_not_published(shipped, quick):
    before = files(shipped)
    for content, label in digits(100):
        keep(content, 9 - label)  # a reviewer who is always wrong
    assert "svm: not published" in retrain()
    assert files(shipped) == before


def test_only_labels_teach_never_a_prediction_or_a_prompt():
    (content, label), *_ = digits(1)
    keep(content, None, prediction=label, prompt=label)
    assert len(reviewed()) == 0


def test_a_row_of_an_older_preprocessing_is_normalised_anew():
    (content, label), *_ = digits(1)
    row = keep(content, label)
    Submission.objects.update(preprocessing=0, pixels=bytes(784))
    assert images.digest(reviewed().pixels[0]) == row.digest


# Strokes.


def test_strokes_teach_judge_and_calibrate_and_outliers_come_with_them(models_dir, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(bases, "OUTLIERS", 140)
    said = retrain("--strokes", hands.saved(tmp_path / "strokes.jsonl", hands.everything(4)))
    sidecar = sidecar_of(models_dir, 1)
    assert sidecar.base == "mnist500+strokes"
    assert "Training on 1000 images …" in said
    assert sidecar.dataset["n"] == 1000
    assert sidecar.dataset["validation"] == 30, "a writer's ten digits by three pens"
    assert sidecar.dataset["outliers"] == 140
    assert sidecar.metrics["held_out_strokes"]["n"] == 30
    assert sidecar.metrics["held_out_mnist"]["n"] == 599
    assert sidecar.metrics["held_out"]["n"] == 599 + 30
    assert "strokes: done" in said


def test_strokes_of_two_writers_are_refused(shipped, tmp_path):
    before = files(shipped)
    with pytest.raises(CommandError, match="at least three writers are needed, not 2"):
        retrain("--strokes", hands.saved(tmp_path / "strokes.jsonl", hands.everything(2)))
    assert files(shipped) == before


def test_strokes_that_leave_a_digit_out_of_what_calibrates_are_refused(shipped, tmp_path, monkeypatch):
    monkeypatch.setattr(bases, "OUTLIERS", 7)
    before = files(shipped)
    ones = [hands.write(1, f"w{w}") for w in range(3)]
    with pytest.raises(CommandError, match=r"fewer than two drawings of 0, 2, 3, 4, 5, 6, 7, 8, 9\."):
        retrain("--strokes", hands.saved(tmp_path / "strokes.jsonl", ones))
    assert files(shipped) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is missing"),
        (b"", "holds no drawing"),
        (b"{}", "line 1: KeyError"),
        (gzip.compress(b"{}" * 99)[:-9], "is damaged"),
    ],
    ids=["missing", "empty", "malformed", "cut off"],
)
def test_a_file_of_strokes_that_cannot_be_read_is_named(content, reason, shipped, tmp_path):
    before = files(shipped)
    path = tmp_path / "strokes.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=rf"strokes\.jsonl.*{reason}"):
        retrain("--strokes", path)
    assert files(shipped) == before


# A kind that fails.


def test_a_kind_that_fails_is_named_and_the_others_are_published(models_dir, quick, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "keras.py").write_text("raise ModuleNotFoundError(\"No module named 'keras'\", name='keras')")
    monkeypatch.syspath_prepend(broken)
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"^mlp failed: keras is not installed: run `make setup-train` first\.$"):
        retrain("--kinds", "mlp", "svm", out=out)
    assert "mlp failed: No module named 'keras'\n" in out.getvalue(), "as soon as it is known"
    assert "svm: published as v1" in out.getvalue()
    assert artifacts.read_champions(models_dir) == {"svm": 1}
    assert [(row.kind, row.version) for row in ModelVersion.objects.all()] == [("svm", 1)]


def test_an_export_that_answers_otherwise_than_the_framework_is_not_published(shipped, quick, monkeypatch):
    monkeypatch.setattr("predictor.training.challenge.PARITY", -1)
    before = files(shipped)
    with pytest.raises(CommandError, match=r"^svm failed: The exported artifact differs from the framework by"):
        retrain()
    assert files(shipped) == before


# Refusals.


@pytest.mark.parametrize("base", ["mnist500", "mnist"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is missing"),
        (b"no gzip", "is damaged"),
        (gzip.compress(b"\0\0\x08\1" + (10_000).to_bytes(4) + bytes(10_000)), "is not the published file"),
    ],
    ids=["missing", "damaged", "other data"],
)
def test_a_file_of_mnist_that_is_not_the_published_one_is_named(base, content, reason, shipped, settings):
    before = files(shipped)
    directory = shipped.parent / "mnist"
    directory.mkdir()
    for file in settings.MNIST_DIR.glob("*.gz"):
        (directory / file.name).symlink_to(file)
    name = "train-images-idx3-ubyte.gz"
    (directory / name).unlink()
    if content is not None:
        (directory / name).write_bytes(content)
    settings.MNIST_DIR = directory
    with pytest.raises(CommandError, match=f"{name} {reason}"):
        retrain("--base", base)
    assert files(shipped) == before


def test_on_a_full_disk_nothing_is_half_published_and_the_champions_stay(shipped, quick):
    with artifacts.version_directory(shipped, "svm", 1).joinpath("sidecar.json").open("r+") as file:
        file.truncate(0)  # a champion that cannot answer: any challenger would replace it
    before = files(shipped)
    with disk.full(after=100_000), pytest.raises(CommandError, match="File too large"):
        retrain()
    assert files(shipped) == before
    assert [path.name for path in (shipped / "svm").iterdir()] == ["v1"]


def test_two_runs_at_once_are_not_had(shipped):
    before = files(shipped)
    with artifacts.one_run(shipped), pytest.raises(CommandError, match="Another training run is under way"):
        retrain()
    assert files(shipped) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--seed", "-1"],
        ["--seed", "٤٢"],
        ["--epochs", "0"],
        ["--epochs", "many"],
        ["--kinds", "knn"],
        ["--base", "mnist1000"],
        ["--robustness", "0"],
        ["--robustness", "9941"],
    ],
    ids=" ".join,
)
def test_arguments_that_make_no_sense_are_named(arguments):
    with pytest.raises(CommandError, match=f"argument {arguments[0]}"):
        retrain(*arguments)


def test_a_refusal_is_a_line_and_an_exit_code(tmp_path):
    run = subprocess.run(
        [sys.executable, "manage.py", "retrain", "--strokes", "/nowhere"],
        cwd=django_settings.BASE_DIR, env=os.environ | {"MODELS_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode != 0
    assert run.stdout == ""
    assert run.stderr.splitlines()[-1] == "CommandError: /nowhere is missing."
    assert "Traceback" not in run.stderr
    assert files(tmp_path) == {}
