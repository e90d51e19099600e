"""Images and their labels in two arrays of bytes, read side by side and never as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from predictor.ml.pictures import MAX_AREA, MAX_SIDE
from predictor.services.datasets.rows import Picture, Refusal
from predictor.services.datasets.zips import UNREADABLE
from predictor.training.errors import DatasetError


@dataclass(frozen=True)
class Array:
    """An array of bytes in a file whose head was read; `name` is for people."""

    name: str
    shape: tuple[int, ...]
    content: IO[bytes]


def pictures(images: Array, labels: Array, preprocessing: object) -> Iterator[Picture | Refusal]:
    """Images (n, h, w) of any size and their labels (n,), by their numbers from 0.

    Where the content breaks off, or is damaged, the images that follow are refused. So they are read one by one: of a
    block that fails, all would be lost.
    """
    n, height, width = images.shape
    for number in range(n):
        try:
            levels, (digit,) = _read(images.content, height * width), _read(labels.content, 1)
        except UNREADABLE as error:
            lost = f"{images.name}, images {number} to {n - 1}"
            yield Refusal(lost, f"the file is damaged: {error}", count=n - number)
            return
        gray = np.frombuffer(levels, np.uint8).reshape(height, width)
        yield Picture(f"{images.name}, image {number}", str(digit), gray, preprocessing)
    for array in (images, labels):
        if flaw := _flaw_at_end(array.content):
            yield Refusal(array.name, flaw)


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


def _read(content: IO[bytes], size: int) -> bytes:
    found = content.read(size)
    if len(found) < size:
        raise EOFError("it breaks off")
    return found


def _flaw_at_end(content: IO[bytes]) -> str | None:
    """What stands behind the array; asking for it also has the checksum of the whole compared."""
    try:
        return "it holds more than it announces" if content.read(1) else None
    except UNREADABLE as error:
        return f"the file is damaged: {error}"
