"""Pictures that were taken: the digit is found beside lines and dirt, and clean drawings are untouched."""

from dataclasses import replace

import numpy as np
import pytest
from django.conf import settings

from predictor.ml import images, pictures, runtime
from predictor.ml.errors import BlankImage
from predictor.ml.paper import finding, inspection
from predictor.ml.paper.box import box_of, packed
from predictor.training.data.dataset import Mnist
from predictor.training.photographs import sets
from predictor.training.photographs.conditions import conditions
from predictor.training.photographs.digits import Scanned
from tests.conftest import SHIPPED

CONDITIONS = [
    "light 40 %",
    "light 70 %",
    "light from a corner 55 %",
    "hard shadow 30 %",
    "soft shadow 60 %",
    "noise 10 levels",
    "squared paper 15 %",
    "ruled paper 40 %",
    "30 specks",
    "25 hairs of dust",
    "fold 30 %",
    "red on green",
    "orange on light green",
    "pink on turquoise",
    "frame 6 px",
    "light frame 1 px, black paper",
    "black frame 1 px, white paper",
    "box 2 px inside the picture",
    "edge of the page, grey table",
    "dark corner 90 %",
    "digit 5 % of the picture",
    "pen 1 % of the digit",
    "tight crop, light on dark",
    "photograph of squared paper",
    "bleed-through 25 %",
    "digit 10 % of a sheet, table at one side",
    "digit 18 % of a sheet, table at two sides",
    "photograph of a whiteboard",
    "anything, digit 15 % of the picture",
    "anything, digit 55 % of the picture",
    "box 6 px inside the picture",
    "tight crop, dark on light, marker",
]


@pytest.fixture(scope="module")
def mnist():
    return Mnist.read(settings.MNIST_DIR)


@pytest.fixture(scope="module")
def cnn():
    return runtime.load(SHIPPED / "cnn/v3")


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_digit_is_read(mnist, cnn, name):
    taken = sets.building_set(name, mnist, n=6)
    seen = np.array([images.normalise(pictures.decode(content)) for content, _ in taken])
    digits = cnn.probabilities(images.to_images(seen)).argmax(axis=1)
    assert (digits == [label for _, label in taken]).sum() >= 5


def plain(gray):
    """As it is normalised when all that is not paper is ink."""
    ink = images._ink(gray, images._paper(gray))
    return images._drawn(ink, box_of(ink)).pixels


def test_mnists_digits_are_clean_drawings(mnist):
    for pixels in mnist.held_out.pixels[:300]:
        for gray in (pixels, 255 - pixels):
            assert (images.normalise(gray) == plain(gray)).all()


def test_a_canvas_with_two_strokes_and_a_dot_is_a_clean_drawing():
    gray = np.full((280, 280), 255, np.uint8)
    gray[60:78, 60:200] = 0
    gray[100:240, 60:78] = 0
    gray[150:168, 120:138] = 0
    assert (images.normalise(gray) == plain(gray)).all()


def test_a_speck_far_away_does_not_shrink_the_digit():
    gray = np.full((280, 280), 255, np.uint8)
    gray[100:200, 130:150] = 0
    clean = images.normalise(gray)
    gray[10:12, 10:12] = 0
    assert np.abs(images.normalise(gray).astype(int) - clean).mean() < 8


def test_two_digits_are_both_kept():
    gray = np.full((300, 300), 255, np.uint8)
    gray[100:200, 60:75] = gray[100:200, 225:240] = 0
    gray[0] = 0  # and something along the edge
    columns = images.normalise(gray).any(axis=0)
    assert columns.argmax() <= 6
    assert columns[::-1].argmax() <= 6


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_levels_there_are_pixels_or_there_is_nothing(seed):
    rng = np.random.default_rng(seed)
    height, width = (2 ** rng.uniform(0, 8.5, 2)).astype(int)
    gray = [
        rng.integers(0, 256, (height, width)),
        rng.integers(0, 2, (height, width)) * 255,
        rng.normal(180, rng.uniform(0, 30), (height, width)).clip(0, 255),
        (rng.random((height, width)) < 0.1) * 200,
        np.add.outer(np.arange(height), np.arange(width)) % 256,
    ][seed % 5].astype(np.uint8)
    try:
        pixels = images.normalise(gray)
    except BlankImage:
        return
    assert pixels.shape == (28, 28)
    assert pixels.max() == 255


def test_in_noise_nothing_is_found_and_all_is_taken_for_ink():
    gray = np.random.default_rng(1).normal(180, 10, (300, 300)).astype(np.uint8)
    assert finding.find_ink(gray) is None
    assert (images.normalise(gray) == plain(gray)).all()


def test_fainter_noise_is_blank():
    gray = np.random.default_rng(1).normal(180, 2, (300, 300)).astype(np.uint8)
    with pytest.raises(BlankImage):
        images.normalise(gray)


def test_a_small_picture_is_no_photograph():
    gray = np.random.default_rng(1).integers(0, 256, (16, 16)).astype(np.uint8)
    assert inspection.is_flat(gray, 0)
    assert not inspection.is_soiled(gray, packed(gray), box_of(gray))


def test_a_hairline_is_as_wide_as_it_must_be_to_be_seen():
    gray = np.full((400, 400), 255, np.uint8)
    gray[50:350, 198:202] = gray[48:52, 120:200] = 0
    widths = images.normalise(gray).sum(axis=1) / 255
    assert 1.3 < np.median(widths[widths > 0]) < 2.2


class Pair:
    """A digit and a smaller one to its right, on one line."""

    label = 0

    def __init__(self, large, small):
        self.large, self.small = large, small

    def ink(self, size, pen=None):
        large, small = self.large.ink(size // 3, pen), self.small.ink(size // 5, pen)
        both = np.zeros((max(len(large), len(small)), size), np.float32)
        both[-len(large) :, : large.shape[1]] = large
        both[-len(small) :, -small.shape[1] :] = small
        return both


@pytest.mark.parametrize("name", ["noise 10 levels", "light 40 %", "photograph of squared paper"])
def test_two_digits_of_different_sizes_are_both_kept(mnist, name):
    digits = [Scanned(mnist.levels[place], int(mnist.labels[place])) for place in range(40_000, 40_020)]
    apart = []
    for place, pair in enumerate(zip(digits[::2], digits[1::2], strict=True)):
        taken = replace(conditions()[name], share=0.8)(Pair(*pair), np.random.default_rng(place))
        inked = images.normalise(pictures.decode(taken)).any(axis=0)
        apart.append(
            np.ptp(np.flatnonzero(inked)) >= 12
            and not inked[np.flatnonzero(inked)[0] : np.flatnonzero(inked)[-1]].all()
        )
    assert sum(apart) >= 9
