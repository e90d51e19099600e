"""Random distortions of training drawings."""

import os

import numpy as np
import pytest

from predictor.ml.images import BOX, SIDE, normalise, to_images
from predictor.training.augmentation.augment import CHUNK, DEFAULT, FEW, WIDE, Ranges, augment, distort, ranges_for
from predictor.training.classifiers.features import features
from predictor.training.data.dataset import Dataset
from tests import drawings

STILL = Ranges(rotation=0, shear=0, aspect=0, bend=0, thinner=0, thicker=0, contrast=0, zoom=0, shift=0)


@pytest.fixture
def data():
    lines = (drawings.THREE, drawings.SEVEN, drawings.ONE)
    pixels = np.array([normalise(np.asarray(drawings.draw(line))) for line in lines])
    return Dataset(pixels, np.array([3, 7, 1], np.uint8))


def copies(images, n, ranges=DEFAULT):
    """float32 (n, len(images), 28, 28)"""
    return np.array([distort(images, np.random.default_rng(seed), ranges) for seed in range(n)])


def cosine(one, other):
    return float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))


def centre(image):
    """Of mass, y and x."""
    return tuple(image.sum(axis=axis) @ np.arange(SIDE) / image.sum() for axis in (1, 0))


# A set of copies.


def test_all_drawings_are_copied_in_their_order_as_often_as_asked(data):
    many = augment(data, 4, seed=1)
    assert many.labels.tolist() == [3, 7, 1] * 4
    likeness = features(to_images(many.pixels)) @ features(to_images(data.pixels)).T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2] * 4


def test_no_copy_equals_its_drawing_or_another_copy(data):
    known = [pixels.tobytes() for pixels in (*data.pixels, *augment(data, 20, seed=1).pixels)]
    assert len(set(known)) == 63


def test_the_same_seed_gives_the_same_pixels_and_another_one_others(data):
    assert np.array_equal(augment(data, 2, seed=1).pixels, augment(data, 2, seed=1).pixels)
    assert not np.array_equal(augment(data, 2, seed=1).pixels, augment(data, 2, seed=2).pixels)


def test_few_drawings_are_distorted_further_than_many(data):
    assert ranges_for(500) == WIDE
    assert ranges_for(FEW) == DEFAULT
    some, more = (to_images(augment(data, 50, seed=1, ranges=ranges).pixels) for ranges in (DEFAULT, WIDE))
    originals = np.tile(to_images(data.pixels), (50, 1, 1))
    assert np.abs(more - originals).mean() > 1.1 * np.abs(some - originals).mean()


def test_more_copies_begin_with_the_same_ones(data):
    assert np.array_equal(augment(data, 5, seed=1).pixels[:6], augment(data, 2, seed=1).pixels)


def test_the_number_of_processors_does_not_matter(data, monkeypatch):
    many = Dataset(np.tile(data.pixels, (70, 1, 1)), np.tile(data.labels, 70))
    assert len(many) > 2 * CHUNK
    here = augment(many, 2, seed=1)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert np.array_equal(augment(many, 2, seed=1).pixels, here.pixels)


def test_progress_is_reported_to_the_end(data):
    steps = []
    augment(data, 3, seed=1, progress=lambda *step: steps.append(step))
    assert steps == [("augmentation", 1, 3), ("augmentation", 2, 3), ("augmentation", 3, 3)]


# One copy.


def test_with_all_ranges_0_a_drawing_only_moves_by_less_than_a_pixel(data):
    images = to_images(data.pixels)
    (moved,) = copies(images, 1, STILL)
    for one, other in zip(moved, images, strict=True):
        assert cosine(one, other) > 0.85
        assert centre(one) == pytest.approx((SIDE / 2, SIDE / 2), abs=0.01)
        assert centre(other) == pytest.approx((SIDE / 2, SIDE / 2), abs=0.51)


@pytest.mark.parametrize("name", [name for name in vars(DEFAULT) if name != "thinner"])
def test_each_range_alone_changes_a_drawing_and_leaves_it_recognisable(data, name):
    only = Ranges(**vars(STILL) | {name: getattr(DEFAULT, name)})
    images = to_images(data.pixels[:1])
    near = [cosine(each[0], images[0]) for each in copies(images, 20, only)]
    assert min(near) < 0.995
    assert min(near) > 0.4


def test_a_pen_becomes_thinner_or_thicker(data):
    images = to_images(data.pixels[:1])
    thinner = copies(images, 20, Ranges(**vars(STILL) | {"thinner": 0.5})).sum(axis=(2, 3))
    thicker = copies(images, 20, Ranges(**vars(STILL) | {"thicker": 1.0})).sum(axis=(2, 3))
    assert thinner.mean() < images.sum() * 0.95
    assert thicker.mean() > images.sum() * 1.1


def test_copies_are_images_of_full_contrast(data):
    images = copies(to_images(data.pixels), 30)
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max(axis=(2, 3)) == pytest.approx(1)


def test_copies_keep_about_the_size_and_position_that_normalise_gives(data):
    for image in copies(to_images(data.pixels), 40).reshape(-1, SIDE, SIDE):
        ink = image > 0.3
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(BOX, abs=3.5)
        assert centre(image) == pytest.approx((SIDE / 2, SIDE / 2), abs=2)


def test_copies_resemble_their_drawing_and_differ_from_it(data):
    images = to_images(data.pixels)
    near = [cosine(each[0], images[0]) for each in copies(images, 50)]
    assert np.median(near) > 0.6
    assert min(near) < 0.95


def test_a_speck_survives_and_a_blank_image_stays_blank():
    images = np.zeros((2, SIDE, SIDE), np.float32)
    images[0, 14, 14] = 1
    found = copies(images, 50)
    assert np.isfinite(found).all()
    assert (found[:, 0].max(axis=(1, 2)) > 0).all()
    assert not found[:, 1].any()
