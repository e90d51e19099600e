"""Where in a picture a drawing was found."""

from typing import NamedTuple

import numpy as np

from predictor.ml.pictures import Gray


class Box(NamedTuple):
    """A rectangle in pixels: from `left` and `top` up to, but not with, `right` and `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    def rescaled(self, old: tuple[int, int], new: tuple[int, int]) -> "Box":
        """The same rectangle after a picture went from one size, (width, height), to another; it never gets smaller."""
        if old == new:
            return self
        across, down = new[0] / old[0], new[1] / old[1]
        return Box(
            int(self.left * across),
            int(self.top * down),
            min(new[0], -int(-self.right * across // 1)),
            min(new[1], -int(-self.bottom * down // 1)),
        )


def packed(ink: Gray) -> Gray:
    """Which pixels of uint8 (height, width) are not 0: eight of a row in one byte."""
    return np.packbits(ink, axis=1)


def box_of(ink: Gray) -> Box:
    """The bounding box of what is not 0 in uint8 (height, width); something must be."""
    return box_of_packed(packed(ink))


def box_of_packed(bits: Gray) -> Box:
    """The same of pixels that `packed` has packed."""
    rows = np.bitwise_or.reduce(bits, axis=1).nonzero()[0]
    columns = np.unpackbits(np.bitwise_or.reduce(bits, axis=0)).nonzero()[0]
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def cut(ink: Gray, box: Box) -> Gray:
    """What lies in the box, uint8 (box.bottom - box.top, box.right - box.left)."""
    return ink[box.top : box.bottom, box.left : box.right]
