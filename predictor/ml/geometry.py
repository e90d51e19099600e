"""What a drawing's form alone says: how solid it is, how wide, in how many pieces, how entangled.

A drawing is held as one integer of 30 rows of 32 bits, ink 1, with a frame of paper. A shift by 1 or by ROW moves it by
a pixel, so that growing or shrinking all of it takes a few operations on 120 bytes; all measures take 0.08 ms.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import SIDE, Pixels

INK: Final = 64  # levels of 255 from which a pixel is ink here: lower closes gaps, higher breaks hairlines
SPECK: Final = 3  # pixels; smaller pieces are chance
ROW: Final = 32  # bits

# Beyond these a drawing is no digit. By `bench/verdicts.py` they take 0.2 % of MNIST's digits and 0.1 % of those drawn
# with the page's pen; with one half as wide again 1.2 %, most of them 0s and 8s whose holes have closed.
LOWEST: Final = 11  # pixels of 20: lower are dashes, waves and words
APART: Final = (0.2, 3)  # share of the ink in a second piece, and pixels of paper before it
SOLID: Final = 6  # layers, where no line meets two strokes
BLOCK: Final = 7  # layers, whatever else there is
MOST_PIECES: Final = 3
MOST_HOLES: Final = 3
MOST_ACROSS: Final = 4
MOST_DOWN: Final = 5
THINNEST: Final = 0.13  # of the bounding box: dots far from each other


@dataclass(frozen=True)
class Geometry:
    """Measures of one drawing.

    Attributes:
        share: of its bounding box that is ink, in (0, 1].
        height: of the bounding box, 1–28 pixels.
        depth: how many layers of pixels can be taken off until nothing is left: about half the widest stroke.
        pieces: how many there are of SPECK pixels that do not touch, not even by a corner.
        second: share of the ink that is in the second largest piece; 0 where there is one.
        gap: pixels of paper between the two largest pieces; 0 where there is one.
        holes: how many areas of paper are enclosed, not counting single pixels.
        across: how many strokes a horizontal line meets at most.
        down: how many strokes a vertical line meets at most.
    """

    share: float
    height: int
    depth: int
    pieces: int
    second: float
    gap: int
    holes: int
    across: int
    down: int

    @property
    def is_digit_like(self) -> bool:
        """Whether it could be a digit; that it is one, a form alone does not say."""
        solid = self.depth >= SOLID and self.holes == 0 and self.across == self.down == 1
        apart = self.second >= APART[0] and self.gap >= APART[1]
        entangled = self.holes > MOST_HOLES or self.across > MOST_ACROSS or self.down > MOST_DOWN
        scattered = self.pieces > MOST_PIECES or self.share < THINNEST
        return not (self.height < LOWEST or self.depth >= BLOCK or solid or apart or entangled or scattered)


def measure(pixels: Pixels) -> Geometry:
    """Measure pixels, uint8 (28, 28), as `images.normalise` gives them: some of them are ink."""
    framed = np.zeros((SIDE + 2, ROW), bool)
    framed[1:-1, 1 : SIDE + 1] = pixels >= INK
    rows, columns = np.flatnonzero(framed.any(axis=1)), np.flatnonzero(framed.any(axis=0))
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    board = int.from_bytes(np.packbits(framed).tobytes())
    area = board.bit_count()
    parts = sorted(_parts(board), key=int.bit_count, reverse=True)
    pieces = [part for part in parts if part.bit_count() >= SPECK]
    second = pieces[1] if len(pieces) > 1 else 0
    return Geometry(
        share=area / (height * width),
        height=height,
        depth=_depth(board),
        pieces=len(pieces),
        second=second.bit_count() / area,
        gap=_gap(pieces[0], second) if second else 0,
        holes=len(parts) - _euler(board),
        across=_most_runs(framed[:, 1:] > framed[:, :-1], axis=1),
        down=_most_runs(framed[1:] > framed[:-1], axis=0),
    )


def _grown(board: int, *, corners: bool) -> int:
    """With every pixel that touches it by an edge, or by a corner as well."""
    wide = board | board << 1 | board >> 1
    high = wide if corners else board
    return wide | high << ROW | high >> ROW


def _parts(board: int) -> list[int]:
    """What hangs together."""
    parts = []
    while board:
        part, grown = 0, board & -board
        while part != grown:
            part, grown = grown, _grown(grown, corners=True) & board
        parts.append(part)
        board ^= part
    return parts


def _depth(board: int) -> int:
    """Taken off in turn by a cross and by a square of pixels, so by an octagon, which is nearly a disc."""
    depth = 0
    while board:
        thin = board & board << 1 & board >> 1
        high = thin if depth % 2 else board
        board = thin & high << ROW & high >> ROW
        depth += 1
    return depth


def _gap(one: int, other: int) -> int:
    gap = -1
    while not one & other:
        one = _grown(one, corners=gap % 2 == 0)
        gap += 1
    return gap


def _euler(board: int) -> int:
    """Parts less holes, single pixels filled: corners less edges and more faces of the pixels' squares (Euler)."""
    board |= board << 1 & board >> 1 & board << ROW & board >> ROW
    wide = board | board << 1
    corners, edges = wide | wide << ROW, wide.bit_count() + (board | board << ROW).bit_count()
    return corners.bit_count() - edges + board.bit_count()


def _most_runs(starts: NDArray[np.bool_], *, axis: int) -> int:
    """The most strokes on one line, by where they start."""
    return int(np.count_nonzero(starts, axis=axis).max())
