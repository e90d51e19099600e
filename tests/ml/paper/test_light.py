"""The paper's brightness, and which side of it is ink."""

import numpy as np
import pytest

from predictor.ml.paper import light


@pytest.fixture
def sheet():
    """Paper that falls into shadow at a sharp edge, and a bar of ink across the edge."""
    gray = np.full((300, 400), 220, np.uint8)
    gray[:, 180:] = 90
    gray[140:160, 100:300] = gray[140:160, 100:300] // 5
    return gray


def test_ink_is_as_dark_in_the_shadow_as_beside_it_and_the_edge_is_no_ink(sheet):
    share = light.shares(sheet, with_edges=False)
    ink = np.zeros(sheet.shape, bool)
    ink[140:160, 100:300] = True
    assert share[ink].min() > 0.6
    assert share[~ink].max() < 0.25


def test_a_table_at_the_edge_is_ink_only_if_the_edges_count(sheet):
    sheet[:, :30] = 40
    assert light.shares(sheet, with_edges=True)[100, 5] > 0.7
    assert light.shares(sheet, with_edges=False)[100, 5] < 0.05


def test_dark_is_told_from_light_in_any_light(sheet):
    assert light.is_dark_on_light(sheet)
    assert not light.is_dark_on_light(255 - sheet)


@pytest.mark.parametrize("window", [1, 3, 9])
def test_the_highest_is_that_of_a_square_window(window):
    levels = np.random.default_rng(window).integers(0, 256, (20, 30)).astype(np.uint8)
    wide = np.pad(levels, window // 2, "edge")
    expected = np.lib.stride_tricks.sliding_window_view(wide, (window, window)).max(axis=(2, 3))
    assert (light.highest(levels, window) == expected).all()
