"""What the pure functions of this room take and give: pictures, ink, and effects on pictures."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.float32]  # (h, w, 1) grey or (h, w, 3) RGB, 0 black to 1 white
Ink: TypeAlias = NDArray[np.float32]  # (h, w), the share of each pixel that ink covers, 0 to 1
Field: TypeAlias = NDArray[np.float32]  # (h, w), any measure of each pixel
Colour: TypeAlias = tuple[float, ...]  # one level, or red, green and blue, 0 to 1
Effect: TypeAlias = Callable[[Picture, Generator], Picture]


def painted(ink: Ink, colour: Colour, paper: Colour) -> Picture:
    """Ink of one colour on paper of another; both are grey or both RGB."""
    ground, difference = np.array(paper, np.float32), np.subtract(colour, paper, dtype=np.float32)
    picture: Picture = ground + ink[..., None] * difference
    return picture


def darkened(picture: Picture, by: Field) -> Picture:
    """Take these shares, (h, w) from 0 to 1, of the light away."""
    left: Picture = picture * (1 - by[..., None].astype(np.float32))
    return left


def beyond(picture: Picture, angle: float, through: tuple[float, float]) -> Field:
    """How many pixels each pixel lies beyond a line, negative before it.

    Args:
        picture: its size is what matters.
        angle: where "beyond" is, in radians: 0 right, π/2 down.
        through: a point of the line, right and down, in shares of the picture's width and height.
    """
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32) + 0.5 - through[0] * width
    y = np.arange(height, dtype=np.float32) + 0.5 - through[1] * height
    field: Field = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y[:, None]
    return field


def to_levels(picture: Picture) -> NDArray[np.uint8]:
    """Grey levels, uint8 (h, w), or RGB, (h, w, 3)."""
    levels: NDArray[np.uint8] = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    return levels[..., 0] if levels.shape[2] == 1 else levels


def sometimes(effect: Effect, chance: float) -> Effect:
    """An effect that happens to a share of the pictures."""
    return lambda picture, random: effect(picture, random) if random.uniform() < chance else picture
