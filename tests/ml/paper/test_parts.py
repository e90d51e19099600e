"""The main body of ink, a second digit beside it, and what is neither."""

import numpy as np
import pytest

from predictor.ml.paper.parts import belonging, main_of, parts, stroke

DARK = 0.8


@pytest.fixture
def share():
    """A ring, 100 pixels high, with strokes of 10."""
    share = np.zeros((300, 400), np.float32)
    share[100:200, 60:130] = DARK
    share[110:190, 70:120] = 0
    return share


def kept(share):
    found = parts(share, 0.2)
    main = main_of(found)
    return [each.shape.left for each in belonging(found, main)]


def test_a_thin_one_far_from_an_eight_is_kept(share):
    share[110:190, 330:337] = DARK
    assert sorted(kept(share)) == [60, 330]


@pytest.mark.parametrize(
    ("rows", "columns", "darkness"),
    [
        (slice(0, 300), slice(330, 337), DARK),  # a line through the whole picture
        (slice(110, 190), slice(330, 337), 0.3),  # a fold, or what shines through
        (slice(110, 190), slice(330, 331), DARK),  # a hair
        (slice(20, 30), slice(330, 340), DARK),  # a speck
        (slice(100, 200), slice(280, 380), DARK),  # a blot
    ],
)
def test_what_is_no_writing_is_not(share, rows, columns, darkness):
    share[rows, columns] = darkness
    assert kept(share) == [60]


def test_a_large_thing_at_the_edge_is_not_the_main_body(share):
    share[:, 360:] = DARK
    assert main_of(parts(share, 0.2)).shape.left == 60


def test_the_width_of_a_stroke_is_measured():
    mask = np.zeros((120, 60), bool)
    mask[10:110, 20:28] = True
    assert stroke(mask) == pytest.approx(8, abs=1)


def test_noise_has_no_parts():
    assert parts(np.random.default_rng(1).random((300, 400), np.float32), 0.5) is None
