"""Gaps, retouched strokes and dots."""

from itertools import pairwise

import numpy as np
import pytest

from predictor.training.augmentation.habits import pens
from predictor.training.augmentation.habits.shapes import length, size
from tests.training.augmentation.habits.samples import DIGITS


@pytest.mark.parametrize("lines", DIGITS.values(), ids=DIGITS)
def test_a_gap_cuts_one_stroke_in_two(lines):
    whole = size(lines)
    for seed in range(20):
        cut = pens.gap(lines, np.random.default_rng(seed))
        assert len(cut) == len(lines) + 1
        missing = sum(map(length, lines)) - sum(map(length, cut))
        assert 0.03 * whole < missing < 0.2 * whole


def test_short_strokes_have_no_gap():
    short = (np.array([[0.5, 0.5], [0.51, 0.5]]), np.array([[0.1, 0.1]]), np.array([[0.9, 0.9]]))
    assert pens.gap(short, np.random.default_rng(1)) is None
    assert pens.retouched(short, np.random.default_rng(1)) is None


@pytest.mark.parametrize("lines", DIGITS.values(), ids=DIGITS)
def test_a_retouched_stroke_lies_beside_a_part_of_the_first(lines):
    for seed in range(20):
        *first, again = pens.retouched(lines, np.random.default_rng(seed))
        assert all(one is other for one, other in zip(first, lines, strict=True))
        points = np.concatenate([np.linspace(a, b, 9) for line in lines for a, b in pairwise(line)])
        apart = np.linalg.norm(again[:, None] - points[None], axis=2).min(axis=1)
        assert apart.max() < 0.1 * size(lines)
        assert 0.15 * min(map(length, lines)) < length(again) < 0.6 * max(map(length, lines))


@pytest.mark.parametrize("lines", DIGITS.values(), ids=DIGITS)
def test_a_rested_pen_leaves_a_dot_at_an_end(lines):
    ends = np.concatenate([line[[0, -1]] for line in lines])
    for seed in range(20):
        *_, dot = pens.rested(lines, np.random.default_rng(seed))
        assert np.ptp(dot, axis=0).max() <= 0.08 * size(lines)
        assert np.linalg.norm(ends - dot.mean(axis=0), axis=1).min() < 0.07 * size(lines)
