"""Variations of training drawings."""

import numpy as np
import pytest

from predictor.ml.images import normalise
from predictor.training.augment import multiply, vary
from predictor.training.dataset import Dataset
from tests import drawings


@pytest.fixture
def data():
    lines = (drawings.THREE, drawings.SEVEN, drawings.ONE)
    pixels = np.array([normalise(np.asarray(drawings.draw(line))) for line in lines])
    return Dataset(pixels, np.array([3, 7, 1], np.uint8))


def test_the_originals_come_first_and_every_variation_keeps_its_label(data):
    many = multiply(data, 4, seed=1)
    assert len(many) == 15
    assert (many.pixels[:3] == data.pixels).all()
    assert many.labels.tolist() == [3, 7, 1] * 5


def test_no_copies_are_the_data_itself(data):
    assert (multiply(data, 0, seed=1).pixels == data.pixels).all()


def test_the_same_seed_gives_the_same_pixels_and_another_one_others(data):
    assert (multiply(data, 2, seed=1).pixels == multiply(data, 2, seed=1).pixels).all()
    assert (multiply(data, 2, seed=1).pixels != multiply(data, 2, seed=2).pixels).any()


def test_variations_differ_and_stay_normalised(data):
    many = multiply(data, 20, seed=1).pixels
    assert len({pixels.tobytes() for pixels in many}) == 63
    for pixels in many:
        rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
        assert max(np.ptp(rows), np.ptp(columns)) <= 19
        assert pixels.max() == 255


def test_variations_resemble_what_they_vary(data):
    original = data.pixels[0].ravel().astype(float)
    near = [vary(data.pixels[0], np.random.default_rng(seed)).ravel().astype(float) for seed in range(50)]
    cosines = [original @ each / np.linalg.norm(original) / np.linalg.norm(each) for each in near]
    assert np.median(cosines) > 0.6
    assert min(cosines) < 0.95


def test_a_speck_survives():
    speck = np.zeros((28, 28), np.uint8)
    speck[14, 14] = 255
    assert all(vary(speck, np.random.default_rng(seed)).any() for seed in range(50))
