"""What is in the picture besides the paper: frames, boxes, the table, dark corners."""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.training.photographs.pictures import Picture, beyond, darkened

CLEAR: Final = 0.18  # of the shorter side: how far from the picture's border a digit must be to stay in view


def frame(picture: Picture, random: Generator, *, width: int, shade: float | None = None, inset: float = 0) -> Picture:
    """A frame line of `width` pixels.

    Args:
        picture: any.
        random: the shade, if it is not given.
        width: of the line, in pixels.
        shade: 0 black to 1 white; None for any.
        inset: how far it is from the border, as a share of the picture's shorter side.
    """
    shade = random.uniform() if shade is None else shade
    start = round(inset * min(picture.shape[:2]))
    framed = picture.copy()
    view = framed[start : len(framed) - start, start : framed.shape[1] - start]
    inside = view[width:-width, width:-width].copy()
    view[...] = shade
    view[width:-width, width:-width] = inside
    return framed


def page_edge(picture: Picture, random: Generator, *, shade: tuple[float, float], side: int | None = None) -> Picture:
    """The edge of the page, up to 4° askew: beyond it, within CLEAR, lies a table of a shade in a range.

    Args:
        picture: any.
        random: how askew, how far in, the shade, and the side, if it is not given.
        shade: the darkest and the lightest table, 0 black to 1 white.
        side: 0 right, 1 bottom, 2 left, 3 top.
    """
    side = int(random.integers(4)) if side is None else side
    angle = side * np.pi / 2 + np.radians(random.uniform(-4, 4))
    height, width = picture.shape[:2]
    cut = random.uniform(0.05, 0.1) * min(height, width)
    across, down = 0.5 - cut / width, 0.5 - cut / height
    through = ((0.5 + across, 0.5), (0.5, 0.5 + down), (0.5 - across, 0.5), (0.5, 0.5 - down))[side]
    table = np.clip(beyond(picture, angle, through) + 0.5, 0, 1)[..., None]
    mixed: Picture = picture + table * (np.float32(random.uniform(*shade)) - picture)
    return mixed


def dark_corner(picture: Picture, random: Generator, *, share: float) -> Picture:
    """A finger or the lens: `share` of the light is missing in one corner, and none beyond CLEAR."""
    corner = (float(random.integers(2)), float(random.integers(2)))
    away = np.hypot(beyond(picture, 0, corner), beyond(picture, np.pi / 2, corner)) / min(picture.shape[:2])
    radius = random.uniform(0.18, 0.25)
    return darkened(picture, share * np.clip((radius - away) / 0.04, 0, 1))
