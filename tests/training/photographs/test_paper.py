"""Printed lines, dirt, texture and folds take as much light away as is asked for, and leave the rest."""

import numpy as np
import pytest
from numpy.random import Generator
from scipy import ndimage

from predictor.training.photographs import paper as papers
from predictor.training.photographs.pictures import Picture


@pytest.mark.parametrize("pattern", ["squared", "ruled", "dotted"])
def test_printed_lines_are_as_dark_as_stated_and_few(pattern: str, paper: Picture, random: Generator) -> None:
    printed = papers.printed(paper, random, pattern=pattern, share=0.4)
    assert printed.min() == pytest.approx(0.8 * 0.6, abs=0.03)
    assert np.median(printed) == pytest.approx(0.8)
    assert np.mean(printed < 0.79) < 0.2


def test_ruled_paper_has_lines_across_only(paper: Picture, random: Generator) -> None:
    printed = papers.printed(paper, random, pattern="ruled", share=0.4)[..., 0]
    assert (printed == printed[:, :1]).all()
    assert 2 <= ndimage.label(printed[:, 0] < 0.79)[1] <= 5


def test_squared_paper_has_as_wide_squares_as_high_ones(paper: Picture, random: Generator) -> None:
    ink = papers.printed(paper, random, pattern="squared", share=0.4)[..., 0] < 0.6
    across, down = (np.flatnonzero(np.diff(ink.all(axis=axis).astype(int)) == 1) for axis in (0, 1))
    assert np.diff(across).mean() == pytest.approx(np.diff(down).mean(), abs=1)


def test_dotted_paper_has_dots_that_do_not_touch(paper: Picture, random: Generator) -> None:
    labels, n = ndimage.label(papers.printed(paper, random, pattern="dotted", share=0.4)[..., 0] < 0.79)
    assert n > 9
    assert np.bincount(labels.ravel())[1:].max() <= 25


@pytest.mark.parametrize("n", [5, 30])
def test_there_are_as_many_specks_as_stated(n: int, paper: Picture, random: Generator) -> None:
    labels, found = ndimage.label(papers.specks(paper, random, n=n)[..., 0] < 0.79)
    assert n - 3 <= found <= n  # some may touch or lie on the border
    heights = [rows.stop - rows.start for rows, _ in ndimage.find_objects(labels)]
    assert max(heights) <= 0.01 * 300 + 2


def test_dust_is_thin_and_grey(paper: Picture, random: Generator) -> None:
    dusty = papers.dust(paper, random, n=25)[..., 0]
    hairs = dusty < 0.79
    assert 10 <= ndimage.label(hairs, np.ones((3, 3)))[1] <= 25
    assert not ndimage.binary_erosion(hairs, np.ones((4, 4))).any()
    assert dusty.min() > 0.2


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_texture_takes_at_most_the_stated_share(share: float, paper: Picture, random: Generator) -> None:
    rough = papers.texture(paper, random, share=share)
    assert rough.max() == pytest.approx(0.8)
    assert rough.min() == pytest.approx(0.8 * (1 - share))
    assert rough.std() > 0.05 * share


def test_a_fold_is_sharp_on_one_side_and_fades_on_the_other(paper: Picture, random: Generator) -> None:
    folded = papers.fold(paper, random, share=0.3)[..., 0]
    assert folded.min() == pytest.approx(0.8 * 0.7, abs=0.02)
    assert folded.max() == pytest.approx(0.8)
    steepest = np.hypot(*np.gradient(folded))
    assert steepest.max() > 0.08
    assert np.mean(steepest > 0.02) < 0.03


def test_what_is_on_the_back_is_mirrored_and_as_faint_as_stated(paper: Picture, random: Generator) -> None:
    written = paper.copy()
    written[100:200, 50:60] = written[190:200, 50:120] = 0  # an L
    seen = papers.bleed_through(written, random, share=0.2)
    faint = (seen[..., 0] < 0.75) & (written[..., 0] > 0.5)
    assert seen[faint].min() == pytest.approx(0.8 * 0.8, abs=0.01)
    assert faint.sum() == pytest.approx((written == 0).sum(), rel=0.25)
    assert np.allclose(seen[written == 0], 0)


def test_fibres_are_thin_and_many_and_take_no_more_than_stated(paper: Picture, random: Generator) -> None:
    seen = papers.fibres(paper, random, share=0.2)[..., 0]
    assert seen.min() >= 0.8 * 0.8 - 0.001
    assert seen.min() < 0.8 * 0.85
    assert 0.002 < np.mean(seen < 0.75) < 0.05
    assert ndimage.label(seen < 0.75)[1] > 30


def test_a_card_has_blue_lines_and_a_red_one_at_its_left(random: Generator) -> None:
    seen = papers.index_card(np.full((300, 400, 3), 0.9, np.float32), random, share=0.5)
    red, green, blue = np.moveaxis(seen, 2, 0)
    is_blue, is_red = blue > red + 0.1, red > blue + 0.1
    assert 5 <= ndimage.label(is_blue[:, -1])[1] <= 10
    (first, *_), last = np.flatnonzero(is_red[:, :100].any(axis=0)), np.flatnonzero(is_red.any(axis=0))[-1]
    assert 15 <= first <= last <= 52
    assert (green <= 0.9 + 1e-6).all()
