"""What mattered to a classifier, by occlusion."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predictor.ml.errors import ModelUnavailable
from predictor.ml.images import Images, Pixels
from predictor.ml.occlusion import CHUNK, importance
from predictor.ml.runtime import Probabilities
from tests.ml import handmade, tiny

Ask = Callable[[Images], Probabilities]


def looking_at(top: int, left: int, side: int = 3) -> Ask:
    """A classifier that predicts 3 if there is ink in one square, and 5 if there is none."""

    def ask(images: Images) -> Probabilities:
        seen = images[:, top : top + side, left : left + side].mean(axis=(1, 2))  # (n,) in [0, 1]
        shares = np.full((len(images), 10), 0.01, np.float32)
        shares[:, 3], shares[:, 5] = 0.01 + 0.9 * seen, 0.91 - 0.9 * seen
        return shares

    return ask


def full() -> Pixels:
    return np.full((28, 28), 255, np.uint8)


def test_only_the_ink_that_the_classifier_looks_at_matters() -> None:
    found = importance(looking_at(10, 14), full(), 3)
    assert found.shape == (28, 28)
    assert found.dtype == np.float32
    assert found[11, 15] == found.max() > 1
    near = np.zeros((28, 28), bool)
    near[5:18, 9:22] = True  # a patch of 6 over a pixel farther off does not touch the square
    assert (found[~near] == 0).all()


def test_evidence_for_another_digit_is_negative() -> None:
    found = importance(looking_at(10, 14), full(), 5)
    assert found[11, 15] == found.min() < -1


def test_where_there_is_no_ink_nothing_matters() -> None:
    found = importance(tiny.probabilities, handmade.SEEN, 3)
    assert (found[handmade.SEEN == 0] == 0).all()
    assert (found[handmade.SEEN > 0] != 0).any()


def test_a_certain_classifier_still_shows_what_matters() -> None:
    def certain(images: Images) -> Probabilities:
        return np.where(images[:, 14:15, 14] > 0, 1 - 1e-5, 1 - 1e-3).astype(np.float32) * np.ones(10, np.float32)

    assert importance(certain, full(), 3)[14, 14] == pytest.approx(np.log(1e5) - np.log(1e3), rel=0.01)


@pytest.mark.parametrize("shares", [0.0, 1.0])
def test_probabilities_of_0_and_1_stay_finite(shares: float) -> None:
    found = importance(lambda images: np.full((len(images), 10), shares, np.float32), full(), 0)
    assert (found == 0).all()


@pytest.mark.parametrize("place", [(0, 0), (27, 27), (0, 27), (13, 14)])
def test_one_pixel_of_ink_matters_wherever_it_is(place: tuple[int, int]) -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[place] = 255
    found = importance(looking_at(*place, side=1), pixels, 3)
    odds = np.log(0.91 / 0.09) - np.log(0.01 / 0.99)
    assert found[place] == pytest.approx(odds, rel=1e-3)
    assert np.count_nonzero(found) == 1


def test_only_patches_with_ink_are_erased_and_predictions_come_in_chunks() -> None:
    asked: list[Images] = []

    def ask(images: Images) -> Probabilities:
        asked.append(images)
        return tiny.probabilities(images)

    importance(ask, handmade.SEEN, 3)
    assert all(len(images) == CHUNK for images in asked[:-1])
    pictures = np.concatenate(asked)
    assert (pictures[0] * 255 == handmade.SEEN).all()
    assert (pictures[1:] != pictures[0]).any(axis=(1, 2)).all()
    assert len(pictures) < 257


def test_the_error_of_a_classifier_passes_through() -> None:
    def broken(images: Images) -> Probabilities:
        raise ModelUnavailable("broken")

    with pytest.raises(ModelUnavailable):
        importance(broken, full(), 3)


@settings(max_examples=50, deadline=None)
@given(arrays(np.uint8, (28, 28)), st.integers(0, 9))
def test_any_picture_gives_a_finite_map_on_its_ink_alone(pixels: Pixels, digit: int) -> None:
    kept = pixels.copy()
    found = importance(tiny.probabilities, pixels, digit)
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 28
    assert (found[pixels == 0] == 0).all()
    assert (pixels == kept).all()
