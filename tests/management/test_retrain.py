"""manage.py retrain: how it fails and refuses, and what it leaves behind."""

import gzip
import io
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError

from predictor.ml import artifacts
from predictor.ml.champions import read_champions
from predictor.models import ModelVersion, TrainingRun
from tests import disk
from tests.retraining import files, retrain

pytestmark = pytest.mark.django_db


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
    assert read_champions(models_dir) == {"svm": 1}
    assert [(row.kind, row.version) for row in ModelVersion.objects.all()] == [("svm", 1)]
    run = TrainingRun.objects.get()
    assert run.state == "failed"
    assert run.sentence == "Promoted svm v1. mlp failed: No module named 'keras'."
    assert run.report["kinds"]["mlp"] == {"error": "No module named 'keras'"}


def test_an_export_that_differs_from_the_framework_is_not_published(shipped, quick, monkeypatch):
    monkeypatch.setattr("predictor.training.evaluation.challenge.PARITY", -1)
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
    run = TrainingRun.objects.get()
    assert run.state == "failed"
    assert "File too large" in run.sentence


def test_a_second_run_at_the_same_time_is_refused(shipped):
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
def test_bad_arguments_are_named(arguments):
    with pytest.raises(CommandError, match=f"argument {arguments[0]}"):
        retrain(*arguments)


def test_a_refusal_is_a_line_and_an_exit_code(site):
    run = subprocess.run(
        [sys.executable, "manage.py", "retrain", "--strokes", "/nowhere"],
        cwd=django_settings.BASE_DIR, env=os.environ | site.variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode != 0
    assert run.stdout == ""
    assert run.stderr.splitlines()[-1] == "CommandError: /nowhere is missing."
    assert "Traceback" not in run.stderr
    assert files(site.models_dir) == {}
