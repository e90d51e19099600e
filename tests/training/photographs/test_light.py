"""Light falls, and shadows take, as much as is asked for."""

from functools import partial

import numpy as np
import pytest
from numpy.random import Generator

from predictor.training.photographs import light
from predictor.training.photographs.pictures import Effect, Picture


@pytest.mark.parametrize("share", [0.2, 0.7])
@pytest.mark.parametrize(
    "effect", [light.falling, light.from_a_corner, partial(light.shadow, soft=0), partial(light.shadow, soft=0.15)]
)
def test_the_light_falls_by_the_stated_share(effect: Effect, share: float, paper: Picture, random: Generator) -> None:
    lit = effect(paper, random, share=share)
    assert lit.max() == pytest.approx(0.8, abs=0.01)
    assert lit.min() == pytest.approx(0.8 * (1 - share), abs=0.01)


def test_linear_light_has_the_same_slope_everywhere(paper: Picture, random: Generator) -> None:
    lit = light.falling(paper, random, share=0.5)[..., 0]
    for axis in (0, 1):
        slopes = np.diff(lit, axis=axis)
        assert np.ptp(slopes) < 1e-5
    assert np.ptp(lit) > 0.3


def test_light_from_a_corner_is_brightest_there_and_darkest_opposite(paper: Picture, random: Generator) -> None:
    lit = light.from_a_corner(paper, random, share=0.5)[..., 0]
    corners = {(y, x): lit[y, x] for y in (0, -1) for x in (0, -1)}
    (top, left), (bottom, right) = max(corners, key=corners.get), min(corners, key=corners.get)
    assert (top, left) == (-1 - bottom, -1 - right)
    assert corners[top, left] == lit.max()
    assert corners[bottom, right] == lit.min()


def test_a_hard_edge_is_a_pixel_wide_and_a_soft_one_wider(paper: Picture) -> None:
    between = {
        soft: np.mean(abs(light.shadow(paper, np.random.default_rng(5), share=0.6, soft=soft) - 0.56) < 0.23)
        for soft in (0, 0.1, 0.2)
    }
    assert between[0] < 0.02
    assert between[0] < between[0.1] < between[0.2]


def test_the_edge_of_a_shadow_crosses_the_middle_of_the_picture(paper: Picture) -> None:
    for seed in range(20):
        lit = light.shadow(paper, np.random.default_rng(seed), share=0.6, soft=0)[60:240, 80:320]
        assert np.ptp(lit) > 0.4


def test_a_vignette_is_dark_in_the_corners_only(paper: Picture, random: Generator) -> None:
    lit = light.vignetting(paper, random, share=0.5)[..., 0]
    assert lit[150, 200] == pytest.approx(0.8, abs=0.001)
    for corner in (lit[0, 0], lit[0, -1], lit[-1, 0], lit[-1, -1]):
        assert corner == pytest.approx(0.4, abs=0.005)


def test_glare_lightens_ink_more_than_paper(paper: Picture) -> None:
    ink = paper * np.float32(0.2)
    for seed in range(10):
        lit, covered = (light.glare(each, np.random.default_rng(seed), share=0.6) for each in (paper, ink))
        assert (lit >= paper).all()
        assert lit.max() == pytest.approx(0.8 + 0.6 * 0.2, abs=0.01)
        assert covered.max() == pytest.approx(0.16 + 0.6 * 0.84, abs=0.01)
