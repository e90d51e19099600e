"""One condition: how a digit becomes a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.training.photographs import camera
from predictor.training.photographs.digits import Digit
from predictor.training.photographs.pictures import Colour, Effect, Ink, Picture, painted

SIDES: Final = (300, 600)  # pixels, of the picture
MARGIN: Final = 0.05  # of the picture's shorter side
GREY_INK: Final = (0.12,)
GREY_PAPER: Final = (0.92,)


@dataclass(frozen=True)
class Condition:
    """How a digit is drawn, what happens to the picture, and the file that it is stored in.

    Attributes:
        share: the digit's longer side, as a share of the picture's shorter one; 1 crops the picture to the digit.
        pen: its width, as a share of the digit's longer side; None for the digit's own.
        ink: its colour.
        paper: its colour.
        margin: the least distance of the digit from the border, as a share of the picture's shorter side.
        sides: the least and the greatest length of a side of the picture, in pixels.
        effects: in the order in which they happen.
        encode: makes the file.
    """

    share: float = 0.5
    pen: float | None = None
    ink: Colour = GREY_INK
    paper: Colour = GREY_PAPER
    margin: float = MARGIN
    sides: tuple[int, int] = SIDES
    effects: tuple[Effect, ...] = ()
    encode: Callable[[Picture], bytes] = camera.png

    def __call__(self, digit: Digit, random: Generator) -> bytes:
        """The file of one picture."""
        return self.encode(self.picture(digit, random))

    def picture(self, digit: Digit, random: Generator) -> Picture:
        """The picture before it is encoded."""
        found = painted(self._placed(digit, random), self.ink, self.paper)
        for effect in self.effects:
            found = effect(found, random)
        return found

    def _placed(self, digit: Digit, random: Generator) -> Ink:
        height, width = random.integers(*self.sides, size=2, endpoint=True)
        ink = digit.ink(max(4, round(self.share * min(height, width))), self.pen)
        if self.share == 1:
            return ink
        least = self.margin * min(height, width)
        canvas = np.zeros((height, width), np.float32)
        top, left = (
            round(random.uniform(min(least, spare / 2), max(spare - least, spare / 2)))
            for spare in np.subtract(canvas.shape, ink.shape)
        )
        canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        return canvas
