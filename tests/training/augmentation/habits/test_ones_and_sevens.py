"""Ones and sevens, and what keeps them apart."""

import numpy as np
import pytest

from predictor.training.augmentation.habits import ones, sevens
from predictor.training.augmentation.habits.shapes import angle_of, resampled
from tests.training.augmentation.habits.samples import DIGITS, line

ONE, SEVEN = DIGITS[1], DIGITS[7]
FLAGGED = [ones.flag, ones.long_flag, ones.flag_and_foot]
UNBARRED = [sevens.plain, sevens.hooked, sevens.curved]


def drawn(habit, lines, n=40):
    return [habit(lines, np.random.default_rng(seed)) for seed in range(n)]


# Ones.


def test_a_plain_one_is_the_writers_stem():
    (lines,) = drawn(ones.plain, ONE, 1)
    assert len(lines) == 1
    assert np.allclose(lines[0][0], [0.55, 0.2], atol=0.02)
    assert np.allclose(lines[0][-1], [0.5, 0.8], atol=0.06)


@pytest.mark.parametrize("habit", FLAGGED)
def test_a_flag_slopes_clearly_and_its_corner_is_sharp(habit):
    for lines in drawn(habit, ONE, 100):
        top = int(lines[0][:, 1].argmin())
        flag, down = lines[0][0] - lines[0][top], lines[0][-1] - lines[0][top]
        assert flag[0] < 0
        assert ones.FLAG_LEAST - 1e-6 <= angle_of(flag) + 180 <= ones.FLAG_MOST + 1e-6
        assert angle_of(down) - (angle_of(flag)) <= ones.CORNER_MOST + 2
        bent = resampled(lines[0][: top + 1], 20) - lines[0][top]
        assert np.abs(bent @ [flag[1], -flag[0]] / np.linalg.norm(flag)).max() < 0.08 * np.linalg.norm(flag)


def test_long_flags_come_further_down_than_short_ones():
    short, long = (
        np.array([lines[0][0, 1] - 0.2 for lines in drawn(habit, ONE)]) / 0.6 for habit in (ones.flag, ones.long_flag)
    )
    assert short.max() < 0.45 < long.max()
    assert short.min() > 0.1
    assert long.min() > 0.4
    assert long.max() > 0.8


@pytest.mark.parametrize("habit", [ones.foot, ones.flag_and_foot])
def test_a_foot_lies_under_the_stem_and_is_level(habit):
    for _, foot in drawn(habit, ONE):
        end = ONE[0][-1]
        assert foot[0, 0] < end[0] < foot[-1, 0]
        assert np.abs(foot[:, 1] - end[1]).max() < 0.12
        assert abs(angle_of(foot[-1] - foot[0])) <= 10 + 1e-6


def test_crooked_or_leaning_ones_are_left_alone():
    crooked, leaning = (line((0.5, 0.2), (0.7, 0.5), (0.5, 0.8)),), (line((0.7, 0.3), (0.2, 0.7)),)
    for lines in (crooked, leaning, DIGITS[3]):
        for habit in (ones.plain, ones.foot, *FLAGGED):
            assert habit(lines, np.random.default_rng(1)) is None


# Sevens.


def test_the_bar_is_removed_only_where_there_is_one():
    (lines,) = drawn(sevens.plain, SEVEN, 1)
    assert lines == (SEVEN[0],)
    assert sevens.plain(SEVEN[:1], np.random.default_rng(1)) is None


@pytest.mark.parametrize("habit", [sevens.barred, sevens.hooked_and_barred])
def test_a_bar_crosses_the_stem_in_its_middle(habit):
    for body, bar in [*drawn(habit, SEVEN), *drawn(habit, SEVEN[:1])]:
        assert 0.35 < bar[:, 1].mean() < 0.65
        cross = body[int(np.abs(body[:, 1] - bar[:, 1].mean()).argmin()), 0]
        assert bar[0, 0] < cross < bar[-1, 0]
        assert abs(angle_of(bar[-1] - bar[0])) <= 18 + 1e-6


@pytest.mark.parametrize("habit", [sevens.hooked, sevens.hooked_and_barred])
def test_a_hook_comes_down_at_the_left_of_the_top(habit):
    for lines in drawn(habit, SEVEN):
        assert 0.04 < lines[0][0, 1] - 0.2 < 0.3 * 0.6
        assert abs(lines[0][0, 0] - 0.3) < 0.1


def test_a_curved_stem_bends_towards_the_upper_left():
    for lines in drawn(sevens.curved, SEVEN):
        corner = int((lines[0] @ [1.0, -1.0]).argmax())
        below = resampled(lines[0][corner:], 21)
        middle = (below[0] + below[-1]) / 2
        assert below[10, 0] < middle[0] - 0.02
        assert below[10, 1] < middle[1]


def test_a_bar_in_one_stroke_leaves_one_line_and_lies_high():
    for lines in drawn(sevens.bar_in_one_stroke, SEVEN):
        assert len(lines) == 1
        assert lines[0][-1, 1] < 0.2 + 0.6 * 0.65
        assert lines[0][-1, 0] > lines[0][:, 0].min() + 0.15


@pytest.mark.parametrize("habit", UNBARRED)
def test_a_top_without_bar_stays_level(habit):
    """By a margin to the flags of ones."""
    assert sevens.LEVEL_ALONE + 15 <= ones.FLAG_LEAST
    for rise in (0, 3, 6, 9, 12, 15, 25):
        lines = (line((0.3, 0.2 + 0.35 * np.tan(np.deg2rad(rise))), (0.65, 0.2), (0.45, 0.8)), SEVEN[1])
        assert (habit(lines, np.random.default_rng(1)) is None) == (rise > sevens.LEVEL_ALONE)


@pytest.mark.parametrize("habit", UNBARRED)
def test_a_round_seven_keeps_its_bar(habit):
    angles = np.linspace(-np.pi, 0, 20)
    top = np.stack((0.45 + 0.2 * np.cos(angles), 0.4 + 0.2 * np.sin(angles)), axis=1)
    assert habit((line(top, (0.45, 0.8)), SEVEN[1]), np.random.default_rng(1)) is None
