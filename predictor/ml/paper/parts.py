"""Which parts of the ink are the drawing: the main body and what belongs to it, or a second thing that is written.

Not lines that run right through, edges of the page, frames, specks, or what is fainter than the main body.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from predictor.ml.paper.components import Component, Mask, components
from predictor.ml.paper.light import Shares

SPECK: Final = 0.03  # of the main body's pixels
SMALL: Final = 0.03  # of the picture's longer side: what is smaller is a speck beside anything larger
INNER: Final = 0.1  # of the largest part's pixels: then what reaches the edge of the picture is not the digit
NEAR: Final = 0.3  # of the main body's longer side
RIVAL: Final = 0.4  # of the main body's pixels: a second digit
HIGH: Final = 0.5  # of the main body's longer side: a second digit as well, if its strokes are alike
DARK: Final = 0.6  # of the main body's darkness
WIDE: Final = (0.45, 2.2)  # of the main body's strokes,
RIVAL_WIDE: Final = (0.3, 3.3)  # and for a second digit
SOLID: Final = 0.4  # of the longer side: wider "strokes" are blocks
MAX_RUNS: Final = 5_000  # of pixels in rows


@dataclass(eq=False)
class Part:
    """One component of the ink.

    Attributes:
        shape: the component.
        share: of the whole picture.
    """

    shape: Component
    share: Shares

    @cached_property
    def mask(self) -> Mask:
        """Its pixels, in its bounding box."""
        whole = np.zeros(self.share.shape, bool)
        self.shape.paint(whole)
        return whole[self._window]

    @cached_property
    def darkness(self) -> float:
        """The share that its darker half reaches."""
        return float(np.percentile(self.share[self._window][self.mask], 75))

    @cached_property
    def stroke(self) -> float:
        """The mean width of its strokes, in pixels."""
        return stroke(self.mask)

    def touches_edge(self) -> bool:
        return self.shape.touches(*self.share.shape)

    @property
    def _window(self) -> tuple[slice, slice]:
        return slice(self.shape.top, self.shape.bottom), slice(self.shape.left, self.shape.right)


def stroke(mask: Mask) -> float:
    """The mean width of strokes in pixels: a line's area is its length times its width, its outline twice its length.

    Args:
        mask: bool (h, w).
    """
    framed = np.pad(mask, 1)
    inside = mask & framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    area = int(mask.sum())
    return 2 * area / max(area - int(inside.sum()), 1)


def parts(share: Shares, limit: float) -> list[Part] | None:
    """What is darker than the limit; None if it is in so many pieces that it is only noise."""
    mask = share > limit
    if np.count_nonzero(mask[:, 1:] & ~mask[:, :-1]) > MAX_RUNS:
        return None
    return [Part(each, share) for each in without_frames(components(mask))]


def main_of(found: list[Part]) -> Part:
    """The main body: the largest part, if possible one inside the picture that is no speck."""
    least = SMALL * max(found[0].share.shape)
    inner = [each for each in found if not each.touches_edge()]
    large = [each for each in inner if each.shape.side >= least and each.stroke <= SOLID * each.shape.side]
    most = max(each.shape.size for each in found)
    if large or any(each.shape.size > INNER * most for each in inner):
        return max(large or inner, key=lambda each: each.shape.size * each.darkness)
    return max(found, key=lambda each: each.shape.size)


def belonging(found: list[Part], main: Part) -> list[Part]:
    """The main body and what belongs to it."""
    return [each for each in found if each is main or _belongs(each, main) or _is_rival(each, main)]


def without_frames(found: list[Component]) -> list[Component]:
    """Without boxes around something else."""
    frames = [each for each in found if each.is_frame and any(each.encloses(other) for other in found)]
    return [each for each in found if each not in frames] or found


def _belongs(part: Part, main: Part) -> bool:
    near = part.shape.gap(main.shape) <= NEAR * main.shape.side
    inside = main.touches_edge() or not part.touches_edge()
    return near and inside and part.shape.size >= SPECK * main.shape.size and _is_alike(part, main, WIDE)


def _is_rival(part: Part, main: Part) -> bool:
    """Whether it is a writing of its own."""
    if part.touches_edge() and not main.touches_edge():
        return False
    large = part.shape.size >= RIVAL * main.shape.size or part.shape.side >= HIGH * main.shape.side
    return large and _is_alike(part, main, RIVAL_WIDE)


def _is_alike(part: Part, main: Part, wide: tuple[float, float]) -> bool:
    least, most = wide
    return part.darkness >= DARK * main.darkness and least <= part.stroke / main.stroke <= most
