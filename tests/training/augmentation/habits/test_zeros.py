"""Marks in zeros."""

import numpy as np
import pytest

from predictor.training.augmentation.habits import zeros
from predictor.training.augmentation.habits.shapes import angle_of, box
from tests.training.augmentation.habits.samples import DIGITS, arc

ZERO = DIGITS[0]
MIDDLE = np.array([0.5, 0.5])
CROSSING = {
    zeros.slashed: (25, 85),
    zeros.slashed_back: (95, 155),
    zeros.barred_upright: (75, 105),
    zeros.barred_level: (-16, 23),
}


def drawn(habit, n=40):
    return [habit(ZERO, np.random.default_rng(seed)) for seed in range(n)]


@pytest.mark.parametrize("habit", CROSSING)
def test_one_more_stroke_crosses_the_middle_at_its_angle(habit):
    for lines in drawn(habit):
        if len(lines) == 1:  # drawn without lifting the pen
            assert habit is zeros.slashed
            mark = lines[0][len(ZERO[0]) :]
        else:
            assert lines[0] is ZERO[0]
            (mark,) = lines[1:]
            angle = angle_of(mark[-1] - mark[0])
            low, high = CROSSING[habit]
            assert any(low < turned < high for turned in (angle, angle + 180, angle - 180))
        assert np.linalg.norm(mark - MIDDLE, axis=1).min() < 0.08


@pytest.mark.parametrize("habit", CROSSING)
def test_marks_lie_inside_or_cross_both_sides(habit):
    reaches = np.array([np.linalg.norm((lines[-1] - MIDDLE) / [0.2, 0.3], axis=1).max() for lines in drawn(habit)])
    assert (reaches < 0.95).any()
    assert (reaches > 1.05).any()


def test_a_level_bar_never_just_spans_the_oval():
    for lines in drawn(zeros.barred_level, 100):
        half = np.ptp(lines[1][:, 0]) / 2 / 0.2
        assert half < 0.9 or half > 1.05


def test_a_tick_crosses_the_upper_right_alone():
    for lines in drawn(zeros.ticked):
        assert (lines[1][:, 0] > 0.5).all()
        assert (lines[1][:, 1] < 0.5).all()
        reach = np.linalg.norm((lines[1] - MIDDLE) / [0.2, 0.3], axis=1)
        assert reach.min() < 0.8
        assert reach.max() > 1.1


def test_a_dot_is_small_and_near_the_middle():
    for lines in drawn(zeros.dotted):
        low, high = box(lines[1:])
        assert (high - low).max() <= 0.07
        assert np.linalg.norm((low + high) / 2 - MIDDLE) < 0.07


@pytest.mark.parametrize("habit", [*CROSSING, zeros.ticked, zeros.dotted])
@pytest.mark.parametrize(
    "lines",
    [
        (*ZERO, np.array([[0.4, 0.7], [0.6, 0.3]])),
        (arc(0.5, 0.5, 0.2, 0.3, (-60, -300)),),
        (arc(0.5, 0.5, 0.1, 0.3, (-90, -450)),),
        DIGITS[6],
    ],
    ids=["slashed already", "open", "narrow", "a spiral"],
)
def test_other_forms_are_left_alone(habit, lines):
    assert habit(lines, np.random.default_rng(1)) is None
