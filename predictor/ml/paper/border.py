"""The border of a picture: the level of its paper, a thin frame, and whether ink covers most of it.

A small scan is often cropped to its digit and stretched: more of its border is ink than paper.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.paper.components import components
from predictor.ml.pictures import Gray

Levels: TypeAlias = NDArray[np.uint8]

FRAMED: Final = 64  # pixels of the longer side, up to which a line along the border is a frame
LIKE: Final = 8  # levels
MOST: Final = 0.85  # of the pixels beside the border: if as many are like it, it is paper, or hidden by none
SIMILAR: Final = 0.25  # of the contrast, around either end of it
CLEAR: Final = 0.8  # of the border is of one kind: that is paper
INK: Final = 96  # of 255
ENDS: Final = (slice(None, 2), slice(-2, None))  # pixels of a corner
# By logistic regression on 2,500 of MNIST's training digits, cropped tightly: 99.3 % of the doubtful ones are told.
CORNERS: Final = 0.2


def paper_of(gray: Gray) -> tuple[int, bool]:
    """The level of the paper, and whether there is no doubt about it.

    It is the median of the border. The mean of the picture would take a bold digit for paper.

    Args:
        gray: uint8 (height, width).
    """
    ring = _ring(gray)
    ring.sort()  # np.median would take four times as long
    paper = (int(ring[(ring.size - 1) // 2]) + int(ring[ring.size // 2])) // 2
    return paper, bool(np.count_nonzero(ring == paper) >= CLEAR * ring.size)


def doubtful_papers(gray: Gray) -> tuple[int, int] | None:
    """The levels at both ends of the contrast, each of which may be the paper's; None where there is no doubt.

    Args:
        gray: uint8 (height, width).
    """
    low, high = int(gray.min()), int(gray.max())
    ring, similar = _ring(gray), SIMILAR * (high - low)
    paper, _ = paper_of(gray)
    of_one_kind = (
        ring <= low + similar,
        ring >= high - similar,
        np.abs(ring.astype(np.int16) - paper) <= LIKE,
    )
    if any(kind.mean() >= CLEAR for kind in of_one_kind):
        return None
    dark = ring <= (low + high) / 2
    if max(gray.shape) > FRAMED and np.count_nonzero(dark != np.roll(dark, 1)) <= 2:  # the table, or a shadow
        return None
    return int(np.median(gray[gray <= low + similar])), int(np.median(gray[gray >= high - similar]))


def has_frame(gray: Gray) -> bool:
    """Whether the outermost pixels of a small picture are of one level, and the next are not.

    Args:
        gray: uint8 (height, width).
    """
    if max(gray.shape) > FRAMED or min(gray.shape) < 6 or np.ptp(ring := _ring(gray)) > LIKE:
        return False
    beside = np.abs(_ring(gray[1:-1, 1:-1]).astype(np.int16) - int(ring[0])) <= LIKE
    return bool(beside.mean() < MOST)


def connectedness(pixels: Gray) -> float:
    """How much a picture's ink, uint8 (h, w), looks like a digit and not like the paper around one; at most 1.

    A digit is in one piece, and leaves the corners of its bounding box empty. The paper is in many, and fills them.
    """
    ink = pixels >= INK
    ink = ink[ink.any(axis=1)][:, ink.any(axis=0)]
    if not ink.size:
        return 0
    largest = max(part.size for part in components(ink)) / np.count_nonzero(ink)
    corners = (ink[rows, columns].mean() for rows in ENDS for columns in ENDS)
    return float(largest - CORNERS * sum(corners) / 4)


def _ring(gray: Gray) -> Levels:
    """The outermost pixels, clockwise."""
    return np.concatenate((gray[0], gray[1:-1, -1], gray[-1, ::-1], gray[-2:0:-1, 0]))
