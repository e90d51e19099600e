"""Perturbations of MNIST's test images: what each does to the ink, and that none cuts a digit off or deletes it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from predictor.ml.errors import BlankImage
from predictor.ml.images import Images, normalise
from predictor.training.data.dataset import Dataset, Mnist
from predictor.training.evaluation.robustness import (
    EIGHT,
    KEPT,
    MARGIN,
    PERTURBATIONS,
    _bitmaps,
    _dilated,
    _eroded,
    conditions,
    robustness,
    worst,
)

N = 60


@pytest.fixture(scope="session")
def perturbed(mnist: Mnist) -> dict[str, Dataset]:
    return dict(conditions(mnist, N))


def disc(radius: int) -> np.ndarray:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return x**2 + y**2 <= radius**2


def stroke(width: int) -> np.ndarray:
    """A vertical stroke of so many pixels, 20 high, as MNIST's levels (1, 28, 28)."""
    levels = np.zeros((1, 28, 28), np.uint8)
    levels[0, 4:24, 12 : 12 + width] = 255
    return levels


def picture(name: str, levels: np.ndarray) -> np.ndarray:
    (found,) = PERTURBATIONS[name](levels)
    return found


# The conditions.


def test_each_condition_holds_the_same_digits(perturbed: dict[str, Dataset], mnist: Mnist) -> None:
    assert list(perturbed) == list(PERTURBATIONS)
    for data in perturbed.values():
        assert data.pixels.shape == (N, 28, 28)
        assert np.array_equal(data.labels, mnist.test.labels[:N])


def test_the_original_condition_is_mnists_test_set(mnist: Mnist) -> None:
    name, data = next(conditions(mnist))
    assert name == "original"
    assert len(data) == 9_940
    assert np.array_equal(data.pixels, mnist.test.pixels)


@pytest.mark.parametrize("name", ["shifted 4 px right and down", "shifted 4 px left and up", "black on white"])
def test_position_and_polarity_do_not_matter(name: str, perturbed: dict[str, Dataset]) -> None:
    assert np.array_equal(perturbed[name].pixels, perturbed["original"].pixels)


@pytest.mark.parametrize("name", [name for name in PERTURBATIONS if name.startswith(("rotated", "pen", "scaled"))])
def test_the_others_change_every_digit_and_leave_it_recognisable(name: str, perturbed: dict[str, Dataset]) -> None:
    before, after = (perturbed[each].pixels.astype(float) for each in ("original", name))
    difference = np.abs(before - after).mean(axis=(1, 2))
    assert difference.min() > 0.5
    likeness = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in zip(before, after, strict=True)]
    assert min(likeness) > 0.3
    assert np.mean(likeness) > 0.5


def test_perturbations_are_not_random(mnist: Mnist, perturbed: dict[str, Dataset]) -> None:
    for name, data in conditions(mnist, 10):
        assert np.array_equal(data.pixels, perturbed[name].pixels[:10])


# Each perturbation.


def test_a_shift_is_of_four_pixels_and_cuts_nothing() -> None:
    full = np.full((1, 28, 28), 7, np.uint8)
    for name, start in {"shifted 4 px right and down": 8, "shifted 4 px left and up": 0}.items():
        found = picture(name, full)
        assert found.shape == (36, 36)  # its middle is four pixels from the digit's
        assert (found[start : start + 28, start : start + 28] == 7).all()
        assert found.sum() == full.sum()


def test_a_small_digit_has_60_percent_of_its_height_in_the_same_frame() -> None:
    found = picture("scaled to 60 %", stroke(5))
    assert found.shape == (28, 28)
    assert (found >= 128).any(axis=1).sum() == 12
    assert found.sum() == pytest.approx(stroke(5).sum() * 0.36, rel=0.02)


@pytest.mark.parametrize(("name", "degrees"), [("rotated 15° left", 15), ("rotated 15° right", -15)])
def test_a_rotated_stroke_leans_by_15_degrees(name: str, degrees: float) -> None:
    y, x = np.nonzero(picture(name, stroke(2)) >= 128)
    slope = np.polyfit(y, x, 1)[0]
    assert np.degrees(np.arctan(slope)) == pytest.approx(degrees, abs=0.5)  # y points down


def test_rotation_cuts_no_corner() -> None:
    corners = np.zeros((1, 28, 28), np.uint8)
    corners[0, ::26, ::26] = corners[0, 1::26, ::26] = corners[0, ::26, 1::26] = corners[0, 1::26, 1::26] = 255
    for name in ("rotated 15° left", "rotated 15° right"):
        assert ndimage.label(picture(name, corners) >= 100)[1] == 4


@pytest.mark.parametrize(("name", "by"), [("pen 1 px thinner", -1), ("pen 1 px thicker", 1), ("pen 2 px thicker", 2)])
def test_the_pen_is_as_much_wider_as_the_name_says(name: str, by: int) -> None:
    ink = picture(name, stroke(3)) > 0
    assert ink.any(axis=0).sum() == pytest.approx((3 + by) * EIGHT, abs=2)
    assert ink.any(axis=1).sum() == pytest.approx((20 + by) * EIGHT, abs=2)


def test_a_pen_adds_no_ink_at_the_frame() -> None:
    full = np.full((1, 28, 28), 255, np.uint8)
    ink = picture("pen 2 px thicker", full)
    assert not ink[0].any()
    assert not ink[:, -1].any()


def test_a_stroke_too_thin_for_the_erosion_is_eroded_less() -> None:
    hair = picture("pen 1 px thinner", stroke(1)) > 0
    assert hair.any(axis=1).sum() > 18 * EIGHT
    assert 0 < hair.any(axis=0).sum() < EIGHT


def test_erosion_deletes_no_stroke_of_a_digit(mnist: Mnist) -> None:
    (ink,) = _bitmaps(mnist.levels[60_000:60_400])
    eroded = _eroded(ink, 4)
    smaller = np.count_nonzero(eroded, axis=(1, 2)) < np.count_nonzero(ink, axis=(1, 2))
    assert smaller.all(), "every digit is thinner"
    opened = [np.count_nonzero(_dilated(eroded, radius), axis=(1, 2)) for radius in range(1, 5)]
    assert (np.max(opened, axis=0) >= KEPT * np.count_nonzero(ink, axis=(1, 2))).all()


def test_a_faint_digit_is_thresholded_at_half_its_own_level() -> None:
    (ink,) = _bitmaps(stroke(4) // 6)
    assert np.count_nonzero(ink) == pytest.approx(4 * 20 * EIGHT**2, rel=0.02)
    assert ink.shape == (1, EIGHT * (28 + 2 * MARGIN), EIGHT * (28 + 2 * MARGIN))


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_blank_picture_stays_blank(name: str) -> None:
    with pytest.raises(BlankImage):
        normalise(picture(name, np.zeros((1, 28, 28), np.uint8)))


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(
    arrays.arrays(np.bool_, st.tuples(st.integers(1, 17), st.integers(9, 14), st.integers(9, 14))), st.integers(0, 4)
)
def test_dilation_is_as_scipys(ink: np.ndarray, radius: int) -> None:
    expected = [ndimage.binary_dilation(each, disc(radius)) for each in ink]
    assert np.array_equal(_dilated(ink, radius), expected)


# Scores.


class Dark:
    """Predicts 1 where there is little ink, 0 where there is much."""

    def probabilities(self, images: Images) -> np.ndarray:
        little = images.mean(axis=(1, 2)) < 0.12
        return np.eye(10, dtype=np.float32)[little.astype(int)]


def test_a_classifier_is_scored_under_each_condition(perturbed: dict[str, Dataset]) -> None:
    ones = {name: data[data.labels == 1] for name, data in perturbed.items()}
    found = robustness(Dark(), ones.items())
    assert list(found) == list(PERTURBATIONS)
    assert all(scores["n"] == (perturbed["original"].labels == 1).sum() for scores in found.values())
    assert found["pen 2 px thicker"]["misses"] > found["original"]["misses"]
    assert worst(found) == "pen 2 px thicker"


def test_the_worst_of_several_equal_ones_is_the_first() -> None:
    assert worst({"a": {"accuracy": 0.9}, "b": {"accuracy": 0.8}, "c": {"accuracy": 0.8}}) == "b"
