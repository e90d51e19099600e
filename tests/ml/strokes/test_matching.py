"""Strokes and the picture that came with them either belong together or they do not."""

from typing import Any

import numpy as np
import pytest

from predictor.ml.errors import StrokesError
from predictor.ml.images import Pixels, normalise
from predictor.ml.strokes.drawing import CANVAS, render
from predictor.ml.strokes.lines import Line, Lines, lines_of, pen_of
from predictor.ml.strokes.matching import RESEMBLES, same_drawing, similarity
from tests import hands

DRAWN = [hands.write(digit, writer) for digit in range(10) for writer in "abc"]


def sent(lines: Any, pen: float = 18, side: float = CANVAS) -> tuple[Lines, float]:
    """Lines and pen, read as they are sent."""
    strokes = {"size": [side, side], "pen": pen * side / CANVAS, "lines": [(line * side).tolist() for line in lines]}
    return lines_of(strokes), pen_of(strokes)


def picture(lines: Any, pen: float = 18) -> Pixels:
    return normalise(render(lines, pen=pen))


def scaled(lines: Any, size: float) -> list[Line]:
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    return [(line - low) * (size / extent) + 0.05 for line in lines]


@pytest.mark.parametrize("pen", [12, 18, 26])
def test_what_belongs_together_does_with_each_of_the_pages_pens(pen: float) -> None:
    for drawing in DRAWN:
        assert same_drawing(*sent(drawing.lines, pen), picture(drawing.lines, pen)), drawing.label


@pytest.mark.parametrize("size", [0.15, 0.9])
def test_the_size_of_the_digit_does_not_matter(size: float) -> None:
    for drawing in DRAWN:
        lines = scaled(drawing.lines, size)
        assert same_drawing(*sent(lines, side=900), picture(lines)), drawing.label


def test_fast_strokes_of_few_points_are_curved_as_on_the_page() -> None:
    for drawing in DRAWN:
        lines = [
            line[np.linspace(0, len(line) - 1, 7).astype(int)] if len(line) > 7 else line for line in drawing.lines
        ]
        assert same_drawing(*sent(lines), picture(lines)), drawing.label


def test_what_leaves_the_canvas_is_not_in_the_picture() -> None:
    outside = [np.array([[0.2, 0.5], [0.9, 0.2], [1.6, -0.4]]), np.array([[0.2, 0.6], [0.8, 0.9]])]
    assert same_drawing(*sent(outside), picture(outside))


def test_a_dot_is_a_drawing_too() -> None:
    dot = [np.array([[0.4, 0.6]])]
    assert same_drawing(*sent(dot), picture(dot))
    assert not same_drawing(*sent(dot), picture(DRAWN[0].lines))


def test_other_digits_are_other_drawings() -> None:
    pictures = [picture(each.lines) for each in DRAWN]
    for drawing in DRAWN:
        others = [p for each, p in zip(DRAWN, pictures, strict=True) if each.label != drawing.label]
        assert not any(same_drawing(*sent(drawing.lines), p) for p in others), drawing.label


def test_half_of_a_drawing_is_not_the_drawing() -> None:
    four = hands.write(4, "a").lines
    assert len(four) > 1
    assert not same_drawing(*sent(four[:1]), picture(four))


def test_similarity_is_a_number_that_is_compared() -> None:
    one, other = DRAWN[3].lines, DRAWN[12].lines
    assert similarity(*sent(one), picture(other)) < RESEMBLES <= similarity(*sent(one), picture(one)) <= 1
    with pytest.raises(StrokesError):
        similarity(*sent([np.full((2, 2), -3.0)]), picture(one))


def test_what_cannot_be_seen_is_no_drawing() -> None:
    outside = [np.array([[-3.0, -3.0], [-2.8, -2.8]])]
    assert not same_drawing(*sent(outside), picture(DRAWN[0].lines))


def test_ten_thousand_points_are_no_drawing_of_a_digit() -> None:
    scrawl = np.random.default_rng(1).random((10_000, 2))
    assert not same_drawing(*sent([scrawl]), picture(DRAWN[0].lines))
