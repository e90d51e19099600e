"""Runs of kinds that read strokes."""

import pytest
from django.core.management import CommandError

from predictor.ml import artifacts, runtime
from predictor.ml.champions import read_champions
from predictor.models import ModelVersion, TrainingRun
from predictor.training.preparation import strokes
from tests import hands
from tests.retraining import files, keep, retrain
from tests.services.learning.test_reviewed import A_SEVEN, SEVEN, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.setattr(strokes, "OUTLIERS", 70)
    return hands.saved(tmp_path / "strokes.jsonl", hands.everything(4, each=2))


def test_the_pen_learns_from_strokes_alone_and_from_those_of_labelled_drawings(models_dir, quick, saved):
    keep(A_SEVEN, 7, strokes=stored(SEVEN))
    said = retrain("--kinds", "pen", "--strokes", saved, "--epochs", 3)
    assert "pen: published as v1; held out" in said
    sidecar = artifacts.read_sidecar(models_dir / "pen/v1")
    assert sidecar.base == "strokes"
    assert sidecar.dataset["n"] + sidecar.metrics["held_out"]["n"] == 3 * 20 + 1
    assert sidecar.dataset["asked"] == 1
    assert runtime.load(models_dir / "pen/v1").kind == "pen"
    assert read_champions(models_dir) == {"pen": 1}
    assert ModelVersion.objects.get().kind == "pen"
    run = TrainingRun.objects.get()
    assert run.sentence == "Promoted pen v1."
    assert "mnist_test" not in run.report["kinds"]["pen"]["challenger"]["metrics"]
    card = (models_dir / "pen/v1/card.md").read_text()
    assert "trajectories of the pen" in card
    assert "## Photographs" not in card


def test_without_strokes_it_is_left_out_in_one_line_and_the_others_are_trained(shipped, quick):
    said = retrain("--kinds", "pen", "svm", "--promote", "never")
    assert said.count("pen: left out, because it learns from pen strokes alone, and there are none.") == 1
    assert "svm: published as v2" in said
    assert not (shipped / "pen").exists()


def test_alone_it_is_refused_without_strokes(shipped, quick, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    before = files(shipped)
    with pytest.raises(CommandError, match="no pen strokes to learn from"):
        retrain("--kinds", "pen")
    assert files(shipped) == before
