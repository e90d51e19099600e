"""The trajectory of a drawing does not depend on its size, place and sampling, but on order and direction."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from predictor.ml.errors import StrokesError
from predictor.ml.strokes.lines import lines_of
from predictor.ml.strokes.trajectory import CHANNELS, POINTS, trajectory
from tests import hands

SEVEN = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 2.0]])
BAR = np.array([[0.2, 1.0], [0.9, 1.0]])
X, Y, COS, SIN, LIFTED, BEGINS = range(CHANNELS)


def densely(line: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    at = np.sort(np.concatenate((along, np.random.default_rng(n).uniform(0, along[-1], n))))
    return np.stack([np.interp(at, along, axis) for axis in line.T], axis=1)


def test_it_has_a_fixed_shape_and_lies_in_the_square_around_0() -> None:
    found = trajectory([SEVEN, BAR])
    assert found.shape == (POINTS, CHANNELS)
    assert found.dtype == np.float32
    assert found[:, Y].min() == -1
    assert found[:, Y].max() == pytest.approx(1, abs=0.05), "a corner may lie between two points"
    assert np.abs(found[:, X]).max() <= 0.5 + 1e-6, "the shorter side keeps its proportion, in the middle"


@pytest.mark.parametrize("scale", [1e-6, 0.3, 1e6])
def test_size_and_place_do_not_matter(scale: float) -> None:
    moved = [scale * (line + np.array((3, -5))) for line in (SEVEN, BAR)]
    assert np.allclose(trajectory(moved), trajectory([SEVEN, BAR]), atol=1e-4)


@pytest.mark.parametrize("n", [1, 40, 10_000])
def test_the_sampling_does_not_matter(n: int) -> None:
    assert np.allclose(trajectory([densely(SEVEN, n)]), trajectory([SEVEN]), atol=1e-5)


def test_points_that_are_sent_twice_do_not_matter() -> None:
    assert np.allclose(trajectory([np.repeat(SEVEN, 3, axis=0)]), trajectory([SEVEN]), atol=1e-6)


def test_the_direction_is_that_in_which_the_pen_moves() -> None:
    found = trajectory([SEVEN])
    assert np.allclose(found[0, [COS, SIN]], [1, 0], atol=1e-6)
    down = np.array([-0.5, 2]) / np.hypot(0.5, 2)
    assert np.allclose(found[-1, [COS, SIN]], down, atol=1e-5)
    assert np.allclose(np.hypot(found[:, COS], found[:, SIN]), 1, atol=1e-5)
    assert np.allclose(trajectory([SEVEN[::-1]])[-1, [COS, SIN]], [-1, 0], atol=1e-6)


def test_the_pen_is_lifted_between_two_strokes_and_each_beginning_is_marked() -> None:
    found = trajectory([SEVEN, BAR])
    begins = np.flatnonzero(found[:, BEGINS])
    assert begins[0] == 0
    assert len(begins) == 2
    lifted = np.flatnonzero(found[:, LIFTED])
    assert lifted.tolist() == [*range(lifted[0], begins[1])]
    assert np.allclose(found[begins[1], [COS, SIN]], [1, 0], atol=1e-5)
    assert not trajectory([SEVEN])[:, LIFTED].any()
    assert trajectory([SEVEN])[:, BEGINS].sum() == 1


def test_order_and_direction_matter() -> None:
    ways = [[SEVEN, BAR], [BAR, SEVEN], [SEVEN[::-1], BAR], [np.concatenate((SEVEN, BAR))]]
    found = [trajectory(way).tobytes() for way in ways]
    assert len(set(found)) == 4


def test_taps_beside_strokes_are_left_out() -> None:
    assert np.array_equal(trajectory([BAR[:1], SEVEN, np.zeros((5, 2))]), trajectory([SEVEN]))


@pytest.mark.parametrize(
    "lines",
    [[], [BAR[:1]], [np.zeros((9, 2))], [BAR[:1], SEVEN[:1]], [np.array([[0, 0], [1e-300, 0]])]],
    ids=["nothing", "a dot", "a dot that was held", "two dots", "no length"],
)
def test_nothing_is_read_of_what_has_no_length(lines: Any) -> None:
    with pytest.raises(StrokesError, match="no length"):
        trajectory(lines)


def test_a_straight_line_and_one_that_stands_still_at_its_ends_are_read() -> None:
    found = trajectory([np.array([[1, 1], [1, 1], [1, 5], [1, 5]], float)])
    assert not found[:, X].any()
    assert np.allclose(found[:, Y], np.linspace(-1, 1, POINTS), atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_scribbled_is_finite(seed: int) -> None:
    random = np.random.default_rng(seed)
    lines = [
        (10.0 ** random.uniform(-6, 5) * random.normal(size=(random.integers(1, 600), 2))).tolist()
        for _ in range(random.integers(1, 40))
    ]
    found = trajectory(lines_of({"size": [280, 300], "pen": 1, "lines": lines}))
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1 + 1e-5


def test_times_do_not_matter() -> None:
    lines = [[[float(x), float(y), t] for t, (x, y) in zip((900, -5, 3), SEVEN, strict=True)]]
    assert np.array_equal(trajectory(lines_of({"size": [3, 3], "pen": 1, "lines": lines})), trajectory([SEVEN / 3]))


def test_digits_of_one_kind_resemble_each_other() -> None:
    ours, theirs = ([trajectory(hands.write(digit, writer).lines) for digit in (1, 3, 7)] for writer in "ab")
    distances = np.array([[np.abs(a - b).mean() for b in theirs] for a in ours])
    assert distances.argmin(axis=1).tolist() == [0, 1, 2]
