"""Measures of a drawing's shape."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from predictor.ml.geometry import Geometry, measure
from predictor.ml.images import Pixels, normalise
from tests.ml import handmade


def pixels(*rows: str) -> Pixels:
    """Rows of a picture, with `#` for ink, in the middle of 28×28."""
    top, left = (28 - len(rows)) // 2, (28 - len(rows[0])) // 2
    found = np.zeros((28, 28), np.uint8)
    for number, row in enumerate(rows, top):
        found[number, left : left + len(row)] = [255 * (sign == "#") for sign in row]
    return found


def drawn(*shapes: tuple[str, tuple[int, ...]], pen: int = 18) -> Pixels:
    """Pillow's shapes on a canvas of 280, black on white, normalised: `("line", (x, y, x, y))`, `("rectangle", …)`."""
    picture = Image.new("L", (280, 280), 255)
    canvas = ImageDraw.Draw(picture)
    for name, place in shapes:
        if name == "line":
            canvas.line(place, fill=0, width=pen)
        elif name == "ring":
            canvas.ellipse(place, outline=0, width=pen)
        else:
            getattr(canvas, name)(place, fill=0)
    return normalise(np.asarray(picture))


ZERO = ("ring", (90, 50, 190, 230))
ONE = ("line", (140, 40, 140, 240))


def test_every_measure_of_a_small_drawing():
    found = measure(
        pixels(
            "#####...#",
            "#...#...#",
            "#...#...#",
            "#####...#",
        )
    )
    assert found == Geometry(
        density=18 / 36,
        height=4,
        depth=1,
        components=2,
        second_share=4 / 18,
        gap=3,
        holes=1,
        across=3,
        down=2,
        is_several=True,
    )


def test_depth_counts_layers_at_the_widest_place():
    assert [measure(pixels(*["#" * side] * side)).depth for side in (1, 2, 3, 5, 9)] == [1, 1, 2, 3, 5]


def test_parts_that_touch_at_a_corner_are_one_component():
    found = measure(pixels("###...", "###...", "...###", "...###"))
    assert (found.components, found.gap) == (1, 0)


def test_specks_are_not_components_and_single_pixels_are_not_holes():
    found = measure(pixels("###...", "#.#..#", "###..."))
    assert (found.components, found.second_share, found.holes) == (1, 0, 0)


@pytest.mark.parametrize(
    ("shape", "holes"), [(("##", "##"), 0), (("####", "#..#", "####"), 1), (("#####", "#.#.#"), 0)]
)
def test_holes_are_enclosed_paper(shape, holes):
    assert measure(pixels(*shape)).holes == holes


def test_ink_may_touch_every_edge_of_the_picture():
    found = measure(np.full((28, 28), 255, np.uint8))
    assert (found.density, found.height, found.components, found.holes, found.across) == (1, 28, 1, 0, 1)


def test_a_single_speck_can_be_measured():
    faint = np.zeros((28, 28), np.uint8)
    faint[10, 10] = 255
    assert measure(faint).components == 0


@pytest.mark.parametrize(
    "digit",
    [
        handmade.SEEN,
        drawn(ZERO),
        drawn(ZERO, pen=34),
        drawn(ONE),
        drawn(ONE, pen=40),
        drawn(ONE, pen=3),
        drawn(("line", (60, 60, 220, 60)), ("line", (80, 60, 80, 150)), ("line", (90, 165, 200, 165))),
    ],
    ids=["3", "0", "bold 0", "1", "bold 1", "hairline 1", "in two near strokes"],
)
def test_digits_are_digit_like(digit):
    assert measure(digit).is_digit_like


@pytest.mark.parametrize(
    "other",
    [
        drawn(("rectangle", (60, 60, 220, 220))),
        drawn(("rectangle", (80, 40, 200, 240))),
        drawn(("ellipse", (60, 60, 220, 220))),
        drawn(("ellipse", (130, 130, 150, 150))),
        drawn(("line", (40, 140, 240, 140))),
        drawn(("ring", (20, 90, 90, 200)), ("ring", (180, 90, 250, 200))),
        drawn(("ellipse", (20, 20, 40, 40)), ("ellipse", (220, 240, 240, 260))),
        drawn(*(("line", (x, 60, x, 200)) for x in range(20, 270, 40))),
        drawn(
            *(("line", (x, 30, x, 250)) for x in (60, 140, 220)), *(("line", (30, y, 250, y)) for y in (60, 140, 220))
        ),
    ],
    ids=["square", "oblong", "disc", "dot", "dash", "two rings apart", "two dots", "seven strokes", "grid"],
)
def test_other_shapes_are_not_digit_like(other):
    assert not measure(other).is_digit_like


@pytest.mark.parametrize(
    "digits",
    [
        drawn(("line", (100, 40, 100, 240)), ("line", (180, 60, 180, 240))),
        drawn(("line", (30, 60, 30, 220)), ("ring", (60, 60, 130, 220)), ("ring", (150, 70, 220, 220))),
        drawn(("ring", (90, 20, 160, 120)), ("ring", (90, 150, 160, 260))),
    ],
    ids=["11", "100", "one above the other"],
)
def test_digits_beside_or_above_one_another_are_several(digits):
    assert measure(digits).is_several


@pytest.mark.parametrize(
    "other",
    [
        handmade.SEEN,
        drawn(ZERO),
        drawn(("line", (60, 60, 220, 60)), ("line", (80, 60, 80, 150)), ("line", (90, 165, 200, 165))),
        drawn(("line", (80, 60, 80, 150)), ("line", (80, 150, 200, 150)), ("line", (220, 40, 220, 240))),
        drawn(("line", (140, 40, 140, 130)), ("line", (140, 160, 140, 240))),
        drawn(*(("line", (x, 60, x, 200)) for x in range(20, 270, 40))),
    ],
    ids=["3", "0", "in two near strokes", "open 4 with a gap", "broken 1", "seven strokes"],
)
def test_one_digit_in_pieces_is_not_several_and_a_row_of_strokes_neither(other):
    assert not measure(other).is_several
