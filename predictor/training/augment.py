"""Other ways in which the same hand might have drawn the same digit.

Applied to training images only, never to what judges or reports. Everything random comes from a seed: the same call
gives the same pixels.
"""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from predictor.ml.errors import BlankImage
from predictor.ml.images import SIDE, Pixels, normalise
from predictor.training.dataset import Dataset

# Ranges of Simard et al. 2003 and Cireşan et al. 2010, without what `normalise` takes away again: shift and size.
ROTATION: Final = 15.0  # degrees to either side
SHEAR: Final = 0.2
ASPECT: Final = 0.15  # of the logarithm of height by width
ELASTIC: Final = 2.2  # pixels of the largest displacement
ELASTIC_SIGMA: Final = 4.0  # pixels over which neighbours move together
THICKNESS: Final = 0.8  # from thinner by as much to thicker by as much of a blurred stroke's edge


def multiply(data: Dataset, copies: int, *, seed: int) -> Dataset:
    """The drawings of `data`, followed by `copies` variations of each: uint8 (n · (1 + copies), 28, 28)."""
    random = np.random.default_rng(seed)
    varied = [vary(pixels, random) for _ in range(copies) for pixels in data.pixels]
    pixels = np.concatenate([data.pixels, np.array(varied, np.uint8).reshape(-1, SIDE, SIDE)])
    return Dataset(pixels, np.tile(data.labels, copies + 1))


def vary(pixels: Pixels, random: Generator) -> Pixels:
    """Rotate, shear, stretch, bend, thicken or thin one drawing, uint8 (28, 28), and normalise it anew."""
    middle = (SIDE - 1) / 2
    grid = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) - middle  # (2, 28, 28), y then x
    where = np.tensordot(_affine(random), grid, 1) + middle + _bend(random)
    ink = _thicken(
        map_coordinates(pixels.astype(np.float32) / 255, where, order=1), random.uniform(-THICKNESS, THICKNESS)
    )
    try:
        return normalise(np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8))
    except BlankImage:
        return pixels


def _affine(random: Generator) -> NDArray[np.float32]:
    """Rotation, shear along x and a change of aspect, (2, 2), for (y, x)."""
    angle = np.deg2rad(random.uniform(-ROTATION, ROTATION))
    stretch = np.exp(random.uniform(-ASPECT, ASPECT))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1, 0], [random.uniform(-SHEAR, SHEAR), 1]])
    affine: NDArray[np.float32] = (rotation @ shear @ np.diag([stretch, 1 / stretch])).astype(np.float32)
    return affine


def _bend(random: Generator) -> NDArray[np.float32]:
    """A smooth field of displacements, (2, 28, 28), of at most ELASTIC pixels (Simard et al. 2003)."""
    noise = random.uniform(-1, 1, (2, SIDE, SIDE)).astype(np.float32)
    field = gaussian_filter(noise, (0, ELASTIC_SIGMA, ELASTIC_SIGMA))
    longest = float(np.abs(field).max())
    bent: NDArray[np.float32] = field * np.float32(random.uniform(0, ELASTIC) / longest)
    return bent


def _thicken(ink: NDArray[np.float32], by: float) -> NDArray[np.float32]:
    """Move the edges of strokes outwards (by > 0) or inwards, by way of a blurred copy."""
    blurred = gaussian_filter(ink, 0.8)
    changed: NDArray[np.float32] = (
        np.maximum(ink, 1.6 * by * blurred) if by > 0 else ink + 2 * by * (ink.max() - blurred) * (ink < 1)
    )
    return changed
