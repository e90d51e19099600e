"""Images and their labels in two arrays of numbers, read image by image."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.pictures import MAX_AREA, MAX_SIDE, Gray
from predictor.services.datasets.rows import Picture, Refusal
from predictor.services.datasets.scales import FULL, ROUNDING, Scale, scale_of
from predictor.services.datasets.zips import UNREADABLE
from predictor.training.errors import DatasetError

BYTES: Final = np.dtype(np.uint8)


@dataclass(frozen=True)
class Array:
    """An array in a file whose header has been read; `name` is for people."""

    name: str
    shape: tuple[int, ...]
    content: IO[bytes]
    kind: np.dtype = BYTES

    @property
    def size(self) -> int:
        """Bytes of each image or label."""
        return math.prod(self.shape[1:]) * self.kind.itemsize


def pictures(images: Array, labels: Array, preprocessing: object, scale: Scale = FULL) -> Iterator[Picture | Refusal]:
    """Images (n, h, w) of any size and their labels (n,), numbered from 0.

    If the content is truncated or damaged, the images from there on are refused. They are read one by one, because all
    images of a damaged block would be lost.
    """
    n, height, width = images.shape
    for number in range(n):
        try:
            levels, label = _read(images), _read(labels)
        except UNREADABLE as error:
            lost = f"{images.name}, images {number} to {n - 1}"
            yield Refusal(lost, f"the file is damaged: {error}", count=n - number)
            return
        name = f"{images.name}, image {number}"
        gray = levels if images.kind == BYTES else _gray(levels, scale)
        if gray is None:
            yield Refusal(name, f"its levels are not all from 0 to {scale}")
        else:
            yield Picture(name, str(label[0].item()), gray.reshape(height, width), preprocessing)
    for array in (images, labels):
        if flaw := _flaw_at_end(array.content):
            yield Refusal(array.name, flaw)


def scale(images: Array, *, are_own: bool) -> Scale:
    """The scale of images: 255 for whole numbers; floats are read up to where they are damaged.

    Raises:
        DatasetError: all levels are 0 or 1.
    """
    return scale_of(_floats(images), are_own=are_own) if images.kind.kind == "f" else FULL


def check(path: Path, images: Array, labels: Array) -> None:
    """Raises DatasetError if the shapes are not those of images with their labels."""
    if len(images.shape) != 3 or len(labels.shape) != 1:
        raise DatasetError(
            f"{path}: {images.name} and {labels.name} have the shapes {images.shape} and {labels.shape}."
        )
    if images.shape[0] != labels.shape[0]:
        raise DatasetError(
            f"{path}: {images.name} holds {images.shape[0]} images, {labels.name} {labels.shape[0]} labels."
        )
    height, width = images.shape[1:]
    if min(images.shape) < 1 or max(height, width) > MAX_SIDE or height * width > MAX_AREA:
        raise DatasetError(f"{path}: {images.name} holds {images.shape[0]} images of {width}×{height} pixels.")


def first(array: Array) -> object:
    """The first number of an array, which may have no dimensions."""
    return _read(array)[0].item()


def _floats(images: Array) -> Iterator[NDArray[np.float64]]:
    with suppress(*UNREADABLE):  # reported when the images are imported
        for _ in range(images.shape[0]):
            yield _read(images).astype(np.float64)


def _gray(levels: NDArray[Any], scale: Scale) -> Gray | None:
    """Numbers as levels from 0 to 255; None if one of them is outside the scale, or not a number."""
    values = levels.astype(np.float64)
    if not ((values >= 0) & (values <= scale * ROUNDING)).all():
        return None
    return np.minimum(values * (FULL / scale) + 0.5, FULL).astype(np.uint8)


def _read(array: Array) -> NDArray[Any]:
    found = array.content.read(array.size)
    if len(found) < array.size:
        raise EOFError("it is truncated")
    return np.frombuffer(found, array.kind)


def _flaw_at_end(content: IO[bytes]) -> str | None:
    """What is wrong after the array; reading on also verifies the checksum of the whole."""
    try:
        return "it holds more data than its header says" if content.read(1) else None
    except UNREADABLE as error:
        return f"the file is damaged: {error}"
