"""What might be a one or a seven."""

import numpy as np
import pytest

from predictor.training.augmentation.habits import is_ambiguous, ones, sevens
from tests.training.augmentation.habits.samples import DIGITS, line

BAR = np.array([[0.35, 0.5], [0.65, 0.5]])


def sloping(degrees):
    """A stem with an upper stroke that rises by so much to the right."""
    return line((0.25, 0.2 + 0.3 * np.tan(np.deg2rad(degrees))), (0.55, 0.2), (0.5, 0.8))


@pytest.mark.parametrize("slope", range(-10, 50, 4))
def test_the_slope_of_the_upper_stroke_decides(slope):
    assert is_ambiguous((sloping(slope),), 1) == (slope < 25)
    assert is_ambiguous((sloping(slope),), 7) == (slope > 16)


def test_a_bar_tells_a_seven_but_no_one():
    assert not is_ambiguous((sloping(22), BAR), 7)
    assert is_ambiguous((sloping(22), BAR), 1)


def test_a_hook_is_no_slope():
    hooked = line((0.25, 0.3), (0.25, 0.2), (0.6, 0.2), (0.5, 0.8))
    assert not is_ambiguous((hooked,), 7)


def test_a_stem_alone_a_short_flag_and_a_dot_are_ones():
    for one in (line((0.5, 0.2), (0.5, 0.8)), line((0.42, 0.22), (0.5, 0.2), (0.5, 0.8)), np.array([[0.5, 0.5]])):
        assert not is_ambiguous((one,), 1)


@pytest.mark.parametrize("digit", [0, 2, 3, 4, 5, 6, 8, 9])
def test_no_other_digit_is(digit):
    assert not is_ambiguous((sloping(22),), digit)


@pytest.mark.parametrize("habit", [ones.plain, ones.flag, ones.long_flag, ones.foot, ones.flag_and_foot])
def test_no_habit_makes_an_ambiguous_one(habit):
    for seed in range(50):
        assert not is_ambiguous(habit(DIGITS[1], np.random.default_rng(seed)), 1)


@pytest.mark.parametrize("habit", [sevens.plain, sevens.hooked, sevens.curved, sevens.barred])
def test_no_habit_makes_an_ambiguous_seven(habit):
    for seed in range(50):
        assert not is_ambiguous(habit(DIGITS[7], np.random.default_rng(seed)), 7)
