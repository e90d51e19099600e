"""What the classifiers of one run are trained on."""

import dataclasses

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.augmentation.augment import WIDE, augment
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.errors import DatasetError
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import (
    FIXED,
    PER_DRAWING,
    STARTED,
    VIRTUAL,
    TrainingData,
    copies_needed,
)


@pytest.fixture(scope="module")
def some(training: Dataset) -> Dataset:
    """Two drawings of each digit."""
    return training[np.concatenate([np.flatnonzero(training.labels == digit)[:2] for digit in range(10)])]


def test_each_drawing_gets_the_requested_number_of_copies(some: Dataset) -> None:
    training_data = TrainingData.prepare(some, seed=1, copies=3)
    assert training_data.drawings is some
    assert np.array_equal(training_data.augmented.pixels, augment(some, 3, seed=1, ranges=WIDE).pixels)
    assert len(training_data.validation) == len(training_data.outliers) == 0


def test_few_drawings_get_more_copies_each_than_many(some: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FIXED // 500 + PER_DRAWING > 20 * (FIXED // 50_000 + PER_DRAWING) / 10
    monkeypatch.setattr("predictor.training.preparation.training_data.FIXED", 70)
    assert len(TrainingData.prepare(some, seed=1).augmented) == 20 * (4 + PER_DRAWING), (
        "70 for 20 are 4 for each, in full"
    )


def test_the_copies_needed_for_several_kinds_are_enough_for_each() -> None:
    default = FIXED // 500 + PER_DRAWING
    assert copies_needed(["svm"], 500) == VIRTUAL
    assert copies_needed(["mlp"], 500) == copies_needed(["cnn", "mlp", "svm"], 500) == default
    assert copies_needed(["svm"], 100_000) == copies_needed(["cnn", "svm"], 100_000) == 2 + PER_DRAWING < VIRTUAL


def test_a_network_that_goes_on_from_weights_needs_fewer_copies() -> None:
    assert copies_needed(["mlp"], 100_000, started=["mlp"]) == STARTED // 100_000 < 2 + PER_DRAWING
    assert copies_needed(["cnn", "mlp"], 100_000, started=["mlp"]) == 2 + PER_DRAWING
    assert copies_needed(["svm", "mlp"], 100_000, started=["mlp"]) == STARTED // 100_000
    assert copies_needed(["mlp"], 500, started=["mlp"]) == copies_needed(["mlp"], 500)
    assert copies_needed(["mlp"], 100_000, 20, started=["mlp"]) == 20


@pytest.mark.parametrize("epochs", [1, 20, 60])
def test_epochs_replace_the_number_but_the_svm_takes_no_more_than_it_can_use(epochs: int) -> None:
    assert copies_needed(["svm"], 500, epochs) == min(epochs, VIRTUAL)
    assert copies_needed(["cnn"], 500, epochs) == copies_needed(["cnn", "svm"], 500, epochs) == epochs


def test_a_limit_keeps_the_first_copies_of_each_drawing(some: Dataset) -> None:
    training_data = TrainingData.prepare(some, seed=1, copies=3)
    for copies in (1, 2, 3, 4):
        first = training_data.limited_to(copies)
        assert np.array_equal(first.augmented.pixels, augment(some, min(copies, 3), seed=1, ranges=WIDE).pixels)
        assert len(first.augmented.labels) == len(first.augmented.pixels)
        assert first.drawings is some


def test_the_copies_of_a_drawing_are_found(some: Dataset) -> None:
    training_data = TrainingData.prepare(some, seed=1, copies=3)
    found = training_data.copies_of(np.array([4, 17]))
    assert sorted(found.tolist()) == [4, 17, 24, 37, 44, 57]
    assert np.array_equal(training_data.augmented.labels[found], np.tile(some.labels[[4, 17]], 3))


def test_the_copies_of_some_drawings_are_not_those_of_others(some: Dataset) -> None:
    training_data = TrainingData.prepare(some, seed=1, copies=3)
    which = np.arange(0, 20, 2)
    apart = np.setdiff1d(np.arange(20), which)
    copies = {digest(pixels) for pixels in training_data.augmented.pixels[training_data.copies_of(which)]}
    others = {digest(pixels) for pixels in training_data.augmented.pixels[training_data.copies_of(apart)]}
    assert not copies & others
    assert len(copies | others) == 60


def test_a_digit_with_fewer_than_two_drawings_is_named(some: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0\."):
        TrainingData.prepare(some[np.arange(1, 20)], seed=1, copies=1)
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\."):
        TrainingData.prepare(EMPTY, seed=1, copies=1)


def test_drawings_of_only_one_digit_are_refused(some: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0, 1, 2, 4, 5, 6, 7, 8, 9\."):
        TrainingData.prepare(some[some.labels == 3], seed=1, copies=1)


def test_a_validation_set_that_lacks_a_digit_is_refused(some: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 7\."):
        TrainingData.prepare(some, some[some.labels != 7], seed=1, copies=1)


def test_the_splits_of_a_run_become_its_training_data(few: Splits) -> None:
    outliers = np.ones((5, 28, 28), np.uint8)
    splits = dataclasses.replace(few, validation=few.test, outliers=outliers)
    steps: list[tuple[str, int, int]] = []
    training_data = splits.training_data(seed=1, copies=1, progress=lambda *step: steps.append(step))
    assert training_data.drawings is few.training
    assert training_data.validation is few.test
    assert training_data.outliers is outliers
    assert steps[-1] == ("augmentation", 2, 2)
