"""The table of habits, and what holds for all of them."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predictor.ml.images import normalise, to_images
from predictor.ml.strokes.drawing import render
from predictor.training.augmentation.habits import (
    HABITS,
    apply,
    eights,
    fives,
    fours,
    nines,
    ones,
    pens,
    sevens,
    sixes,
    table,
    threes,
    twos,
    zeros,
)
from predictor.training.augmentation.habits.table import ANY, of_digit
from predictor.training.classifiers.features import features
from tests.training.augmentation.habits.samples import DIGITS

ROOMS = (zeros, ones, twos, threes, fours, fives, sixes, sevens, eights, nines)
CASES = [(habit, digit) for habit in HABITS for digit in (DIGITS if habit.digit is None else [habit.digit])]
IDS = [f"{habit.name}-{digit}" for habit, digit in CASES]


def drawn(habit, digit, seed):
    return habit.drawn(DIGITS[digit], np.random.default_rng(seed))


def test_every_habit_is_in_the_table_once():
    written = {
        function
        for room in (*ROOMS, pens)
        for name, function in inspect.getmembers(room, inspect.isfunction)
        if function.__module__ == room.__name__ and not name.startswith("_")
    }
    assert len(HABITS) == len(written)
    assert {habit.change for habit in HABITS} == written
    assert len({habit.name for habit in HABITS}) == len(HABITS)


def test_a_digits_habits_are_in_its_own_module():
    for habit in HABITS:
        assert habit.change.__module__ == (pens if habit.digit is None else ROOMS[habit.digit]).__name__


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_has_habits_and_some_drawings_without_any(digit):
    shares = [habit.share for habit in of_digit(digit)]
    assert shares
    assert min(shares) > 0
    assert sum(shares) < 1


@pytest.mark.parametrize(("habit", "digit"), CASES, ids=IDS)
def test_a_habit_changes_the_drawing_and_stays_in_its_box(habit, digit):
    before = DIGITS[digit]
    points = np.concatenate(before)
    room = np.ptp(points, axis=0).max()
    for seed in range(15):
        lines = drawn(habit, digit, seed)
        assert lines is not None
        after = np.concatenate(lines)
        assert all(line.ndim == 2 and line.shape[1] == 2 and len(line) for line in lines)
        assert np.isfinite(after).all()
        assert after.min() >= 0
        assert after.max() <= 1
        assert np.ptp(after, axis=0).max() <= room + 1e-9
        assert after.shape != points.shape or not np.allclose(after, points)


@pytest.mark.parametrize(("habit", "digit"), CASES, ids=IDS)
def test_the_seed_alone_decides_and_the_original_stays(habit, digit):
    before = [line.copy() for line in DIGITS[digit]]
    one, same, other = (np.concatenate(drawn(habit, digit, seed)) for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    if habit.change not in (ones.plain, sevens.plain, fives.in_one_stroke):  # nothing in these varies
        assert one.shape != other.shape or not np.allclose(one, other)
    assert all(np.array_equal(line, was) for line, was in zip(DIGITS[digit], before, strict=True))


# A mark in a zero, or what a one or seven begins with, makes another picture: see the tests of these.
ALIKE = [case for case in CASES if case[1] not in (0, 1, 7)]


@pytest.mark.parametrize(("habit", "digit"), ALIKE, ids=[f"{habit.name}-{digit}" for habit, digit in ALIKE])
def test_a_picture_is_most_like_its_own_digit(habit, digit, sorts):
    copies = np.array([normalise(render(drawn(habit, digit, seed))) for seed in range(5)])
    nearest = (features(to_images(copies)) @ sorts.T).argmax(axis=1)
    assert nearest.tolist() == [digit] * 5


@pytest.fixture(scope="module")
def sorts():
    return features(to_images(np.array([normalise(render(lines)) for lines in DIGITS.values()])))


def shape(lines):
    return [line.tolist() for line in lines]


LINES = arrays(float, st.tuples(st.integers(1, 20), st.just(2)), elements=st.floats(0, 1))


@given(
    st.lists(LINES, min_size=1, max_size=3),
    st.integers(0, 9),
    st.integers(0, 1000),
)
@settings(max_examples=50, deadline=None)
def test_scribbles_are_left_alone_or_stay_on_the_canvas(lines, digit, seed):
    for habit in (*of_digit(digit), *ANY):
        changed = habit.drawn(tuple(lines), np.random.default_rng(seed))
        if changed is not None:
            points = np.concatenate(changed)
            assert np.isfinite(points).all()
            assert points.min() >= 0
            assert points.max() <= 1


@pytest.mark.parametrize("digit", range(10))
def test_a_dot_and_strokes_on_one_spot_can_be_drawn(digit):
    dot, spot = np.array([[0.5, 0.5]]), np.full((9, 2), 0.5)
    for lines in ((dot,), (spot,), (spot, dot)):
        for seed in range(30):
            assert np.isfinite(np.concatenate(apply(lines, digit, np.random.default_rng(seed)))).all()


# What training asks.


@pytest.mark.parametrize("digit", range(10))
def test_the_habits_of_a_digit_appear_in_their_shares(digit, monkeypatch):
    monkeypatch.setattr(table, "ANY", ())
    random = np.random.default_rng(digit)
    n = 500
    changed = sum(apply(DIGITS[digit], digit, random) is not DIGITS[digit] for _ in range(n)) / n
    assert abs(changed - sum(habit.share for habit in of_digit(digit))) < 4 * np.sqrt(0.25 / n)


def test_a_drawing_that_no_habit_fits_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(table, "ANY", ())
    for digit in range(10):
        other = DIGITS[1 if digit in (0, 4, 5, 7) else 4]
        for seed in range(20):
            assert shape(apply(other, digit, np.random.default_rng(seed))) == shape(other)


def test_the_same_seed_applies_the_same_habits():
    for digit, lines in DIGITS.items():
        once, again = (
            [shape(apply(lines, digit, np.random.default_rng([digit, seed]))) for seed in range(20)] for _ in range(2)
        )
        assert once == again
        assert len({str(each) for each in once}) > 5
