"""Finding the ink in a photograph: on paper that is lit unevenly, with lines, specks and edges on it.

A picture from a canvas has one level of paper, and every other level is ink. A photograph has neither: ink is what is
darker than its own paper by a share of it (see `light`). Then the main body of ink is found, and what belongs to it
(see `parts`).
"""

from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from predictor.ml.paper import light
from predictor.ml.paper.box import Box, box_of, cut
from predictor.ml.paper.components import Mask
from predictor.ml.paper.light import Shares
from predictor.ml.paper.parts import Part, belonging, main_of, parts, stroke
from predictor.ml.pictures import Gray

WORK: Final = 480  # pixels of the longer side, on which the ink is looked for
FAINTEST: Final = 0.06  # of the paper's brightness
STRONG: Final = 0.45  # of the darkest ink: what is fainter is a line, a speck or a shadow,
STRONGER: Final = (0.6, 0.75)  # or this, where lines of the paper cling to the drawing;
WEAKER: Final = 0.3  # or this, where a stroke fades
SPREAD: Final = 2  # of the longer side,
GROWN: Final = 3  # of the pixels, and
THICKER: Final = 1.5  # of the width of strokes: what more a lower limit may take in as the rest of the strokes
SOFT: Final = 0.25  # of the darkest ink nearby: where the edges of strokes end
LONGEST: Final = 4  # times the digit's longer side: no digit has longer strokes
THIN: Final = 0.09  # of the digit's longer side: finer strokes would vanish in 20 pixels


class Found(NamedTuple):
    """The ink of the main thing that is drawn.

    Attributes:
        ink: uint8 (h, w), ink high, paper 0, cropped; perhaps at a smaller scale than the picture.
        box: where in the picture it is.
    """

    ink: Gray
    box: Box


def find_ink(gray: Gray) -> Found | None:
    """Find the main thing that is drawn; None if nothing stands out from the paper.

    Args:
        gray: uint8 (height, width), dark ink on light paper or light on dark.
    """
    height, width = gray.shape
    factor = -(-max(height, width) // WORK)
    work = np.asarray(Image.fromarray(gray).reduce(factor)) if factor > 1 else gray
    share, chosen = _drawing(work if light.is_dark_on_light(work) else 255 - work)
    if chosen is None:
        return None
    levels = _levels(share, chosen)
    box = box_of(levels)
    whole = Box(*(min(side * factor, end) for side, end in zip(box, (width, height) * 2, strict=True)))
    return Found(thickened(cut(levels, box)), whole)


def _drawing(ink: Gray) -> tuple[Shares, Mask | None]:
    """Where the drawing is, and how dark the picture is: without its edges, unless the drawing reaches over them."""
    whole = light.shares(ink, with_edges=True)
    inner = light.shares(ink, with_edges=False)
    chosen = _chosen(inner)
    at_edge = _at_edge(whole)
    if chosen is None or np.count_nonzero(chosen & at_edge) > 0.5 * np.count_nonzero(chosen):
        return whole, _chosen(whole)
    return inner, chosen


def _at_edge(share: Shares) -> Mask:
    """The parts that reach an edge of the picture."""
    mask = np.zeros(share.shape, bool)
    for each in parts(share, _limit(share)) or ():
        if each.touches_edge():
            each.shape.paint(mask)
    return mask


def _limit(share: Shares) -> float:
    return max(FAINTEST, STRONG * light.peak(share), light.floor(share))


def _chosen(share: Shares) -> Mask | None:
    """The main body of ink and what belongs to it; all of it, if it is in so many pieces that it is only noise."""
    limit = _limit(share)
    if light.peak(share) < limit:
        return None
    found = parts(share, limit)
    if found is None:
        return share > limit
    if not found:
        return None
    found, main = _settled(share, found, main_of(found))
    chosen = np.zeros(share.shape, bool)
    for each in belonging(found, main):
        each.shape.paint(chosen)
    return chosen


def _settled(share: Shares, found: list[Part], main: Part) -> tuple[list[Part], Part]:
    """The parts and the main one at a limit by its own darkness at which all of it and nothing else is in it."""
    least = max(FAINTEST, light.floor(share))
    for strength in STRONGER if main.touches_edge() else (WEAKER, STRONG):
        others = parts(share, max(least, strength * main.darkness))
        if not others:
            continue
        other = _same(others, main)
        if strength > STRONG:
            if other is not None and not other.touches_edge() and other.shape.side > 0.3 * main.shape.side:
                return others, other
        elif other is not None and _is_contained(other, main):
            return others, other
    return found, main


def _same(found: list[Part], main: Part) -> Part | None:
    """The largest of the parts within the main one's box."""
    shape = main.shape
    within = [
        each
        for each in found
        if min(each.shape.right, shape.right) > max(each.shape.left, shape.left)
        and min(each.shape.bottom, shape.bottom) > max(each.shape.top, shape.top)
    ]
    return max(within, key=lambda each: each.shape.size, default=None)


def _is_contained(part: Part, main: Part) -> bool:
    """Whether a part is the main one with no more than the rest of its strokes, which are no blots."""
    if part.touches_edge() or part.stroke > THICKER * main.stroke or part.shape.side > SPREAD * main.shape.side:
        return False
    return main.shape.size / GROWN <= part.shape.size <= GROWN * main.shape.size


def _levels(share: Shares, chosen: Mask) -> Gray:
    """The chosen ink and its soft edges, uint8 (h, w): each stroke as dark as it is at its darkest nearby."""
    near = light.highest(chosen.astype(np.uint8), 5) > 0
    dark = np.where(chosen, np.rint(255 * share), 0).astype(np.uint8)
    top = light.highest(dark, max(3, max(share.shape) // 24) | 1) / np.float32(255)
    low = np.maximum(SOFT * top, light.floor(share))
    ink = np.where(near, np.clip((share - low) / np.maximum(0.9 * top - low, FAINTEST), 0, 1), 0)
    levels: Gray = np.rint(255 * ink).astype(np.uint8)
    levels[chosen & (levels == 0)] = 1
    return levels


def thickened(levels: Gray, thinnest: float = THIN) -> Gray:
    """With strokes that are wide enough to be seen in 20 pixels.

    Args:
        levels: uint8 (h, w), ink high, cropped.
        thinnest: of the longer side: strokes at least as wide stay as they are.
    """
    side, mask = max(levels.shape), levels > 127
    if np.count_nonzero(mask) >= LONGEST * thinnest * side**2:  # quickly told
        return levels
    width = stroke(mask)
    grow = round(THIN * side - width)
    if grow < 1 or width >= thinnest * side:
        return levels
    return light.highest(np.pad(levels, grow), grow | 1)
