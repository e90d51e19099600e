"""Pen strokes from a file, rendered as the page draws them."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from predictor.ml.images import normalise
from predictor.ml.strokes.drawing import SIDE, render
from predictor.training.data.strokes import draw, read_strokes
from predictor.training.errors import DatasetError
from tests import drawings

ROWS = [
    {"label": 3, "writer": "a", "strokes": [[[x * 500 / 280, y * 500 / 280] for x, y in drawings.THREE]]},
    {"label": 1, "writer": "b", "strokes": [[[250, 100], [250, 400, 17]]]},
    {"label": 0, "writer": "b", "strokes": [[[250, 250]], [[300, 250], [310, 250]]]},
]


def written(path: Path, rows: list[object], *, packed: bool = True) -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_is_read_gzipped_or_not(tmp_path, packed):
    read = read_strokes(written(tmp_path / "strokes", ROWS, packed=packed))
    assert [(drawing.label, drawing.writer, len(drawing.lines)) for drawing in read] == [
        (3, "a", 1),
        (1, "b", 1),
        (0, "b", 2),
    ]
    assert read[1].lines[0].tolist() == [[0.5, 0.2], [0.5, 0.8]]


def test_a_drawing_is_rendered_black_on_white_with_the_pages_size_and_pen(tmp_path):
    one = render(read_strokes(written(tmp_path / "strokes", ROWS))[1].lines)
    assert one.shape == (SIDE, SIDE)
    assert (one.min(), one.max()) == (0, 255)
    middle = one[SIDE // 2]
    assert (middle < 128).sum() == pytest.approx(18 * SIDE / 280, abs=1)
    rows = np.flatnonzero((one < 128).any(axis=1))
    assert (rows[0], rows[-1]) == (
        pytest.approx((0.2 - 9 / 280) * SIDE, abs=1),
        pytest.approx((0.8 + 9 / 280) * SIDE, abs=1),
    )


def test_a_wider_pen_leaves_more_ink(tmp_path):
    (three, *_) = read_strokes(written(tmp_path / "strokes", ROWS))
    ink = [int((render(three.lines, pen=pen) < 128).sum()) for pen in (8, 18, 30)]
    assert ink == sorted(ink)
    assert ink[2] > 2 * ink[0]


def test_the_finest_pen_leaves_a_hairline(tmp_path):
    (three, *_) = read_strokes(written(tmp_path / "strokes", ROWS))
    fine, hairline = (render(three.lines, pen=pen).min() for pen in (2, 0.01))
    assert fine < hairline < 255


def test_a_drawing_can_be_rendered_at_any_size(tmp_path):
    (three, *_) = read_strokes(written(tmp_path / "strokes", ROWS))
    large = render(three.lines, side=3 * SIDE)
    assert large.shape == (3 * SIDE, 3 * SIDE)
    assert np.abs(large.reshape(SIDE, 3, SIDE, 3).mean(axis=(1, 3)) - render(three.lines)).mean() < 1


def test_a_tap_is_a_dot(tmp_path):
    (dot, _) = read_strokes(written(tmp_path / "strokes", ROWS))[2].lines
    assert (render([dot]) < 128).sum() == pytest.approx(np.pi * (9 * SIDE / 280) ** 2, rel=0.15)


def test_curves_round_off_the_corners_between_points():
    corner = np.array([[0.2, 0.8], [0.5, 0.2], [0.8, 0.8]])
    assert (render([corner])[: int(0.25 * SIDE)] == 255).all(), "the middle point only attracts the curve"


def test_drawings_become_a_dataset_normalised_as_the_server_does(tmp_path):
    read = read_strokes(written(tmp_path / "strokes", ROWS))
    data = draw(read, pen=18)
    assert data.labels.tolist() == [3, 1, 0]
    assert (data.pixels[0] == normalise(render(read[0].lines))).all()


def test_the_page_and_this_module_draw_alike():
    """`bench/page.png` is what the page sends for the strokes in `bench/page.json`; a test in tests/js ensures that."""
    directory = Path(__file__).parents[3] / "bench"
    strokes = json.loads((directory / "page.json").read_text())
    lines = [np.array(line)[:, :2] / strokes["size"][0] for line in strokes["lines"]]
    from predictor.ml.pictures import decode

    ours, theirs = (
        normalise(render(lines, pen=strokes["pen"])),
        normalise(decode((directory / "page.png").read_bytes())),
    )
    assert np.abs(ours.astype(int) - theirs).mean() < 3


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{", "line 2"),
        ({"writer": "a", "strokes": [[[1, 2]]]}, "line 2.*label"),
        ({"label": 10, "writer": "a", "strokes": [[[1, 2]]]}, "line 2.*10 is not a digit"),
        ({"label": True, "writer": "a", "strokes": [[[1, 2]]]}, "line 2.*not a digit"),
        ({"label": 1, "strokes": [[[1, 2]]]}, "line 2.*writer"),
        ({"label": 1, "writer": "a", "strokes": []}, "line 2.*no strokes"),
        ({"label": 1, "writer": "a", "strokes": [[]]}, "line 2.*not a list of points"),
        ({"label": 1, "writer": "a", "strokes": [[[1]]]}, "line 2.*not a list of points"),
        ({"label": 1, "writer": "a", "strokes": [[["x", 2]]]}, "line 2"),
        ({"label": 1, "writer": "a", "strokes": [[[None, 2]]]}, "line 2"),
        ([1], "line 2"),
    ],
    ids=str,
)
def test_a_malformed_line_is_named(tmp_path, row, what):
    with pytest.raises(DatasetError, match=what):
        read_strokes(written(tmp_path / "strokes", [ROWS[0], row]))


def test_a_missing_damaged_or_empty_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match="strokes is missing"):
        read_strokes(tmp_path / "strokes")
    path = written(tmp_path / "strokes", ROWS)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DatasetError, match="strokes is damaged"):
        read_strokes(path)
    with pytest.raises(DatasetError, match="holds no drawing"):
        read_strokes(written(path, []))
