"""The strokes of a run: who is in which part, and what classifiers learn from."""

import numpy as np
import pytest

from predictor.training.data.strokes import Drawing
from predictor.training.data.traces import traced
from predictor.training.errors import DatasetError
from predictor.training.preparation import strokes as module
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.strokes import StrokeSplits, stroke_splits
from predictor.training.preparation.writers import split_by_writer
from tests import hands

DOT = Drawing(1, "w0", (np.array([[0.5, 0.5]]),))
PEOPLE = hands.everything(6, each=2)
OURS = [hands.write(digit, "", seed=9) for digit in (1, 7)]


@pytest.fixture
def splits(monkeypatch: pytest.MonkeyPatch) -> StrokeSplits:
    monkeypatch.setattr(module, "OUTLIERS", 70)
    return stroke_splits([*PEOPLE, DOT], OURS[:1], OURS[1:])


def test_the_writers_are_split_as_those_of_the_pixels_are(splits: StrokeSplits) -> None:
    train, validation, held_out = split_by_writer(PEOPLE)
    assert splits.training.digest == traced([*train, *OURS[:1]]).digest
    assert splits.validation.digest == traced(validation).digest
    assert splits.held_out.digest == traced([*held_out, *OURS[1:]]).digest


def test_dots_are_left_out(splits: StrokeSplits) -> None:
    assert sum(map(len, (splits.training, splits.validation, splits.held_out))) == len(PEOPLE) + 2


def test_the_parts_of_what_is_held_out_are_named(splits: StrokeSplits) -> None:
    n = len(splits.held_out) - 1
    assert splits.parts == {"held_out_strokes": slice(0, n), "held_out_drawn": slice(n, n + 1)}
    assert {name: len(part) for name, part in splits.held_out_sets.items()} == {
        "held_out_strokes": n,
        "held_out_drawn": 1,
    }
    assert splits.held_out_drawings.tolist() == [*range(n + 1)]
    assert splits.pictures.shape == (n + 1, 28, 28)
    assert splits.site_labels == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]


def test_without_drawings_of_this_site_there_is_one_part() -> None:
    splits = stroke_splits(PEOPLE)
    assert splits.parts == {"held_out_strokes": slice(0, len(splits.held_out))}
    assert splits.counts["varied"] == splits.counts["reviewed"] == 0


def test_copies_are_made_of_the_training_drawings_alone_and_more_of_the_labelled_ones(splits: StrokeSplits) -> None:
    data = splits.prepared(["pen"], seed=1, epochs=2)
    n = len(splits.training)
    assert data.augmented.labels.tolist() == splits.training.labels.tolist() * 2
    assert data.drawings.digest == splits.training.digest
    assert data.n_reviewed == 1
    assert splits.counts["varied"] == len(data.varied) <= module.reviewed.COPIES
    assert set(data.varied.labels.tolist()) <= {1}
    assert data.copies_of(np.array([3])).tolist() == [3, n + 3]
    assert data.varied_of(np.array([0])).tolist() == []
    assert data.varied_of(np.array([n - 1])).tolist() == [*range(len(data.varied))]
    assert 0 < len(data.unlabelled) < 70, "dots have no trajectory"


def test_the_seed_decides(splits: StrokeSplits) -> None:
    first, again, other = (splits.prepared(["pen"], seed=seed, epochs=1).augmented.digest for seed in (1, 1, 2))
    assert first == again != other


def test_a_digit_that_is_missing_is_named() -> None:
    with pytest.raises(DatasetError, match="fewer than two drawings of 7"):
        stroke_splits([each for each in PEOPLE if each.label != 7]).prepared(["pen"], seed=1)


def test_a_run_without_strokes_has_none_for_the_pen(few: Splits) -> None:
    assert few.read_by("svm") is few
    with pytest.raises(DatasetError, match="The pen reads strokes, and there are none"):
        few.read_by("pen")
