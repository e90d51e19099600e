"""Whether a picture is a clean drawing: one level of paper, and nothing on it but the drawing."""

from typing import Final

import numpy as np

from predictor.ml.paper.box import Box, cut
from predictor.ml.paper.components import Mask, components
from predictor.ml.paper.parts import without_frames
from predictor.ml.pictures import Gray

FLAT: Final = 0.3  # of the pixels that have exactly the level of the paper: in a photograph a tenth at most
BOLD: Final = 0.05  # of the pixels, for the paper of a bold drawing,
TWO_LEVELS: Final = 0.6  # of which this share has the level of the paper or that of the ink
SMALL: Final = 64  # pixels of the longer side, up to which a picture is no photograph
NARROW: Final = 8  # pixels of the shorter side, likewise
CELLS: Final = 56  # of the longer side, for a look from afar
PARTS: Final = 4  # that a drawing may have
ROW: Final = 64  # bits, of which two beside the cells stay empty
DARK: Final = 96  # of 255, for ink that is not faint
SOFT: Final = 0.04  # of the longer side: how far soft edges of a drawing may reach beyond its dark ink
FAR: Final = 5  # cells between the drawing and another part, at least, where something reaches an edge
ROUND: Final = 8  # cells, up to which a zero may seem to lie along all four sides of its box
STRAY: Final = (2, 3)  # cells of a part, at most, and cells between it and the drawing, at least: a speck


def is_flat(gray: Gray, paper: int) -> bool:
    """Whether the paper of a picture, uint8 (height, width), has one level, `paper`, and not many similar ones.

    A bold drawing leaves less of it, but then its ink has one level too.
    """
    if _is_small(gray):
        return True
    of_paper = np.count_nonzero(gray == paper) / gray.size
    if of_paper >= FLAT:
        return True
    extreme = gray.min() if paper - int(gray.min()) >= int(gray.max()) - paper else gray.max()
    return bool(of_paper >= BOLD and of_paper + np.count_nonzero(gray == extreme) / gray.size >= TWO_LEVELS)


def is_soiled(ink: Gray, bits: Gray, box: Box) -> bool:
    """Whether there is more than a drawing on flat paper: a frame, specks, many parts, or something at the edge.

    The drawing itself may reach over one edge.

    Args:
        ink: uint8 (height, width), ink high, paper 0.
        bits: the same, as `box.packed` packs it.
        box: where there is ink.
    """
    if _is_small(ink):
        return False
    sides = (box.left == 0, box.top == 0, box.right == ink.shape[1], box.bottom == ink.shape[0])
    if sum(sides) > 1 or _is_faint_around(cut(ink, box)):
        return True
    cells, side = _cells(bits, max(ink.shape))
    if _is_boxed(cells, box, side):
        return True
    if _is_one_piece(cells):
        return False
    parts = components(cells)
    main = max(parts, key=lambda part: part.size)
    size, gap = STRAY
    return bool(
        len(parts) > PARTS
        or len(without_frames(parts)) < len(parts)
        or any(part.size <= size and part.gap(main) > gap for part in parts)
        or (any(sides) and any(part.gap(main) > FAR for part in parts))
    )


def fills(ink: Gray, bits: Gray, box: Box) -> bool:
    """Whether one thing reaches all four sides, as a digit does that was cropped tightly; see `is_soiled`."""
    return box == (0, 0, ink.shape[1], ink.shape[0]) and _is_one_piece(_cells(bits, max(ink.shape))[0])


def _is_faint_around(ink: Gray) -> bool:
    """Whether the darker ink takes up clearly less room than all of it: lines or stains of the paper are around it.

    Args:
        ink: uint8 (h, w), cropped.
    """
    reach = int(max(SOFT * max(ink.shape), 2)) + 1
    strips = ink[:reach], ink[-reach:], ink[:, :reach], ink[:, -reach:]
    return any(strip.max() <= DARK for strip in strips)


def _is_boxed(cells: Mask, box: Box, side: int) -> bool:
    """Whether ink lies along all four sides of its box, as a frame does that the drawing seems to touch."""
    top, left, bottom, right = box.top // side, box.left // side, (box.bottom - 1) // side, (box.right - 1) // side
    if not (cells[top, left] and cells[top, right] and cells[bottom, left] and cells[bottom, right]):
        return False
    inked = cells[cells.any(axis=1)][:, cells.any(axis=0)]
    sides = (inked[0], inked[-1], inked[:, 0], inked[:, -1])
    return min(inked.shape) > ROUND and all(each.all() for each in sides)


def _is_small(gray: Gray) -> bool:
    return bool(max(gray.shape) <= SMALL or min(gray.shape) <= NARROW)


def _cells(bits: Gray, longer: int) -> tuple[Mask, int]:
    """The picture looked at from afar, bool (h, w) with at most CELLS a side: which cells hold ink; and their side."""
    octets = -(-longer // (8 * CELLS))  # of pixels, to a cell's width
    rows = np.bitwise_or.reduceat(bits, np.arange(0, bits.shape[0], 8 * octets), axis=0)
    if octets > 1:
        rows = np.bitwise_or.reduceat(rows, np.arange(0, rows.shape[1], octets), axis=1)
    cells: Mask = rows > 0
    return cells, 8 * octets


def _is_one_piece(cells: Mask) -> bool:
    """Whether the cells are one 8-connected component: a flood of all bits at once."""
    framed = np.zeros((CELLS + 2, ROW), bool)
    framed[1 : cells.shape[0] + 1, 1 : cells.shape[1] + 1] = cells
    bitmap = int.from_bytes(np.packbits(framed).tobytes())
    piece, flood = 0, bitmap & -bitmap
    while piece != flood:
        piece = flood
        wide = flood | flood << 1 | flood >> 1
        flood = (wide | wide << ROW | wide >> ROW) & bitmap
    return bool(piece == bitmap)
