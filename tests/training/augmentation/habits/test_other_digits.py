"""Twos to sixes, eights and nines."""

import numpy as np
import pytest

from predictor.training.augmentation.habits import eights, fives, fours, nines, sixes, threes, twos
from predictor.training.augmentation.habits.shapes import along, bend, length, resampled
from tests.training.augmentation.habits.samples import DIGITS


def drawn(habit, digit, n=30):
    return [habit(DIGITS[digit], np.random.default_rng(seed)) for seed in range(n)]


def crosses_itself(line, where):
    """Whether two pieces of the line, of those whose points lie in the box `where`, cross each other."""
    points = resampled(line, 120)
    low, high = np.array(where)
    inside = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    steps = [(points[i], points[i + 1], i) for i in inside if i + 1 < len(points)]
    return any(abs(i - j) > 3 and _cross(a, b, c, d) for a, b, i in steps for c, d, j in steps)


def _cross(a, b, c, d):
    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


LOWER_LEFT = ((0.0, 0.6), (0.5, 1.0))


def test_a_looped_two_crosses_itself_at_the_lower_left():
    assert not crosses_itself(DIGITS[2][0], LOWER_LEFT)
    for (line,) in drawn(twos.looped, 2):
        assert crosses_itself(line, LOWER_LEFT)


def test_a_cornered_two_has_a_straight_base_without_a_loop():
    for (looped,) in drawn(twos.looped, 2, 10):
        (line,) = twos.cornered((looped,), np.random.default_rng(1))
        assert not crosses_itself(line, LOWER_LEFT)
        base = line[int((line @ [-1, 1]).argmax()) :]
        assert bend(base) < 0.1 * length(base)


def test_a_flat_three_begins_with_a_level_stroke_and_keeps_its_lower_bowl():
    for (line,) in drawn(threes.flat_top, 3):
        corner = int((line[:25] @ [1.0, -1.0]).argmax())
        assert corner > 3
        assert np.ptp(line[: corner + 1, 1]) < 0.08
        assert bend(line[: corner + 1]) < 0.02
        assert np.allclose(line[-10:], resampled(DIGITS[3][0], 60)[-10:])


def gap_at_the_top(lines):
    angle, stem = lines
    return np.linalg.norm(stem - angle[0], axis=1).min()


def test_fours_are_opened_and_closed():
    for lines in drawn(fours.opened, 4):
        assert gap_at_the_top(lines) > 0.1
    for lines in drawn(fours.closed, 4):
        assert gap_at_the_top(lines) < 0.05


def test_a_fours_bar_goes_on_beyond_the_stem():
    for angle, stem in drawn(fours.crossed_beyond, 4):
        corner = angle[:, 0].min()
        cross = stem[int(np.abs(stem[:, 1] - angle[-1, 1]).argmin()), 0]
        assert 0.3 < (angle[-1, 0] - cross) / (cross - corner) < 0.9


def test_fours_in_one_stroke_have_the_same_habits():
    angle, stem = DIGITS[4]
    once = (np.concatenate((angle, stem)),)
    for habit in (fours.opened, fours.closed, fours.crossed_beyond):
        assert len(habit(once, np.random.default_rng(1))) == 2


def test_a_five_in_one_stroke_begins_at_the_right_of_its_hat():
    (lines,) = drawn(fives.in_one_stroke, 5, 1)
    (line,) = lines
    assert np.allclose(line[0], [0.68, 0.2])
    assert np.allclose(line[-1], DIGITS[5][0][-1])


@pytest.mark.parametrize("strokes", [1, 2])
def test_a_detached_hat_leaves_a_gap(strokes):
    body, hat = DIGITS[5]
    lines = (body, hat) if strokes == 2 else (np.concatenate((hat[::-1], body[1:])),)
    for seed in range(30):
        body, hat = fives.hat_detached(lines, np.random.default_rng(seed))
        apart = np.linalg.norm(body[:, None] - hat[None], axis=2).min()
        assert 0.01 < apart < 0.12


def test_a_sixs_top_is_shorter_but_no_zeros():
    before = resampled(DIGITS[6][0], 60)
    bowl = 0.32  # of the sample
    for (line,) in drawn(sixes.short_top, 6):
        height = np.ptp(line[:, 1])
        assert height < 0.95 * np.ptp(before[:, 1])
        assert height - bowl >= sixes.LEAST * bowl - 0.02
        assert np.allclose(line[-20:], before[-20:], atol=0.02)


def test_an_eight_begins_where_it_says():
    top, right, middle = (
        [np.array([line[0] for (line,) in drawn(habit, 8)]) for habit in habits]
        for habits in ([eights.begun_at_the_top], [eights.begun_at_the_right], [eights.begun_in_the_middle])
    )
    assert (top[0][:, 1] < 0.3).all()
    assert (right[0][:, 0] > 0.55).all()
    assert (right[0][:, 1] < 0.5).all()
    assert (np.linalg.norm(middle[0] - 0.5, axis=1) < 0.1).all()


def test_an_eight_that_is_begun_elsewhere_is_the_same_path():
    for habit in (eights.begun_at_the_top, eights.begun_at_the_right, eights.begun_in_the_middle):
        for (line,) in drawn(habit, 8):
            apart = np.linalg.norm(line[:, None] - DIGITS[8][0][None], axis=2).min(axis=1)
            assert np.sort(apart)[: int(0.75 * len(apart))].max() < 0.03
            assert abs(length(line) / length(DIGITS[8][0]) - 1) < 0.15


def test_two_rings_stand_on_each_other_and_both_close():
    for upper, lower in drawn(eights.two_rings, 8):
        for ring in (upper, lower):
            turn = np.unwrap(np.arctan2(*(ring - (ring.max(axis=0) + ring.min(axis=0)) / 2).T))
            assert 330 < abs(np.rad2deg(turn[-1] - turn[0])) < 395
        assert abs(upper[:, 1].max() - lower[:, 1].min()) < 0.12
        assert upper[:, 1].mean() < 0.5 < lower[:, 1].mean()


def test_a_nines_leg_is_straight_or_turns_left():
    for (line,) in drawn(nines.straight_leg, 9):
        where = along(line)
        assert bend(line[where > where[-1] - 0.4]) < 0.03
    for (line,) in drawn(nines.curved_leg, 9):
        assert line[-1, 0] < 0.65 - 0.05
        lowest = int(line[:, 1].argmax())
        assert lowest < len(line) - 1
        assert line[lowest, 1] == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(
    ("habit", "digit"),
    [(twos.looped, 7), (threes.flat_top, 2), (fours.closed, 5), (sixes.short_top, 0), (eights.two_rings, 3),
     (nines.straight_leg, 4), (fives.hat_detached, 6)],
)  # fmt: skip
def test_strokes_of_another_form_are_left_alone(habit, digit):
    assert habit(DIGITS[digit], np.random.default_rng(1)) is None
