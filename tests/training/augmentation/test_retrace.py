"""The same drawing, traced in another way."""

import numpy as np
import pytest

from predictor.ml.strokes.lines import Line, Lines
from predictor.training.augmentation import retrace as module
from predictor.training.augmentation.retrace import retrace

ONE = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0], [4, 0]])
TWO = np.array([[0.0, 5], [0, 6], [0, 7], [0, 8]])
DOT = np.array([[9.0, 9]])
RING = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1], [0, 0.1]])
SHARES = ("SHUFFLED", "REVERSED", "BEGUN_ELSEWHERE", "JOINED", "SPLIT")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    for share in SHARES:
        monkeypatch.setattr(module, share, 1.0 if share == request.param else 0.0)


def traced(*lines: Line, n: int = 40) -> list[Lines]:
    return [retrace(lines, np.random.default_rng(seed)) for seed in range(n)]


def as_lists(lines: Lines) -> list[list[list[float]]]:
    return [line.tolist() for line in lines]


def test_most_drawings_stay_as_they_are() -> None:
    same = [as_lists(each) == as_lists((ONE, TWO)) for each in traced(ONE, TWO, n=300)]
    assert 0.6 < np.mean(same) < 0.9


def test_no_point_is_lost_and_none_moves() -> None:
    for each in traced(ONE, TWO, DOT, n=200):
        assert {tuple(point) for line in each for point in line.tolist()} == {
            tuple(point) for line in (ONE, TWO, DOT) for point in line.tolist()
        }


@pytest.mark.parametrize("only", ["REVERSED"], indirect=True)
def test_one_stroke_is_reversed(only: None) -> None:
    expected = [as_lists((ONE[::-1], TWO)), as_lists((ONE, TWO[::-1]))]
    found = [as_lists(each) for each in traced(ONE, TWO)]
    assert all(each in expected for each in found)
    assert all(each in found for each in expected)


@pytest.mark.parametrize("only", ["BEGUN_ELSEWHERE"], indirect=True)
def test_a_closed_stroke_begins_elsewhere_and_goes_round(only: None) -> None:
    found = [line for (line,) in traced(RING)]
    assert {tuple(line[0]) for line in found} == {tuple(point) for point in RING[1:-1]}
    for line in found:
        assert np.array_equal(line[0], line[-1])
        assert {*map(tuple, line)} == {*map(tuple, RING)}
    assert all(as_lists(each) == as_lists((ONE, DOT)) for each in traced(ONE, DOT))


@pytest.mark.parametrize("only", ["JOINED"], indirect=True)
def test_two_strokes_become_one(only: None) -> None:
    assert all(as_lists(each) == [[*ONE.tolist(), *TWO.tolist()]] for each in traced(ONE, TWO))
    assert all(as_lists(each) == as_lists((ONE,)) for each in traced(ONE)), "one stroke has no other"


@pytest.mark.parametrize("only", ["SPLIT"], indirect=True)
def test_one_stroke_becomes_two_that_meet(only: None) -> None:
    for first, second in traced(ONE):
        assert first[-1].tolist() == second[0].tolist()
        assert np.array_equal(np.concatenate((first, second[1:])), ONE)
    assert all(len(each) == 1 for each in traced(DOT)), "a dot has no middle"


@pytest.mark.parametrize("only", ["SHUFFLED"], indirect=True)
def test_strokes_come_in_any_order_and_direction(only: None) -> None:
    assert len({str(as_lists(each)) for each in traced(ONE, TWO, n=200)}) == 8
