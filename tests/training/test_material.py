"""What one run learns from."""

import dataclasses

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.augment import multiply
from predictor.training.bases import Data
from predictor.training.dataset import EMPTY, Dataset
from predictor.training.errors import DatasetError
from predictor.training.material import FIXED, PER_DRAWING, VIRTUAL, Material, copies_for


@pytest.fixture(scope="module")
def some(training: Dataset) -> Dataset:
    """Two drawings of each digit."""
    return training[np.concatenate([np.flatnonzero(training.labels == digit)[:2] for digit in range(10)])]


def test_all_drawings_are_varied_as_often_as_asked(some: Dataset) -> None:
    material = Material.prepare(some, seed=1, copies=3)
    assert material.drawings is some
    assert np.array_equal(material.variations.pixels, multiply(some, 3, seed=1).pixels)
    assert len(material.validation) == len(material.outliers) == 0


def test_few_drawings_are_varied_more_often_than_many(some: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FIXED // 500 + PER_DRAWING > 20 * (FIXED // 50_000 + PER_DRAWING) / 10
    monkeypatch.setattr("predictor.training.material.FIXED", 70)
    assert len(Material.prepare(some, seed=1).variations) == 20 * (4 + PER_DRAWING), "70 for 20 are 4 for each, in full"


def test_each_kind_takes_the_variations_it_learns_from_and_all_that_train_have_enough() -> None:
    usual = FIXED // 500 + PER_DRAWING
    assert copies_for(["svm"], 500) == VIRTUAL
    assert copies_for(["mlp"], 500) == copies_for(["cnn", "mlp", "svm"], 500) == usual
    assert copies_for(["svm"], 100_000) == copies_for(["cnn", "svm"], 100_000) == 1 + PER_DRAWING < VIRTUAL


@pytest.mark.parametrize("epochs", [1, 20])
def test_epochs_are_the_networks_business_only(epochs: int) -> None:
    assert copies_for(["svm"], 500, epochs) == VIRTUAL
    assert copies_for(["cnn"], 500, epochs) == epochs
    assert copies_for(["cnn", "svm"], 500, epochs) == max(epochs, VIRTUAL)


def test_fewer_variations_are_the_first_of_each_drawing(some: Dataset) -> None:
    material = Material.prepare(some, seed=1, copies=3)
    for copies in (1, 2, 3, 4):
        first = material.first(copies)
        assert np.array_equal(first.variations.pixels, multiply(some, min(copies, 3), seed=1).pixels)
        assert len(first.variations.labels) == len(first.variations.pixels)
        assert first.drawings is some


def test_a_drawings_variations_are_found(some: Dataset) -> None:
    material = Material.prepare(some, seed=1, copies=3)
    found = material.of(np.array([4, 17]))
    assert sorted(found.tolist()) == [4, 17, 24, 37, 44, 57]
    assert np.array_equal(material.variations.labels[found], np.tile(some.labels[[4, 17]], 3))


def test_no_variation_of_another_drawing_is_found(some: Dataset) -> None:
    """Known by what they become when nothing else is varied beside them."""
    material = Material.prepare(some, seed=1, copies=3)
    which = np.arange(0, 20, 2)
    apart = np.setdiff1d(np.arange(20), which)
    taught = {digest(pixels) for pixels in material.variations.pixels[material.of(which)]}
    others = {digest(pixels) for pixels in material.variations.pixels[material.of(apart)]}
    assert not taught & others
    assert len(taught | others) == 60


def test_a_digit_of_which_there_are_not_two_drawings_is_named(some: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0\."):
        Material.prepare(some[np.arange(1, 20)], seed=1, copies=1)
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\."):
        Material.prepare(EMPTY, seed=1, copies=1)


def test_drawings_of_one_digit_alone_teach_nothing(some: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0, 1, 2, 4, 5, 6, 7, 8, 9\."):
        Material.prepare(some[some.labels == 3], seed=1, copies=1)


def test_a_validation_set_that_lacks_a_digit_is_refused(some: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 7\."):
        Material.prepare(some, some[some.labels != 7], seed=1, copies=1)


def test_a_runs_data_become_its_material(few: Data) -> None:
    outliers = np.ones((5, 28, 28), np.uint8)
    data = dataclasses.replace(few, validation=few.test, outliers=outliers)
    told: list[tuple[str, int, int]] = []
    material = data.material(seed=1, copies=1, progress=lambda *step: told.append(step))
    assert material.drawings is few.training
    assert material.validation is few.test
    assert material.outliers is outliers
    assert told[-1] == ("variations", 2, 2)
