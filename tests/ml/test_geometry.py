"""What a drawing's form alone says."""

import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from predictor.ml.geometry import Geometry, measure
from predictor.ml.images import Pixels, normalise
from tests.ml import handmade


def pixels(*rows: str) -> Pixels:
    """Rows of a picture, `#` ink, in the middle of 28×28."""
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
        share=18 / 36, height=4, depth=1, pieces=2, second=4 / 18, gap=3, holes=1, across=3, down=2
    )


def test_depth_counts_the_layers_of_the_widest_place():
    assert [measure(pixels(*["#" * side] * side)).depth for side in (1, 2, 3, 5, 9)] == [1, 1, 2, 3, 5]


def test_what_touches_by_a_corner_is_one_piece():
    found = measure(pixels("###...", "###...", "...###", "...###"))
    assert (found.pieces, found.gap) == (1, 0)


def test_specks_are_no_pieces_and_single_pixels_no_holes():
    found = measure(pixels("###...", "#.#..#", "###..."))
    assert (found.pieces, found.second, found.holes) == (1, 0, 0)


@pytest.mark.parametrize(
    ("shape", "holes"), [(("##", "##"), 0), (("####", "#..#", "####"), 1), (("#####", "#.#.#"), 0)]
)
def test_holes_are_enclosed_paper(shape, holes):
    assert measure(pixels(*shape)).holes == holes


def test_ink_may_touch_every_edge_of_the_picture():
    found = measure(np.full((28, 28), 255, np.uint8))
    assert (found.share, found.height, found.pieces, found.holes, found.across) == (1, 28, 1, 0, 1)


def test_faint_specks_alone_are_measured_too():
    faint = np.zeros((28, 28), np.uint8)
    faint[10, 10] = 255
    assert measure(faint).pieces == 0


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
def test_a_digit_could_be_one(digit):
    assert measure(digit).is_digit_like


@pytest.mark.parametrize(
    "junk",
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
def test_junk_could_not(junk):
    assert not measure(junk).is_digit_like


def test_it_costs_next_to_nothing():
    start = time.perf_counter()
    for _ in range(100):
        measure(handmade.SEEN)
    assert (time.perf_counter() - start) / 100 < 0.005, "0.08 ms, and sixty times that on a busy machine"
