"""Outliers, those to train on and the held-out ones."""

import numpy as np
import pytest

from predictor.ml.geometry import measure
from predictor.ml.strokes.drawing import CANVAS
from predictor.training.outliers import held_out, letters, outliers, shapes

TABLES = (letters.LETTERS, letters.DIGITS, shapes.SHAPES, {"fragments": shapes.FRAGMENTS})


@pytest.mark.parametrize("family", outliers.FAMILIES)
def test_every_family_draws_on_the_canvas(family):
    drawn = list(outliers.drawings(30, seed=1, families=[family]))
    assert {each.family for each in drawn} == {family}
    for each in drawn:
        points = np.concatenate(each.lines)
        half = each.pen / CANVAS / 2
        assert points.min() >= half - 1e-6
        assert points.max() <= 1 - half + 1e-6
        assert outliers.PENS[0] <= each.pen <= outliers.PENS[1]


def test_families_come_in_turn():
    drawn = outliers.drawings(14, seed=1)
    assert [each.family for each in drawn] == [*outliers.FAMILIES] * 2


@pytest.mark.parametrize(
    ("make", "families"),
    [(outliers.outliers, outliers.FAMILIES), (held_out.held_out_outliers, held_out.FAMILIES)],
    ids=["training", "held out"],
)
def test_outliers_are_pixels_that_depend_on_the_seed(make, families):
    n = 3 * len(families)
    pixels = make(n, seed=5)
    assert pixels.shape == (n, 28, 28)
    assert pixels.dtype == np.uint8
    assert (pixels.max(axis=(1, 2)) == 255).all()
    assert (make(n, seed=5) == pixels).all()
    assert (make(n, seed=6) != pixels).any(axis=(1, 2)).sum() > n / 2


@pytest.mark.parametrize("make", [outliers.outliers, held_out.held_out_outliers])
def test_no_outliers_can_be_asked_for(make):
    assert make(0, seed=1).shape == (0, 28, 28)


@pytest.mark.parametrize("family", held_out.FAMILIES)
def test_every_held_out_family_leaves_ink(family):
    assert (held_out.held_out_outliers(20, seed=1, families=[family]).max(axis=(1, 2)) == 255).all()


def test_blocks_are_filled():
    blocks = outliers.outliers(60, seed=1, families=["blocks"])
    assert np.median([measure(pixels).depth for pixels in blocks]) >= 6


def test_the_characters_of_a_sequence_are_apart():
    sequences = outliers.outliers(60, seed=1, families=["sequences"])
    assert np.mean([measure(pixels).components > 1 for pixels in sequences]) > 0.6


def test_sequences_are_made_of_the_digits_that_are_given():
    """Two or three dashes in place of digits: each line is wider than high."""
    dash = (np.array([[0.2, 0.5], [0.8, 0.5]]),)
    (apart,) = outliers.drawings(1, seed=4, families=["sequences"], digits=[dash])
    assert all(np.ptp(line[:, 0]) > 2 * np.ptp(line[:, 1]) for line in apart.lines)


@pytest.mark.parametrize("table", TABLES, ids=["letters", "digits", "shapes", "fragments"])
def test_every_glyph_can_be_read(table):
    for texts in table.values():
        for text in texts:
            lines = letters.glyph(text)
            assert len(lines) == len(text.split())
            assert all(line.ndim == 2 and line.shape[1] == 2 and len(line) for line in lines)


def test_letters_that_look_like_digits_are_left_out():
    assert not set("BGIOQSZbgiloqsyz") & letters.LETTERS.keys()
    assert not set("BGIOQSZbgiloqsyz0123456789") & set(held_out.CHARACTERS)


def test_a_curve_passes_through_its_points():
    corners = np.array([[0, 0], [0.5, 1], [1, 0]])
    curve = letters.curve(corners)
    assert all((np.abs(curve - corner).sum(axis=1) < 1e-9).any() for corner in corners)
    assert len(curve) > 3


def test_a_tap_stays_a_tap():
    (tap,) = outliers.hand_drawn((np.array([[0.3, 0.3]]),), np.random.default_rng(1))
    assert tap.shape == (1, 2)
