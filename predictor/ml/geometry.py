"""The shape of a drawing: how solid it is, how high, how many components it has, how entangled it is, and whether it
is more than one digit.

The drawing is held as a bitmap in one integer: 30 rows of 32 bits, 1 for ink, with a border of paper. A shift by 1 or
by ROW moves it by a pixel, so that dilation and erosion take a few operations on 120 bytes; all measures together take
0.08 ms.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import SIDE, Pixels

INK: Final = 64  # of 255: the least level of ink here; a lower one closes gaps, a higher one breaks hairlines
SPECK: Final = 3  # pixels; smaller components are noise
ROW: Final = 32  # bits

# Beyond these limits a drawing is not a digit. By `bench/verdicts.py` they reject 0.2 % of MNIST's digits and 0.1 % of
# those drawn with the page's pen; with a pen half as wide again 1.2 %, most of them 0s and 8s whose holes have closed.
MIN_HEIGHT: Final = 11  # pixels, of 20: lower are dashes, waves and words
APART: Final = (0.2, 3)  # share of the ink in the second component, and the gap to it in pixels
SOLID: Final = 6  # layers, where no line crosses two strokes
BLOCK: Final = 7  # layers, in any case
MAX_COMPONENTS: Final = 3
MAX_HOLES: Final = 3
MAX_ACROSS: Final = 4
MAX_DOWN: Final = 5
MIN_DENSITY: Final = 0.13  # lower are dots far apart

# Two digits beside or above one another, by `bench/several.py`. Of 50,000 of MNIST's digits 16 look like that. Of 3,600
# pairs and triples side by side 96 % do, and 2,397 of the 2,400 that are a fifth of their height or more apart; of 900
# pairs one above the other, a third of their height or more apart, 94 %. Of 7,494 digits drawn with a pen none does.
SEVERAL: Final = 4  # components, at most: more are a word or specks
SHARE: Final = 0.15  # of the ink, in the second component
BESIDE: Final = (0.6, 0.25)  # each one's share of the height, and the share of the narrower one's width that they share
ABOVE: Final = (0.3, 3, 2)  # each one's share of the height, its width in pixels, and the gap


@dataclass(frozen=True)
class Geometry:
    """Measures of one drawing.

    Attributes:
        density: the share of the bounding box that is ink, in (0, 1].
        height: of the bounding box, 1–28 pixels.
        depth: how many layers of pixels can be eroded until nothing is left: about half the widest stroke.
        components: the number of 8-connected components of at least SPECK pixels.
        second_share: the share of the ink in the second largest component; 0 if there is only one.
        gap: pixels of paper between the two largest components; 0 if there is only one.
        holes: the number of enclosed areas of paper, not counting single pixels.
        across: the largest number of strokes that a horizontal line crosses.
        down: the largest number of strokes that a vertical line crosses.
        is_several: whether it seems to be several digits, beside or above one another.
    """

    density: float
    height: int
    depth: int
    components: int
    second_share: float
    gap: int
    holes: int
    across: int
    down: int
    is_several: bool

    @property
    def is_digit_like(self) -> bool:
        """Whether it could be a digit, by its shape alone."""
        solid = self.depth >= SOLID and self.holes == 0 and self.across == self.down == 1
        apart = self.second_share >= APART[0] and self.gap >= APART[1]
        entangled = self.holes > MAX_HOLES or self.across > MAX_ACROSS or self.down > MAX_DOWN
        scattered = self.components > MAX_COMPONENTS or self.density < MIN_DENSITY
        return not (self.height < MIN_HEIGHT or self.depth >= BLOCK or solid or apart or entangled or scattered)


def measure(pixels: Pixels) -> Geometry:
    """Measure pixels, uint8 (28, 28), as `images.normalise` returns them: at least one must be ink."""
    framed = np.zeros((SIDE + 2, ROW), bool)
    framed[1:-1, 1 : SIDE + 1] = pixels >= INK
    rows, columns = np.flatnonzero(framed.any(axis=1)), np.flatnonzero(framed.any(axis=0))
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    bitmap = int.from_bytes(np.packbits(framed).tobytes())
    area = bitmap.bit_count()
    components = sorted(_components(bitmap), key=int.bit_count, reverse=True)
    large = [component for component in components if component.bit_count() >= SPECK]
    second = large[1] if len(large) > 1 else 0
    gap = _gap(large[0], second) if second else 0
    return Geometry(
        density=area / (height * width),
        height=height,
        depth=_depth(bitmap),
        components=len(large),
        second_share=second.bit_count() / area,
        gap=gap,
        holes=len(components) - _euler_number(bitmap),
        across=_most_runs(framed[:, 1:] > framed[:, :-1], axis=1),
        down=_most_runs(framed[1:] > framed[:-1], axis=0),
        is_several=SHARE * area <= second.bit_count() > 0 and len(large) <= SEVERAL and _are_two(large[0], second, gap),
    )


def _are_two(one: int, other: int, gap: int) -> bool:
    """Whether two components stand beside one another, both tall, or one above the other."""
    (top, bottom), (left, right) = _rows(one), _columns(one)
    (other_top, other_bottom), (other_left, other_right) = _rows(other), _columns(other)
    height = max(bottom, other_bottom) - min(top, other_top)
    lower = min(bottom - top, other_bottom - other_top) / height
    narrower = min(right - left, other_right - other_left)
    across, down = min(right, other_right) - max(left, other_left), min(bottom, other_bottom) - max(top, other_top)
    tall, shared = BESIDE
    high, wide, apart = ABOVE
    beside = lower >= tall and across <= shared * narrower
    return beside or (lower >= high and down <= 0 and narrower >= wide and gap >= apart)


def _rows(bitmap: int) -> tuple[int, int]:
    """The first row with ink, and the one after the last."""
    return SIDE + 2 - -(-bitmap.bit_length() // ROW), SIDE + 2 - ((bitmap & -bitmap).bit_length() - 1) // ROW


def _columns(bitmap: int) -> tuple[int, int]:
    """The first column with ink, and the one after the last."""
    shade = 0
    while bitmap:
        shade |= bitmap & ((1 << ROW) - 1)
        bitmap >>= ROW
    return ROW - shade.bit_length(), ROW - (shade & -shade).bit_length() + 1


def _dilated(bitmap: int, *, corners: bool) -> int:
    """Dilate by a pixel: by a cross, or with `corners` by a square."""
    wide = bitmap | bitmap << 1 | bitmap >> 1
    high = wide if corners else bitmap
    return wide | high << ROW | high >> ROW


def _components(bitmap: int) -> list[int]:
    """The 8-connected components."""
    components = []
    while bitmap:
        component, dilated = 0, bitmap & -bitmap
        while component != dilated:
            component, dilated = dilated, _dilated(dilated, corners=True) & bitmap
        components.append(component)
        bitmap ^= component
    return components


def _depth(bitmap: int) -> int:
    """How often it can be eroded, by a cross and a square in turn: together an octagon, which is nearly a disc."""
    depth = 0
    while bitmap:
        thin = bitmap & bitmap << 1 & bitmap >> 1
        high = thin if depth % 2 else bitmap
        bitmap = thin & high << ROW & high >> ROW
        depth += 1
    return depth


def _gap(one: int, other: int) -> int:
    gap = -1
    while not one & other:
        one = _dilated(one, corners=gap % 2 == 0)
        gap += 1
    return gap


def _euler_number(bitmap: int) -> int:
    """Components minus holes, once single pixels are filled: vertices minus edges plus faces of the pixels' squares."""
    bitmap |= bitmap << 1 & bitmap >> 1 & bitmap << ROW & bitmap >> ROW
    wide = bitmap | bitmap << 1
    vertices, edges = wide | wide << ROW, wide.bit_count() + (bitmap | bitmap << ROW).bit_count()
    return vertices.bit_count() - edges + bitmap.bit_count()


def _most_runs(starts: NDArray[np.bool_], *, axis: int) -> int:
    """The largest number of strokes on one line, counted by where they start."""
    return int(np.count_nonzero(starts, axis=axis).max())
