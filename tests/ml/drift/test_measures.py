import numpy as np
import pytest

from predictor.ml.drift.measures import CHUNK, extent, measure
from tests.ml.drift.shapes import bar, stroke


def test_ink_is_the_mean_level():
    drawings = np.stack([bar(), bar(width=2), np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])
    assert measure(drawings)["ink"] == pytest.approx([80 / 784, 40 / 784, 0, 1], abs=1e-6)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 6])
def test_the_width_of_a_bar_is_its_width_less_what_its_ends_add_to_the_perimeter(width):
    expected = 2 * 20 * width / (2 * 20 + 2 * width)
    assert measure(bar(width=width)[None])["width"] == pytest.approx([expected], rel=0.05)


def test_faint_ink_is_as_wide_as_strong_ink():
    found = measure(np.stack([bar(level=255), bar(level=60)]))
    assert found["width"][0] == pytest.approx(found["width"][1], rel=1e-4)
    assert found["ink"][1] < found["ink"][0] / 4


def test_a_wider_pen_draws_wider_strokes():
    thin, usual, wide = measure(np.stack([stroke(pen=pen) for pen in (8, 18, 30)]))["width"]
    assert 0.5 < thin < usual / 1.5 < usual < wide / 1.3


@pytest.mark.parametrize("lean", [-30, -10, 0, 10, 30])
def test_the_slant_is_the_angle_by_which_a_stroke_leans_to_the_right(lean):
    assert measure(stroke(lean=lean)[None])["slant"] == pytest.approx([lean], abs=1.5)


def test_what_has_no_height_or_no_ink_has_no_slant_and_is_finite():
    flat = np.zeros((2, 28, 28), np.uint8)
    flat[0, 14, 4:24] = 255
    found = measure(flat)
    assert found["slant"].tolist() == [0, 0]
    assert all(np.isfinite(values).all() for values in found.values())


def test_many_drawings_are_measured_one_by_one_as_together_and_none_gives_nothing():
    drawings = np.random.default_rng(1).integers(0, 256, (CHUNK + 3, 28, 28)).astype(np.uint8)
    together, last = measure(drawings), measure(drawings[-1:])
    for name, values in together.items():
        assert values.shape == (CHUNK + 3,)
        assert values[-1:] == pytest.approx(last[name], abs=1e-4)
        assert measure(drawings[:0])[name].shape == (0,)


def test_the_extent_is_the_longer_side_of_what_strokes_draw_relative_to_the_canvas():
    lines = [[[70, 40, 0], [140, 40, 10]], [[100, 180, 20]]]
    assert extent({"size": [280, 140], "pen": 18, "lines": lines}) == 0.5


@pytest.mark.parametrize(
    "strokes",
    [
        None, {}, [], {"size": [280, 280], "lines": []}, {"size": [280, 280], "lines": [[]]},
        {"size": [0, 0], "lines": [[[1, 2, 3]]]}, {"size": [280, 280], "lines": [[["a", 2]]]},
        {"size": [280, 280], "lines": [[[1e400, 2], [-1e400, 2]]]},
    ],
    ids=str,
)  # fmt: skip
def test_strokes_that_draw_nothing_or_cannot_be_read_have_no_extent(strokes):
    assert extent(strokes) is None
