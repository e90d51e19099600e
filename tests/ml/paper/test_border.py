"""Small scans: digits that fill their picture, and frames of one pixel."""

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from predictor.ml import images
from predictor.ml.paper import border
from predictor.training.data.dataset import Mnist


@pytest.fixture(scope="module")
def scans():
    """MNIST's training digits, stretched to fill 16×16, ink high."""
    mnist = Mnist.read(settings.MNIST_DIR)
    return [stretched(levels) for levels in mnist.levels[:150]]


def stretched(levels):
    inked = levels >= 64
    tight = levels[inked.any(axis=1)][:, inked.any(axis=0)]
    return np.asarray(Image.fromarray(tight).resize((16, 16), Image.Resampling.BILINEAR))


def read(gray):
    return images.normalise(gray).astype(int)


def padded(gray, margin, level):
    return np.pad(gray, margin, constant_values=level)


def test_a_digit_that_fills_its_picture_is_read_as_one_with_paper_around_it(scans):
    for polarity in (scans, [255 - gray for gray in scans]):
        paper = 0 if polarity is scans else 255
        same = [np.abs(read(gray) - read(padded(gray, 4, paper))).mean() < 10 for gray in polarity]
        assert np.mean(same) >= 0.97


def test_a_frame_of_one_pixel_changes_nothing(scans):
    for place, gray in enumerate(scans):
        framed = padded(gray, 1, place * 37 % 256)
        assert border.has_frame(framed)
        assert (read(framed) == read(gray)).all()


def test_the_box_in_a_frame_is_where_the_digit_is():
    gray = np.full((30, 40), 250, np.uint8)
    gray[5:20, 10:14] = 0
    gray[0] = gray[-1] = gray[:, 0] = gray[:, -1] = 90
    assert images.read(gray).box == (10, 5, 14, 20)


def test_a_digit_in_the_middle_of_its_paper_leaves_no_doubt():
    gray = np.zeros((28, 28), np.uint8)
    gray[4:24, 12:16] = 255
    assert border.doubtful_papers(gray) is None
    assert not border.has_frame(gray)


def test_a_table_beside_the_page_is_no_doubt_about_its_paper():
    gray = np.full((300, 400), 235, np.uint8)
    gray[:, :100] = 140
    gray[100:200, 250:265] = 30
    assert border.doubtful_papers(gray) is None
    gray[:, 100:300] = gray[:, 100:300] // 8  # ink that runs from side to side, twice
    gray[:, 150:250] = 235
    assert border.doubtful_papers(gray) is not None
