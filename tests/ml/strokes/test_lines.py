"""Strokes as they are sent become lines in the unit square, or a StrokesError."""

import math
from typing import Any

import numpy as np
import pytest

from predictor.ml.errors import MlError, StrokesError
from predictor.ml.strokes.lines import lines_of, pen_of


def sent(*lines: Any, size: Any = (280, 280), pen: Any = 18) -> dict[str, Any]:
    return {"size": list(size), "pen": pen, "lines": list(lines)}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((100, 100), [[0.1, 0.2], [0.5, 1]]),
        ((100, 200), [[0.3, 0.1], [0.5, 0.5]]),
        ((200, 100), [[0.05, 0.35], [0.25, 0.75]]),
    ],
    ids=["square", "tall", "wide"],
)
def test_lines_lie_in_the_unit_square_and_a_narrower_canvas_in_its_middle(size: Any, expected: Any) -> None:
    (line,) = lines_of(sent([[10, 20, 0], [50, 100, 16]], size=size))
    assert np.allclose(line, expected)


def test_lines_keep_their_order_and_empty_ones_and_times_do_not_count() -> None:
    found = lines_of(sent([[1, 1, 900], [2, 2, 5]], [], [[3, 3]], [[4, 4, 0], [5, 5]]))
    assert [len(line) for line in found] == [2, 1, 2]
    assert np.allclose(found[2] * 280, [[4, 4], [5, 5]])


@pytest.mark.parametrize(
    "strokes",
    [
        {},
        None,
        [],
        sent(),
        sent([]),
        sent([[1]]),
        sent([[]]),
        sent([1, 2]),
        sent([[1, 2], [3]]),
        sent([["a", "b"]]),
        sent([["1", "2"]]),
        sent(["12"]),
        sent([[[1], [2]]]),
        sent([[None, 1]]),
        sent([[[1, 2], [3, 4]]]),
        sent([[math.nan, 1]]),
        sent([[1, math.inf]]),
        sent([[10**400, 1]]),
        sent([[1e300, 1]]),
        sent([[1, 1]], size=[0, 280]),
        sent([[1, 1]], size=[280, -1]),
        sent([[1, 1]], size=[280]),
        sent([[1, 1]], size=["a", "b"]),
        sent([[1, 1]], size=[math.nan, 280]),
        sent([[1, 1]], size=[1e-320, 1e-320]),
        {"size": [280, 280], "pen": 18},
        {"pen": 18, "lines": [[[1, 1]]]},
        sent() | {"lines": 7},
        sent() | {"lines": {"a": 1}},
        sent() | {"lines": "ab"},
    ],
)
def test_anything_else_is_refused_with_a_sentence(strokes: Any) -> None:
    with pytest.raises(StrokesError, match=r"\.$") as caught:
        lines_of(strokes)
    assert isinstance(caught.value, MlError)
    assert isinstance(caught.value, ValueError)


def test_the_pen_is_relative_to_the_longer_side() -> None:
    assert pen_of(sent(size=(100, 200), pen=20)) == pytest.approx(0.1)


@pytest.mark.parametrize("pen", [0, -1, math.nan, "wide", None, 1e300, [1]])
def test_a_pen_without_a_width_is_refused(pen: Any) -> None:
    with pytest.raises(StrokesError):
        pen_of(sent(pen=pen))
