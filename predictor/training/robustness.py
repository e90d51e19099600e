"""MNIST's test images as other hands, pens and cameras would have delivered them, and how the classifiers take it.

The grey levels of MNIST's files are altered, then normalised as the server does with a picture that is sent. Where ink
could reach the frame, the frame is widened first: nothing is cut off. Nothing is random.

A pen's width is altered by mathematical morphology (Serra 1982) on the digit at EIGHT times its size, cut at half of
its strongest level: the ink grows or shrinks at all its edges by a disc. Half a pixel off each edge would rub out the
thinnest strokes, and some digits altogether: a hand with a finer pen would still have drawn them. So each digit is
eroded by the largest disc, in eighths of a pixel up to half of one, after which dilating by the same disc brings
back at least KEPT of its ink; 0, which leaves its width as it is, always does. None vanishes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from predictor.ml.images import normalise
from predictor.ml.pictures import Gray
from predictor.training.dataset import TRAIN_SIZE, Dataset, Mnist
from predictor.training.evaluate import Answering, probabilities, score

Levels: TypeAlias = NDArray[np.uint8]  # (n, 28, 28), ink high, as in MNIST's files
Bitmaps: TypeAlias = NDArray[np.bool_]  # (n, h, w), where there is ink
Packed: TypeAlias = NDArray[np.uint8]  # (⌈n / 8⌉, h, w)
Alteration: TypeAlias = Callable[[Levels], Iterable[Gray]]

EIGHT: Final = 8  # of the enlarged pictures whose pen is altered: radii below are eighths of MNIST's pixels
MARGIN: Final = 2  # MNIST pixels on each side, for the ink that a thicker pen adds
TURNING: Final = 4  # enlargement for rotations
DIAGONAL: Final = 6  # MNIST pixels on each side: 28 √2 < 40
KEPT: Final = 0.985
CHUNK: Final = 512  # pictures at a time: 32 MB of them enlarged


def conditions(mnist: Mnist, n: int | None = None) -> Iterator[tuple[str, Dataset]]:
    """Each alteration's name, with MNIST's test images outside the ancestor's 500 so altered and normalised.

    All 9,940, or the first `n` of them; the unaltered ones come first. All take about a minute on one core.
    """
    which = np.setdiff1d(np.arange(TRAIN_SIZE, len(mnist.labels)), mnist.sample())[:n]
    for name, alter in ALTERATIONS.items():
        pixels = np.array([normalise(picture) for picture in alter(mnist.levels[which])])
        yield name, Dataset(pixels, mnist.labels[which])


def robustness(classifier: Answering, altered: Iterable[tuple[str, Dataset]]) -> dict[str, dict[str, Any]]:
    """The classifier's score (see `evaluate.score`) under each of the conditions."""
    return {name: score(probabilities(classifier, data), data) for name, data in altered}


def worst(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of the condition with the lowest accuracy, the first of several."""
    return min(scores, key=lambda name: scores[name]["accuracy"])


def _unaltered(levels: Levels) -> Levels:
    return levels


def _inverted(levels: Levels) -> Levels:
    return 255 - levels


def _shifted(levels: Levels, *, by: int) -> Levels:
    """Moved right and down by so many pixels, left and up if negative, in a frame with as many more on each side."""
    before, after = abs(by) + by, abs(by) - by
    return np.pad(levels, ((0, 0), (before, after), (before, after)))


def _small(levels: Levels) -> Iterator[Gray]:
    """At 60 % of its size in the middle of 28×28: 30 pixels become 18."""
    for each in np.pad(levels, ((0, 0), (1, 1), (1, 1))):
        yield np.pad(np.asarray(Image.fromarray(each).resize((18, 18), Image.Resampling.BOX)), 5)


def _rotated(levels: Levels, *, degrees: float) -> Iterator[Gray]:
    """Turned counterclockwise about the middle, four times enlarged."""
    for each in _enlarged(levels, DIAGONAL, TURNING):
        yield np.asarray(Image.fromarray(each).rotate(degrees, Image.Resampling.BILINEAR))


def _thicker(levels: Levels, *, radius: int) -> Iterator[Gray]:
    """Every edge moved outwards by `radius` eighths of a pixel; black and white, eight times enlarged."""
    for ink in _bitmaps(levels):
        yield from _dilated(ink, radius) * np.uint8(255)


def _thinner(levels: Levels, *, radius: int) -> Iterator[Gray]:
    """Every edge moved inwards by `radius` eighths of a pixel, or by fewer: see the module."""
    for ink in _bitmaps(levels):
        yield from _eroded(ink, radius) * np.uint8(255)


def _enlarged(levels: Levels, margin: int, times: int) -> Iterator[Gray]:
    for each in np.pad(levels, ((0, 0), (margin, margin), (margin, margin))):
        side = len(each) * times
        yield np.asarray(Image.fromarray(each).resize((side, side), Image.Resampling.BICUBIC))


def _bitmaps(levels: Levels) -> Iterator[Bitmaps]:
    """Where the ink is on the pictures, eight times enlarged, chunk by chunk."""
    for start in range(0, len(levels), CHUNK):
        pictures = np.array(list(_enlarged(levels[start : start + CHUNK], MARGIN, EIGHT)))
        yield pictures >= np.maximum(pictures.max(axis=(1, 2), keepdims=True) // 2, 1)


def _eroded(ink: Bitmaps, radius: int) -> Bitmaps:
    """Ink narrowed by a disc of `radius`, or of the next smaller one that opens the digit without losing strokes."""
    if radius == 0:
        return ink
    eroded = ~_dilated(~ink, radius)
    opened = np.count_nonzero(_dilated(eroded, radius), axis=(1, 2))
    rubbed_out = opened < KEPT * np.count_nonzero(ink, axis=(1, 2))
    if rubbed_out.any():
        eroded[rubbed_out] = _eroded(ink[rubbed_out], radius - 1)
    return eroded


def _dilated(ink: Bitmaps, radius: int) -> Bitmaps:
    """Ink widened by a disc, as the union of its rows: lines, the longer of which grow out of the shorter."""
    line = _packed(ink)
    result, half = np.zeros_like(line), 0
    for down in range(radius, -1, -1):
        while (half + 1) ** 2 + down**2 <= radius**2:
            half += 1
            line = _either_side(line, 2, 1)
        result |= _either_side(line, 1, down)
    return _unpacked(result, len(ink))


def _packed(ink: Bitmaps) -> Packed:
    """Eight bitmaps in a byte: one operation on bytes then moves the edges of eight pictures."""
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
    """The bits, joined by themselves moved by so many places both ways; what leaves the frame is gone."""
    moved, there, back = bits.copy(), [slice(None)] * 3, [slice(None)] * 3
    there[axis], back[axis] = slice(by, None), slice(bits.shape[axis] - by)
    moved[tuple(there)] |= bits[tuple(back)]
    moved[tuple(back)] |= bits[tuple(there)]
    return moved


ALTERATIONS: Final[Mapping[str, Alteration]] = {
    "unaltered": _unaltered,
    "shifted 4 px right, down": partial(_shifted, by=4),
    "shifted 4 px left, up": partial(_shifted, by=-4),
    "at 60 % size": _small,
    "turned 15° left": partial(_rotated, degrees=15),
    "turned 15° right": partial(_rotated, degrees=-15),
    "pen 1 px thinner": partial(_thinner, radius=4),
    "pen 1 px thicker": partial(_thicker, radius=4),
    "pen 2 px thicker": partial(_thicker, radius=8),
    "black on white": _inverted,
}
