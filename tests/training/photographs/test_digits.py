"""Digits of any size and pen: from MNIST's images and from strokes."""

import numpy as np
import pytest
from scipy import ndimage

from predictor.ml.images import normalise
from predictor.training.photographs.digits import Scanned, Written
from predictor.training.photographs.skeleton import skeleton


def pen_of(ink: np.ndarray) -> float:
    """The usual width of the strokes, in pixels: twice the distance of their middle from the paper."""
    distance = ndimage.distance_transform_edt(np.pad(ink > 0.5, 1))
    ridge = distance[(distance == ndimage.maximum_filter(distance, 3)) & (distance > 0)]
    return 2 * float(np.median(ridge))


@pytest.mark.parametrize(("size", "pen"), [(20, None), (20, 0.16), (300, None), (300, 0.01), (300, 0.16)])
@pytest.mark.parametrize("source", ["scanned", "written"])
def test_a_digit_has_the_stated_size(source: str, pen: float | None, size: int, request: pytest.FixtureRequest) -> None:
    for digit in request.getfixturevalue(source)[:10]:
        ink = digit.ink(size, pen)
        assert max(ink.shape) == pytest.approx(size, rel=0.05, abs=2)
        assert ink.min() >= 0
        assert ink.max() <= 1
        edges = (ink[0], ink[-1], ink[:, 0], ink[:, -1])
        assert all((edge > ink.max() / 2).any() for edge in edges), "it is cropped tightly"


@pytest.mark.parametrize("share", [0.01, 0.04, 0.16])
@pytest.mark.parametrize("source", ["scanned", "written"])
def test_a_pen_is_as_wide_as_stated(source: str, share: float, request: pytest.FixtureRequest) -> None:
    widths = [pen_of(digit.ink(400, share)) for digit in request.getfixturevalue(source)[:6]]
    assert np.median(widths) == pytest.approx(share * 400, rel=0.15, abs=1.5)


def test_an_enlarged_digit_is_mnists(scanned: list[Scanned]) -> None:
    enlarged = [normalise(_levels(digit.ink(300))) for digit in scanned]
    likeness = [
        np.corrcoef(one.ravel(), normalise(digit.levels).ravel())[0, 1]
        for one, digit in zip(enlarged, scanned, strict=True)
    ]
    assert min(likeness) > 0.7  # where the centre of mass is between two pixels, it may be moved to the other
    assert np.median(likeness) > 0.95


def test_the_edges_of_an_enlarged_digit_are_sharp(scanned: list[Scanned]) -> None:
    for digit in scanned:
        ink = digit.ink(400)
        assert np.mean((ink > 0.05) & (ink < 0.95)) < 0.1


def test_a_skeleton_keeps_the_parts_of_a_digit_and_its_holes(scanned: list[Scanned]) -> None:
    for digit in scanned:
        bold, fine = digit.ink(300) > 0.5, digit.ink(300, 0.02) > 0.2
        assert ndimage.label(fine, np.ones((3, 3)))[1] == ndimage.label(bold, np.ones((3, 3)))[1]
        assert _areas_of_paper(fine) == _areas_of_paper(bold)


def test_the_skeleton_of_a_bar_runs_along_its_middle() -> None:
    levels = np.zeros((28, 28), np.uint8)
    levels[4:24, 12:16] = 255
    points = np.concatenate(skeleton(levels))
    assert points[:, 0] == pytest.approx(14 * 4, abs=2)
    assert np.ptp(points[:, 1]) > 15 * 4


def test_the_skeleton_of_a_dot_is_a_point() -> None:
    levels = np.zeros((28, 28), np.uint8)
    levels[14, 14] = 255
    ink = Scanned(levels, 1).ink(40, 0.1)
    assert ink.max() == 1


def test_strokes_of_any_unit_are_drawn_alike(written: list[Written]) -> None:
    for digit in written:
        enlarged = Written(tuple(line * 500 + 30 for line in digit.lines), digit.label)
        assert np.array_equal(enlarged.ink(200), digit.ink(200))


def _levels(ink: np.ndarray) -> np.ndarray:
    return np.pad((ink * 255).astype(np.uint8), 10)


def _areas_of_paper(ink: np.ndarray) -> int:
    return int(ndimage.label(np.pad(~ink, 1, constant_values=True))[1])
