"""Robustness: the accuracy on MNIST's test images perturbed as by other hands, pens and cameras.

The grey levels of MNIST's files are perturbed, then normalised as the server normalises what it is sent. Where ink
could reach the frame, the frame is padded first, so that nothing is cut off. Nothing is random.

The pen's width is changed by mathematical morphology (Serra 1982) on the digit at EIGHT times its size, thresholded at
half its strongest level: the ink is dilated or eroded by a disc. To erode it by half a pixel everywhere would delete
the thinnest strokes, and some digits altogether, although a finer pen would still have drawn them. So each digit is
eroded by the largest disc, in eighths of a pixel up to half a pixel, after which dilation by the same disc restores at
least KEPT of its ink. A disc of radius 0 always does, so no digit vanishes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from predictor.ml.images import normalise
from predictor.ml.pictures import Gray
from predictor.ml.runtime import SupportsProbabilities
from predictor.training.data.dataset import TRAIN_SIZE, Dataset, Mnist
from predictor.training.evaluation.evaluate import probabilities, score

Levels: TypeAlias = NDArray[np.uint8]  # (n, 28, 28), ink high, as in MNIST's files
Bitmaps: TypeAlias = NDArray[np.bool_]  # (n, h, w), where there is ink
Packed: TypeAlias = NDArray[np.uint8]  # (⌈n / 8⌉, h, w)
Perturbation: TypeAlias = Callable[[Levels], Iterable[Gray]]

EIGHT: Final = 8  # enlargement for changes of the pen: radii below are in eighths of MNIST's pixels
MARGIN: Final = 2  # MNIST pixels on each side, for the ink that a thicker pen adds
FOUR: Final = 4  # enlargement for rotations
DIAGONAL: Final = 6  # MNIST pixels on each side: 28 √2 < 40
KEPT: Final = 0.985
CHUNK: Final = 512  # pictures at a time: 32 MB when enlarged


def conditions(mnist: Mnist, n: int | None = None) -> Iterator[tuple[str, Dataset]]:
    """The name of each perturbation, and MNIST's test images outside the ancestor's 500, perturbed and normalised.

    All 9,940 or the first `n` of them; the original ones come first. All conditions take about a minute on one core.
    """
    which = np.setdiff1d(np.arange(TRAIN_SIZE, len(mnist.labels)), mnist.sample())[:n]
    for name, perturb in PERTURBATIONS.items():
        pixels = np.array([normalise(picture) for picture in perturb(mnist.levels[which])])
        yield name, Dataset(pixels, mnist.labels[which])


def robustness(
    classifier: SupportsProbabilities, perturbed: Iterable[tuple[str, Dataset]]
) -> dict[str, dict[str, Any]]:
    """The classifier's score (see `evaluate.score`) under each of the conditions."""
    return {name: score(probabilities(classifier, data), data) for name, data in perturbed}


def worst(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of the condition with the lowest accuracy; the first, if several share it."""
    return min(scores, key=lambda name: scores[name]["accuracy"])


def _original(levels: Levels) -> Levels:
    return levels


def _inverted(levels: Levels) -> Levels:
    return 255 - levels


def _shifted(levels: Levels, *, by: int) -> Levels:
    """Shift right and down by so many pixels, left and up if negative, in a frame padded by as many on each side."""
    before, after = abs(by) + by, abs(by) - by
    return np.pad(levels, ((0, 0), (before, after), (before, after)))


def _small(levels: Levels) -> Iterator[Gray]:
    """Scale to 60 % in the middle of 28×28: 30 pixels become 18."""
    for each in np.pad(levels, ((0, 0), (1, 1), (1, 1))):
        yield np.pad(np.asarray(Image.fromarray(each).resize((18, 18), Image.Resampling.BOX)), 5)


def _rotated(levels: Levels, *, degrees: float) -> Iterator[Gray]:
    """Rotate anticlockwise about the middle, enlarged."""
    for each in _enlarged(levels, DIAGONAL, FOUR):
        yield np.asarray(Image.fromarray(each).rotate(degrees, Image.Resampling.BILINEAR))


def _thicker(levels: Levels, *, radius: int) -> Iterator[Gray]:
    """Move every edge outwards by `radius` eighths of a pixel; the result is black and white, and enlarged."""
    for ink in _bitmaps(levels):
        yield from _dilated(ink, radius) * np.uint8(255)


def _thinner(levels: Levels, *, radius: int) -> Iterator[Gray]:
    """Move every edge inwards by `radius` eighths of a pixel, or by fewer: see the module."""
    for ink in _bitmaps(levels):
        yield from _eroded(ink, radius) * np.uint8(255)


def _enlarged(levels: Levels, margin: int, times: int) -> Iterator[Gray]:
    for each in np.pad(levels, ((0, 0), (margin, margin), (margin, margin))):
        side = len(each) * times
        yield np.asarray(Image.fromarray(each).resize((side, side), Image.Resampling.BICUBIC))


def _bitmaps(levels: Levels) -> Iterator[Bitmaps]:
    """The pictures enlarged and thresholded, chunk by chunk."""
    for start in range(0, len(levels), CHUNK):
        pictures = np.array(list(_enlarged(levels[start : start + CHUNK], MARGIN, EIGHT)))
        yield pictures >= np.maximum(pictures.max(axis=(1, 2), keepdims=True) // 2, 1)


def _eroded(ink: Bitmaps, radius: int) -> Bitmaps:
    """Erosion by a disc of `radius`, or by the next smaller one whose opening of the digit keeps its strokes."""
    if radius == 0:
        return ink
    eroded = ~_dilated(~ink, radius)
    opened = np.count_nonzero(_dilated(eroded, radius), axis=(1, 2))
    damaged = opened < KEPT * np.count_nonzero(ink, axis=(1, 2))
    if damaged.any():
        eroded[damaged] = _eroded(ink[damaged], radius - 1)
    return eroded


def _dilated(ink: Bitmaps, radius: int) -> Bitmaps:
    """Dilation by a disc, as a union over its rows: from the shortest to the longest, each extends the one before."""
    line = _packed(ink)
    result, half = np.zeros_like(line), 0
    for down in range(radius, -1, -1):
        while (half + 1) ** 2 + down**2 <= radius**2:
            half += 1
            line = _either_side(line, 2, 1)
        result |= _either_side(line, 1, down)
    return _unpacked(result, len(ink))


def _packed(ink: Bitmaps) -> Packed:
    """Pack eight bitmaps into each byte, so that one operation on bytes moves the edges of eight pictures."""
    bits = np.zeros((-(-len(ink) // 8), *ink.shape[1:]), np.uint8)
    for bit in range(8):
        some = ink[bit::8].view(np.uint8)
        bits[: len(some)] |= some << bit
    return bits


def _unpacked(bits: Packed, n: int) -> Bitmaps:
    ink = np.empty((n, *bits.shape[1:]), np.bool_)
    for bit in range(8):
        some = ink[bit::8]
        some[:] = (bits[: len(some)] >> bit) & 1
    return ink


def _either_side(bits: Packed, axis: int, by: int) -> Packed:
    """The union of the bits with themselves shifted by so many places both ways; what leaves the frame is lost."""
    moved, there, back = bits.copy(), [slice(None)] * 3, [slice(None)] * 3
    there[axis], back[axis] = slice(by, None), slice(bits.shape[axis] - by)
    moved[tuple(there)] |= bits[tuple(back)]
    moved[tuple(back)] |= bits[tuple(there)]
    return moved


PERTURBATIONS: Final[Mapping[str, Perturbation]] = {
    "original": _original,
    "shifted 4 px right and down": partial(_shifted, by=4),
    "shifted 4 px left and up": partial(_shifted, by=-4),
    "scaled to 60 %": _small,
    "rotated 15° left": partial(_rotated, degrees=15),
    "rotated 15° right": partial(_rotated, degrees=-15),
    "pen 1 px thinner": partial(_thinner, radius=4),
    "pen 1 px thicker": partial(_thicker, radius=4),
    "pen 2 px thicker": partial(_thicker, radius=8),
    "black on white": _inverted,
}
