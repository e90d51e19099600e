"""Datasets of labelled drawings, and the parts of MNIST, which share none."""

import dataclasses

import numpy as np
import pytest

from predictor.training.data.dataset import (
    EMPTY,
    SAMPLE_SIZE,
    TRAIN_SIZE,
    Dataset,
    Mnist,
    is_held_out,
    without,
)
from predictor.training.errors import DatasetError
from tests.training.data.conftest import CLASS_COUNTS, drawings, one


@pytest.fixture(scope="module")
def held_out(mnist: Mnist) -> Dataset:
    return mnist.held_out


@pytest.fixture(scope="module")
def reported(mnist: Mnist) -> Dataset:
    return mnist.test


def test_mnist_is_read_whole(mnist: Mnist) -> None:
    assert mnist.levels.shape == (70_000, 28, 28)
    assert mnist.levels.dtype == mnist.labels.dtype == np.uint8
    assert np.bincount(mnist.labels).tolist() == [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]
    assert mnist.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.labels[TRAIN_SIZE : TRAIN_SIZE + 5].tolist() == [7, 2, 1, 0, 4]


# The sample, the held-out and the test images.


def test_the_sample_is_the_ancestors(mnist: Mnist, mnist500: Dataset) -> None:
    which = mnist.sample()
    assert len(set(which.tolist())) == SAMPLE_SIZE
    assert (which >= TRAIN_SIZE).sum() == 60, "test images"
    assert mnist500.class_counts == CLASS_COUNTS
    assert np.array_equal(mnist500.labels, mnist.labels[which])
    assert np.array_equal(mnist.sample(), which), "each time the same"


def test_the_test_set_is_mnists_without_the_sample(reported: Dataset, mnist500: Dataset) -> None:
    assert len(reported) == 9_940
    assert not drawings(reported) & drawings(mnist500)


def test_one_training_image_in_ten_is_held_out_and_none_of_the_sample(held_out: Dataset, mnist500: Dataset) -> None:
    assert 5_700 < len(held_out) < 6_250
    assert is_held_out(held_out).all()
    assert not drawings(held_out) & drawings(mnist500)
    held_out.require_all_classes()


def test_no_held_out_image_is_a_test_image(held_out: Dataset, reported: Dataset) -> None:
    assert not drawings(held_out) & drawings(reported)


def test_training_and_held_out_sets_are_all_training_images_but_some_of_the_sample(
    mnist: Mnist, held_out: Dataset
) -> None:
    assert not is_held_out(mnist.training).any()
    sampled = mnist.dataset(mnist.sample()[mnist.sample() < TRAIN_SIZE])
    assert len(mnist.training) + len(held_out) + is_held_out(sampled).sum() == TRAIN_SIZE


# Datasets.


def test_datasets_can_be_counted_indexed_and_concatenated(mnist500: Dataset) -> None:
    threes, others = mnist500[mnist500.labels == 3], mnist500[mnist500.labels != 3]
    assert threes.class_counts == [0, 0, 0, 60, 0, 0, 0, 0, 0, 0]
    assert len(threes + others) == len(mnist500) == 500
    assert (threes + others).class_counts == CLASS_COUNTS
    assert len(EMPTY + threes) == 60
    assert EMPTY.class_counts == [0] * 10


def test_its_digest_does_not_depend_on_the_order(mnist500: Dataset) -> None:
    mixed = mnist500[np.random.default_rng(1).permutation(500)]
    assert not np.array_equal(mixed.labels, mnist500.labels)
    assert mixed.digest == mnist500.digest


def test_its_digest_depends_on_every_label_and_every_pixel(mnist500: Dataset) -> None:
    labels, pixels = mnist500.labels.copy(), mnist500.pixels.copy()
    labels[17] = (labels[17] + 1) % 10
    pixels[17, 3, 3] ^= 1
    others = [Dataset(mnist500.pixels, labels), Dataset(pixels, mnist500.labels), mnist500[np.arange(499)], EMPTY]
    assert len({data.digest for data in [mnist500, *others]}) == 5


def test_its_digest_depends_on_which_drawing_has_which_label(mnist500: Dataset) -> None:
    pair = one(mnist500, 3) + one(mnist500, 5)
    assert Dataset(pair.pixels, pair.labels[::-1]).digest != pair.digest


@pytest.mark.parametrize(
    ("pixels", "labels"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8)),
        (np.zeros((2, 784), np.uint8), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.uint8), np.array([1, 10], np.uint8)),
    ],
    ids=["too few pixels", "flat pixels", "images", "not a digit"],
)
def test_pixels_and_labels_that_do_not_match_are_refused(pixels: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(DatasetError):
        Dataset(pixels, labels)


def test_a_dataset_with_all_digits_has_all_classes(mnist500: Dataset) -> None:
    mnist500.require_all_classes()


def test_the_digits_that_are_missing_are_named(mnist500: Dataset) -> None:
    lacking = mnist500[~np.isin(mnist500.labels, (4, 7))]
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 4, 7\."):
        lacking.require_all_classes()
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 4\."):
        (lacking + mnist500[np.flatnonzero(mnist500.labels == 7)[:2]] + one(mnist500, 4)).require_all_classes()


def test_drawings_of_another_dataset_can_be_left_out(mnist500: Dataset) -> None:
    first, last = mnist500[np.arange(300)], mnist500[np.arange(200, 500)]
    found = without(first, Dataset(last.pixels, np.zeros(300, np.uint8)))
    assert np.array_equal(found.pixels, mnist500.pixels[:200]), "whatever its label"
    assert np.array_equal(found.labels, mnist500.labels[:200])
    assert len(without(first, EMPTY)) == 300
    assert len(without(EMPTY, first)) == 0


def test_the_training_images_can_be_normalised_beforehand_and_say_how_far_that_is(mnist: Mnist) -> None:
    fresh, steps = dataclasses.replace(mnist), list[tuple[str, int, int]]()
    fresh.prepare(lambda what, done, total, _=None, /: steps.append((what, done, total)))
    assert steps == [("MNIST", n, 24) for n in range(1, 25)]
    assert np.array_equal(fresh._train.pixels, mnist._train.pixels)
    assert np.array_equal(fresh._train.labels, mnist._train.labels)
    fresh.prepare(lambda *_: pytest.fail("It is known already."))
