"""What a version was trained on is counted, and what versions say alone and together."""

import dataclasses
import json

import numpy as np
import pytest

from predictor.ml.consensus import calibrated_pool, consensus
from predictor.ml.drift.histograms import VERDICTS
from predictor.ml.images import digest
from predictor.training.data.dataset import EMPTY
from predictor.training.evaluation import reference
from predictor.training.evaluation.reference import Said, _seen, describe, together
from predictor.training.preparation import splits, strokes
from predictor.training.preparation.reviewed import share
from predictor.training.preparation.splits import Splits
from tests import hands
from tests.ml import tiny


def said(kind: str, data, seed: int = 0, **changes: object) -> Said:
    return Said(tiny.sidecar(kind, **changes), tiny.probabilities(data.inputs(), seed))


@pytest.fixture(scope="module")
def drawn() -> Splits:
    """Pen strokes alone: the held-out ones of one writer in four, drawn with three pens, and their trajectories."""
    drawings = hands.everything(4, each=2)
    split = strokes.stroke_splits(drawings)
    held_out = sum((splits.draw(split.deciding, pen=pen) for pen in splits.PENS), EMPTY)
    training = splits.draw(split.people)
    return Splits("strokes", training, held_out, EMPTY, held_out_sets={"held_out_strokes": held_out}, strokes=split)


def test_the_digits_and_looks_of_training_drawings_and_the_confidence_on_held_out_ones_are_counted(few):
    answers = said("svm", few.held_out)
    found = json.loads(describe({"svm": answers}, few, seed=1)["svm"])
    assert found["training"]["digits"]["counts"] == few.training.class_counts
    assert {name: each["n"] for name, each in found["training"].items()} == {
        "ink": 200, "width": 200, "slant": 200, "digits": 200,
    }  # fmt: skip
    sure = int((answers.answers.max(axis=1) >= 0.999).sum())
    assert found["held_out"]["confidence"]["counts"][-1] == sure


def test_a_sample_in_the_mixture_of_training_is_measured_the_same_for_the_same_seed(few, monkeypatch):
    monkeypatch.setattr(reference, "SAMPLE", 100)
    copies = dataclasses.replace(few, n_reviewed=200, varied=few.held_out)
    lone, mixed = _seen(few, np.random.default_rng(1)), _seen(copies, np.random.default_rng(1))
    assert (len(lone), len(mixed)) == (100, 100)
    varied = {digest(pixels) for pixels in few.held_out.pixels}
    assert not varied & {digest(pixels) for pixels in lone.pixels}
    assert sum(digest(pixels) in varied for pixels in mixed.pixels) == 0, "all of the training drawings are reviewed"
    few_reviewed = dataclasses.replace(copies, n_reviewed=2)
    n = sum(digest(pixels) in varied for pixels in _seen(few_reviewed, np.random.default_rng(1)).pixels)
    assert n == round(100 * max(0, (share(2) - 0.01) / 0.99))
    assert describe({"svm": said("svm", few.held_out)}, few, seed=1) == describe(
        {"svm": said("svm", few.held_out)}, few, seed=1
    )


def test_together_they_say_what_their_consensus_says(few):
    cnn, svm = said("cnn", few.held_out, 1, sha256="c"), said("svm", few.held_out, 2, sha256="s")
    found = together({"svm": svm, "cnn": cnn}, few)
    assert found.artifacts == {"cnn": "c", "svm": "s"}
    pairs = [[c, s] for c, s in zip(cnn.answers, svm.answers, strict=True)]
    verdicts = [consensus(pair, x).verdict for pair, x in zip(pairs, few.held_out.pixels, strict=True)]
    assert found.counts["verdicts"].tolist() == [verdicts.count(name) for name in VERDICTS]
    below_half = sum(calibrated_pool(pair).max() < 0.5 for pair in pairs)
    assert found.counts["confidence"][0] == below_half


def test_the_pen_is_heard_on_pen_strokes_with_its_weight_whatever_pen_draws_them(drawn):
    read = drawn.strokes.held_out
    svm, pen = said("svm", drawn.held_out), said("pen", read, calibration={"weight": 3.0}, sha256="p")
    found = together({"svm": svm, "pen": pen}, drawn)
    assert found.artifacts == {"svm": svm.sidecar.sha256, "pen": "p"}
    tiled = np.tile(pen.answers, (3, 1))
    expected = calibrated_pool([svm.answers, tiled], [1.0, 3.0]).max(axis=1)
    assert found.counts["confidence"][0] == int((expected < 0.5).sum())
    assert found.counts["confidence"].sum() == len(drawn.held_out) == 3 * len(read)
    assert found.counts["confidence"].tolist() != together({"svm": svm}, drawn).counts["confidence"].tolist()


def test_of_the_pen_only_the_digits_are_known(drawn):
    found = json.loads(describe({"pen": said("pen", drawn.strokes.held_out)}, drawn, seed=1)["pen"])
    assert found["training"].keys() == {"digits"}
    assert found["training"]["digits"]["counts"] == drawn.strokes.training.class_counts
    assert found["held_out"]["confidence"]["n"] == len(drawn.strokes.held_out)
    assert found["together"] == {}, "nobody here reads pixels"


def test_without_held_out_strokes_it_is_not_known_what_the_pen_and_others_say_together(few, drawn):
    pen = said("pen", drawn.strokes.held_out)
    assert together({"svm": said("svm", few.held_out), "pen": pen}, few) is None
    assert (
        together({"svm": said("svm", few.held_out), "pen": pen}, dataclasses.replace(few, strokes=drawn.strokes))
        is None
    )


def test_versions_that_were_not_trained_are_heard_beside_those_that_were(few):
    svm, cnn = said("svm", few.held_out), said("cnn", few.held_out, sha256="c")
    found = describe({"svm": svm}, few, beside={"cnn": cnn}, seed=1)
    assert found.keys() == {"svm"}
    assert json.loads(found["svm"])["together"]["artifacts"] == {"cnn": "c", "svm": svm.sidecar.sha256}
