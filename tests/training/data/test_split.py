"""Folds, and the split into training, validation and held-out drawings."""

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.data.dataset import (
    EMPTY,
    Dataset,
    Mnist,
    folds,
    is_held_out,
    is_validation,
    split,
)
from predictor.training.errors import DatasetError
from tests.training.data.conftest import CLASS_COUNTS, drawings, one

# Folds.


def test_every_drawing_is_in_exactly_one_fold(mnist500: Dataset) -> None:
    cut = list(folds(mnist500, 5, seed=1))
    assert np.array_equal(np.sort(np.concatenate([fold for _, fold in cut])), np.arange(500))
    for others, fold in cut:
        assert np.array_equal(np.sort(np.concatenate((others, fold))), np.arange(500))


def test_folds_are_stratified(mnist500: Dataset) -> None:
    for _, fold in folds(mnist500, 5, seed=1):
        shares = np.array(mnist500[fold].class_counts) - np.array(CLASS_COUNTS) / 5
        assert np.abs(shares).max() < 1


def test_the_seed_decides_the_folds(mnist500: Dataset) -> None:
    one, same, other = ([fold.tolist() for _, fold in folds(mnist500, 5, seed=seed)] for seed in (1, 1, 2))
    assert one == same != other


def test_there_are_no_more_folds_than_drawings_of_a_digit(mnist500: Dataset) -> None:
    few = mnist500[mnist500.labels != 4] + mnist500[np.flatnonzero(mnist500.labels == 4)[:3]]
    cut = list(folds(few, 5, seed=1))
    assert [few[fold].class_counts[4] for _, fold in cut] == [1, 1, 1]


def test_folds_of_a_digit_with_one_drawing_or_none_are_refused(mnist500: Dataset) -> None:
    lacking = mnist500[mnist500.labels != 4]
    for few in (lacking, lacking + one(mnist500, 4), EMPTY):
        with pytest.raises(DatasetError, match="fewer than two drawings of"):
            next(folds(few, 5, seed=1))


# The split.


def test_one_drawing_in_twenty_is_for_validation_independently_of_being_held_out(mnist: Mnist) -> None:
    some = mnist.dataset(np.arange(6000))
    validation, held_out = is_validation(some), is_held_out(some)
    assert validation[~held_out].mean() == pytest.approx(1 / 20, abs=0.01)
    assert validation[held_out].mean() == pytest.approx(1 / 20, abs=0.03)
    assert np.array_equal(is_validation(some[np.arange(100)]), validation[:100])


def test_a_split_separates_training_and_held_out_drawings(mnist500: Dataset) -> None:
    training, held_out = split(mnist500)
    assert drawings(training) | drawings(held_out) <= drawings(mnist500)
    assert not drawings(training) & drawings(held_out)
    assert drawings(held_out) == drawings(mnist500[is_held_out(mnist500)])
    assert 20 < len(held_out) < 90


def test_a_drawing_is_always_on_the_same_side(mnist500: Dataset) -> None:
    """Whatever the order, the labels and the other drawings."""
    some = Dataset(mnist500.pixels[::-1], np.zeros(500, np.uint8))[np.arange(300)]
    known = {digest(pixels) for pixels in mnist500.pixels[is_held_out(mnist500)]}
    training, held_out = split(some)
    assert drawings(held_out) == drawings(some) & known
    assert not drawings(training) & known


def test_the_rule_that_holds_drawings_out_has_not_changed() -> None:
    """A change would put drawings that were held out so far into training."""
    pixels = np.repeat(np.arange(40, dtype=np.uint8), 784).reshape(40, 28, 28)
    found = is_held_out(Dataset(pixels, np.zeros(40, np.uint8)))
    assert np.flatnonzero(found).tolist() == [11, 22, 24, 31, 34, 37]


def test_near_duplicates_of_held_out_drawings_are_not_trained_on(mnist500: Dataset) -> None:
    training, held_out = split(mnist500)
    noise = np.random.default_rng(1).integers(0, 3, (len(held_out), 28, 28)).astype(np.uint8)
    copies = Dataset(held_out.pixels ^ noise, held_out.labels)
    copies = copies[~is_held_out(copies)]
    assert len(copies) > 20, "that would be trained on otherwise"
    training_with_copies, held_out_with_copies = split(mnist500 + copies)
    assert drawings(training_with_copies) == drawings(training)
    assert drawings(held_out_with_copies) == drawings(held_out)


@pytest.mark.parametrize("pixels", [(0, 1), (1, 0), (-1, -1), (1, -1)])
def test_duplicates_shifted_by_a_pixel_are_not_trained_on(pixels: tuple[int, int], mnist500: Dataset) -> None:
    training, held_out = split(mnist500)
    copies = Dataset(np.roll(held_out.pixels, pixels, axis=(1, 2)), held_out.labels)
    copies = copies[~is_held_out(copies)]
    assert len(copies) > 20, "that would be trained on otherwise"
    assert drawings(split(mnist500 + copies)[0]) == drawings(training)


@pytest.mark.parametrize(("cosine", "kept"), [(0.985, 0), (0.975, 1)])
def test_near_duplicates_have_a_cosine_of_at_least_98_percent(cosine: float, kept: int, mnist500: Dataset) -> None:
    for original in split(mnist500)[1].pixels:
        other = original.copy()
        # Twenty dots in the empty first row make a right angle with the drawing.
        other[0, :20] = np.sqrt((original.astype(float) ** 2).sum() * (cosine**-2 - 1) / 20)
        both = Dataset(np.array([original, other]), np.zeros(2, np.uint8))
        if not original[0].any() and is_held_out(both).tolist() == [True, False]:
            break
    else:
        pytest.fail("No drawing is suitable for this test.")
    one, another = (pixels.ravel().astype(float) for pixels in both.pixels)
    assert one @ another / np.sqrt((one @ one) * (another @ another)) == pytest.approx(cosine, abs=0.002)
    assert len(split(both)[0]) == kept


def test_other_drawings_of_the_same_digit_are_trained_on(mnist500: Dataset) -> None:
    apart = is_held_out(mnist500)
    assert len(split(mnist500)[0]) > 0.97 * (~apart).sum()


def test_an_empty_dataset_is_split_into_two_empty_ones() -> None:
    assert [len(part) for part in split(EMPTY)] == [0, 0]
