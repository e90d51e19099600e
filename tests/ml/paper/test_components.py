"""Components by runs, beside a flood that is plain and slow."""

import numpy as np
import pytest

from predictor.ml.paper.components import components


def flooded(mask):
    """The sizes of the 8-connected components."""
    left, sizes = {(int(row), int(column)) for row, column in np.argwhere(mask)}, []
    while left:
        waiting, size = [left.pop()], 0
        while waiting:
            row, column = waiting.pop()
            size += 1
            around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= around
            waiting += around
        sizes.append(size)
    return sorted(sizes)


@pytest.mark.parametrize("seed", range(40))
def test_they_are_those_of_a_flood(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((rng.integers(1, 30), rng.integers(1, 30))) < rng.uniform(0.05, 0.9)
    found = components(mask)
    assert sorted(each.size for each in found) == flooded(mask)
    painted = np.zeros_like(mask)
    for each in found:
        each.paint(painted)
    assert (painted == mask).all()


def test_a_box_around_something_is_a_frame_and_a_ring_is_not():
    mask = np.zeros((60, 80), bool)
    mask[5:55, 5:75] = True
    mask[7:53, 7:73] = False
    mask[20:40, 30:40] = True
    box, inner = sorted(components(mask), key=lambda each: -each.side)
    assert box.is_frame
    assert box.encloses(inner)
    assert not inner.is_frame
    rows, columns = np.mgrid[0:60, 0:60]
    distance = np.hypot(rows - 30, columns - 30)
    (ring,) = components((distance < 28) & (distance > 22))
    assert not ring.is_frame


def test_the_gap_is_measured_between_the_boxes():
    mask = np.zeros((10, 30), bool)
    mask[0:4, 0:4] = mask[2:9, 10:14] = True
    one, other = components(mask)
    assert one.gap(other) == other.gap(one) == 6
