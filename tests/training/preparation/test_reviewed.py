"""Reviewed drawings have a stated share of what a classifier sees, and their copies stay where they are."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.augmentation.augment import augment
from predictor.training.augmentation.redraw import redraw
from predictor.training.classifiers import network, svm
from predictor.training.classifiers.train import train
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.data.strokes import draw
from predictor.training.preparation.reviewed import (
    COPIES,
    LARGEST_SHARE,
    MOST,
    copies_needed,
    missing_share,
    share,
    vary,
)
from predictor.training.preparation.splits import Splits, with_reviewed
from predictor.training.preparation.training_data import TrainingData
from tests import hands

DRAWINGS = [hands.write(digit, "ann") for digit in range(10)]
STROKES = dict(zip(map(digest, draw(DRAWINGS).pixels), DRAWINGS, strict=True))


@pytest.fixture(scope="module")
def reviewed() -> Dataset:
    """Ten drawings, two of each even digit: those by Ann are stored with strokes, the others without."""
    others = draw([hands.write(digit, "bob") for digit in range(0, 10, 2)])
    return draw(DRAWINGS[::2]) + others


@pytest.fixture
def data(few: Splits, reviewed: Dataset) -> TrainingData:
    """200 drawings of the base, two copies each, and then ten reviewed ones, four varied copies each."""
    splits = with_reviewed(few, reviewed, EMPTY, vary(reviewed, STROKES, 4, seed=1))
    return splits.training_data(seed=1, copies=2)


# The share.


def test_it_is_a_tenth_of_what_is_seen_with_200_labels_and_four_tenths_with_5000() -> None:
    assert share(0) == 0
    assert share(200) == pytest.approx(0.10, abs=0.005)
    assert share(5_000) == pytest.approx(0.40, abs=0.01)


def test_it_grows_with_every_label_and_never_beyond_its_limit() -> None:
    shares = [share(n) for n in [*range(2_000), *range(2_000, 1_000_000, 10_000)]]
    assert all(one < other for one, other in pairwise(shares))
    assert shares[-1] < LARGEST_SHARE


def test_copies_add_what_the_natural_share_lacks() -> None:
    added = missing_share(105_200, 200)
    natural = 200 / 105_200
    assert added + (1 - added) * natural == pytest.approx(share(200))
    assert missing_share(700, 200) == 0, "among the ancestor's 500 they are more than a tenth"
    assert missing_share(200, 200) == missing_share(0, 0) == missing_share(500, 0) == 0


def test_copies_are_as_many_as_may_be_and_none_where_none_is_needed() -> None:
    assert copies_needed(105_200, 200) == COPIES
    assert copies_needed(110_000, 5_000) == MOST // 5_000
    assert copies_needed(10**7, 2 * MOST) == 1
    assert copies_needed(700, 200) == copies_needed(105_000, 0) == 0


# The copies.


def test_a_drawing_is_varied_from_its_strokes_or_else_from_its_pixels(reviewed: Dataset) -> None:
    found = vary(reviewed, STROKES, 3, seed=5)
    assert found.labels.tolist() == reviewed.labels.tolist() * 3
    copies = found.pixels.reshape(3, 10, 28, 28)
    assert np.array_equal(copies[:, :5].reshape(-1, 28, 28), redraw(DRAWINGS[::2], 3, seed=5).pixels)
    assert np.array_equal(copies[:, 5:].reshape(-1, 28, 28), augment(reviewed[np.arange(5, 10)], 3, seed=5).pixels)


def test_without_copies_or_drawings_there_is_nothing(reviewed: Dataset) -> None:
    assert len(vary(reviewed, STROKES, 0, seed=1)) == len(vary(EMPTY, STROKES, 4, seed=1)) == 0


def test_held_out_drawings_are_not_varied(few: Splits, reviewed: Dataset) -> None:
    training, held_out = reviewed[np.arange(7)], reviewed[np.arange(7, 10)]
    found = with_reviewed(few, training, held_out, vary(training, STROKES, 2, seed=1))
    assert found.n_reviewed == 7
    assert len(found.varied) == 14
    assert len(found.held_out) == len(few.held_out) + 3


def test_the_copies_of_a_drawing_are_found_and_drawings_of_the_base_have_none(data: TrainingData) -> None:
    assert data.varied_of(np.array([3, 201, 209, 199])).tolist() == [1, 9, 11, 19, 21, 29, 31, 39]
    assert data.varied_of(np.arange(200)).tolist() == []
    assert len(data.varied_of(np.arange(210))) == 40


def test_copies_of_a_fold_are_not_seen_by_the_member_that_is_validated_on_it(
    data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "FOLDS", 2)
    for which, validation in network._splits(data, network.FOLDS, seed=1):
        seen = {digest(pixels) for pixels in data.varied.pixels[data.varied_of(which)]}
        held = {digest(pixels) for pixels in validation.pixels}
        rows = [row for row in range(200, 210) if digest(data.drawings.pixels[row]) in held]
        theirs = {digest(pixels) for pixels in data.varied.pixels[data.varied_of(np.array(rows, np.intp))]}
        assert rows
        assert seen
        assert not seen & theirs


# What learns from them.


def test_the_weight_of_the_svm_makes_up_what_its_copies_lack() -> None:
    assert svm._weight(100, 900, 0.1) == pytest.approx(1)
    weight = svm._weight(100, 900, 0.4)
    assert weight * 100 / (weight * 100 + 900) == pytest.approx(0.4)
    assert svm._weight(500, 500, 0.1) == 1, "never less than others"


def test_the_svm_is_trained_on_at_most_so_many_copies_in_whole_rounds(
    data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(svm, "VARIED", 25)
    X, y, weights = svm._training_set(data, np.arange(210))
    assert len(X) == len(y) == len(weights) == 230
    assert y.tolist() == [*data.drawings.labels, *data.varied.labels[:20]]
    assert set(weights[:200]) == {1}
    monkeypatch.setattr(svm.reviewed, "share", lambda _: 0.5)
    weights = svm._training_set(data, np.arange(210))[2]
    assert weights[200:].sum() == pytest.approx(200)
    assert svm._training_set(data, np.arange(150))[2].tolist() == [1] * 150


def test_labels_teach_a_habit_that_the_base_does_not_have(few: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros with a slash, drawn by people none of whom is held out."""
    taught, others = (draw([_slashed(f"{who}{n}") for n in range(12)]) for who in ("ann", "bob"))
    strokes = {digest(pixels): _slashed(f"ann{n}") for n, pixels in enumerate(taught.pixels)}
    before = _right(few, others)
    after = _right(with_reviewed(few, taught, EMPTY, vary(taught, strokes, 6, seed=1)), others)
    assert after >= 10, "of 12"
    assert after > before


def _slashed(writer: str) -> hands.Drawing:
    zero = hands.write(0, writer)
    points = np.concatenate(zero.lines)
    low, high = points.min(axis=0), points.max(axis=0)
    slash = np.array([[low[0], high[1]], (low + high) / 2, [high[0], low[1]]])
    return dataclasses.replace(zero, lines=(*zero.lines, slash))


def _right(splits: Splits, drawings: Dataset) -> int:
    """How many an SVM gets right that was trained on these splits."""
    trained = train("svm", splits.training_data(seed=1, copies=1), seed=1)
    answers = trained.probabilities(drawings.pixels.astype(np.float32) / 255)
    return int((answers.argmax(axis=1) == drawings.labels).sum())
