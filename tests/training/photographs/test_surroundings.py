"""Frames have the stated width; tables and dark corners leave the middle free."""

import numpy as np
import pytest
from numpy.random import Generator

from predictor.training.photographs.pictures import Picture
from predictor.training.photographs.surroundings import CLEAR, dark_corner, frame, page_edge


@pytest.mark.parametrize("width", [1, 10])
def test_a_frame_has_the_stated_width_on_all_sides_and_the_stated_shade(
    width: int, paper: Picture, random: Generator
) -> None:
    framed = frame(paper, random, width=width, shade=0)[..., 0]
    assert (framed[width:-width, width:-width] == paper[0, 0]).all()
    framed[width:-width, width:-width] = 0
    assert not framed.any()


def test_a_frame_without_a_stated_shade_has_any(paper: Picture) -> None:
    shades = [frame(paper, np.random.default_rng(seed), width=2)[0, 0, 0] for seed in range(40)]
    assert min(shades) < 0.1
    assert max(shades) > 0.9


def test_a_box_lies_inside_the_picture(paper: Picture, random: Generator) -> None:
    boxed = frame(paper, random, width=2, shade=0, inset=0.1)[..., 0]
    assert np.flatnonzero(boxed[150] == 0).tolist() == [30, 31, 368, 369]
    assert np.flatnonzero(boxed[:, 200] == 0).tolist() == [30, 31, 268, 269]


@pytest.mark.parametrize("seed", range(12))
def test_the_table_is_at_one_side_and_the_digits_place_stays_clear(seed: int, paper: Picture) -> None:
    seen = page_edge(paper, np.random.default_rng(seed), shade=(0.2, 0.2))[..., 0]
    table = seen < 0.5
    assert 0.02 < table.mean() < 0.15
    assert sum(side.all() for side in (table[0], table[-1], table[:, 0], table[:, -1])) == 1
    clear = int(CLEAR * 300)
    assert (seen[clear:-clear, clear:-clear] == paper[0, 0]).all()
    assert seen.min() == pytest.approx(0.2)


@pytest.mark.parametrize("seed", range(8))
def test_one_corner_is_darker_by_the_stated_share(seed: int, paper: Picture) -> None:
    seen = dark_corner(paper, np.random.default_rng(seed), share=0.9)[..., 0]
    corners = [seen[y, x] for y in (0, -1) for x in (0, -1)]
    assert sorted(corners) == pytest.approx([0.08, 0.8, 0.8, 0.8])
    clear = int(CLEAR * 300)
    assert (seen[clear:-clear, clear:-clear] == paper[0, 0]).all()
