"""manage.py evaluate --strokes: the pen is heard where the site would hear it, and counts what it counts there."""

from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError

from predictor.ml.champions import promote
from predictor.ml.consensus import calibrated_pool
from predictor.ml.images import to_images
from predictor.ml.kinds import KINDS, PIXEL_KINDS
from predictor.training.data.strokes import Drawing, draw, read_strokes
from predictor.training.data.traces import traced
from tests import hands
from tests.management.test_evaluate import as_json, evaluate
from tests.ml import tiny

WEIGHT = 2.5


@pytest.fixture
def published(models_dir: Path) -> Path:
    for seed, kind in enumerate(PIXEL_KINDS):
        tiny.publish(models_dir, kind, seed)
    tiny.publish(models_dir, "pen", 3, calibration={"method": "none", "weight": WEIGHT})
    promote(models_dir, dict.fromkeys(KINDS, 1))
    return models_dir


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return hands.saved(tmp_path / "strokes.jsonl", hands.everything(2))


def log_loss(answers: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.log(answers[np.arange(len(labels)), labels]).mean())


def test_the_pen_is_scored_beside_the_others_and_the_consensus_with_and_without_it(published, written):
    found = as_json("--strokes", written, "--pens", 18)["pen 18"]
    assert list(found) == [*KINDS, "pixels", "consensus"]
    drawings = read_strokes(written)
    data = draw(drawings)
    three = [tiny.probabilities(to_images(data.pixels), seed) for seed in range(3)]
    pen = tiny.probabilities(traced(drawings).inputs(), 3)
    assert found["pen"]["log_loss"] == pytest.approx(log_loss(pen, data.labels), abs=1e-4)
    assert found["pixels"]["log_loss"] == pytest.approx(log_loss(calibrated_pool(three), data.labels), abs=1e-4)
    weighed = calibrated_pool([*three, pen], [1, 1, 1, WEIGHT])
    assert found["consensus"]["log_loss"] == pytest.approx(log_loss(weighed, data.labels), abs=1e-4)


def test_a_drawing_without_a_trajectory_is_answered_by_the_three(published, tmp_path):
    dot = Drawing(1, "w0", (np.array([[0.5, 0.5]]),))
    alone = as_json("--strokes", hands.saved(tmp_path / "dot", [dot]), "--pens", 18)["pen 18"]
    assert list(alone) == [*PIXEL_KINDS, "consensus"]
    among = hands.saved(tmp_path / "some", [dot, *hands.everything(1)])
    found = as_json("--strokes", among, "--pens", 18)["pen 18"]
    assert (found["pen"]["n"], found["pixels"]["n"], found["consensus"]["n"]) == (10, 11, 11)


def test_versions_may_be_named_and_the_pen_may_be_alone(published, written):
    assert list(as_json("--strokes", written, "--models", "pen=1", "svm=1")["pen 18"]) == [
        "svm", "pen", "pixels", "consensus",
    ]  # fmt: skip
    found = as_json("--strokes", written, "--models", "pen=1")["pen 12"]
    assert list(found) == ["pen", "consensus"]
    assert found["pen"]["misses"] == found["consensus"]["misses"]


@pytest.mark.parametrize("arguments", [[], ["--photographs"]])
def test_without_strokes_it_cannot_be_named(arguments, published, written):
    if arguments:
        arguments = [*arguments, "--strokes", written]
    with pytest.raises(CommandError, match="pen reads strokes: name a file of them with --strokes"):
        evaluate("--models", "pen=1", *arguments)


def test_the_table_has_a_row_for_each(published, written):
    _, *rows = evaluate("--strokes", written, "--pens", 12, 18).splitlines()
    assert [row.split()[2] for row in rows] == 2 * [*KINDS, "pixels", "consensus"]
