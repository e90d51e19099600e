"""Light on the paper: it falls off, and something throws a shadow. Each takes a share of the light, 0 to 1, away."""

import numpy as np
from numpy.random import Generator

from predictor.training.photographs.pictures import Picture, beyond, darkened


def falling(picture: Picture, random: Generator, *, share: float) -> Picture:
    """Light that falls linearly in any direction, by `share` from the brightest to the darkest corner."""
    along = beyond(picture, random.uniform(0, 2 * np.pi), (0.5, 0.5))
    return darkened(picture, share * (along - along.min()) / np.ptp(along))


def from_a_corner(picture: Picture, random: Generator, *, share: float) -> Picture:
    """Light that falls with the distance from one corner, by `share` to the opposite one."""
    corner = (float(random.integers(2)), float(random.integers(2)))
    away = np.hypot(beyond(picture, 0, corner), beyond(picture, np.pi / 2, corner))
    return darkened(picture, share * (away - away.min()) / np.ptp(away))


def shadow(picture: Picture, random: Generator, *, share: float, soft: float) -> Picture:
    """One straight edge of a shadow through the middle of the picture.

    Args:
        picture: any.
        random: where the edge is.
        share: of the light that is missing in the shadow.
        soft: the width of the edge, as a share of the picture's shorter side.
    """
    through = (random.uniform(0.3, 0.7), random.uniform(0.3, 0.7))
    distance = beyond(picture, random.uniform(0, 2 * np.pi), through)
    width = max(1.0, soft * min(picture.shape[:2]))
    return darkened(picture, share * np.clip(distance / width + 0.5, 0, 1))


def vignetting(picture: Picture, random: Generator, *, share: float) -> Picture:
    """A lens, or a flash: `share` of the light is missing in the corners, and none in the middle."""
    across, down = beyond(picture, 0, (0.5, 0.5)), beyond(picture, np.pi / 2, (0.5, 0.5))
    away = np.hypot(across / picture.shape[1], down / picture.shape[0]) * np.sqrt(2)
    return darkened(picture, share * away**2)


def glare(picture: Picture, random: Generator, *, share: float) -> Picture:
    """A lamp that is reflected, with soft edges: white light that covers up to `share` of ink and paper."""
    x, y, radius = random.uniform((0.2, 0.2, 0.15), (0.8, 0.8, 0.35))
    away = np.hypot(beyond(picture, 0, (x, y)), beyond(picture, np.pi / 2, (x, y))) / min(picture.shape[:2])
    spot = (share * np.exp(-((away / radius) ** 2))).astype(np.float32)[..., None]
    bright: Picture = picture + spot * (1 - picture)
    return bright
