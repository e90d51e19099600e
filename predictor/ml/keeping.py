"""What is kept of a picture: the file without its side data, or if that is large, grey levels in its place."""

import io
import itertools
import math
from typing import Final

import numpy as np
from PIL import Image

from predictor.ml.errors import BlankImage
from predictor.ml.images import normalise, to_png
from predictor.ml.pictures import Gray, strip

LARGEST: Final = 200_000  # bytes
_HEAD: Final = 1_000  # bytes that a PNG takes for anything but its levels, at most


def to_keep(data: bytes, gray: Gray, room: int = LARGEST) -> bytes:
    """The file to keep of a picture.

    It is the first of these that fits: the stripped file; its grey levels as a PNG, which normalise to the same pixels;
    the grey levels reduced by a whole factor, small enough to fit whatever they are.

    Args:
        data: the file as it was sent.
        gray: its levels, as `pictures.decode` returns them.
        room: bytes that the file may take, at least 2,000.

    Raises:
        UndecodableImage: see `pictures.strip`.
        BlankImage: see `images.normalise`.
    """
    stripped = strip(data)
    if len(stripped) <= room:
        return stripped
    picture = Image.fromarray(gray)
    try:
        return _png(picture, room)
    except _Full:
        reduced = picture.reduce(_factor(*picture.size, room))
    try:
        normalise(np.asarray(reduced))
    except BlankImage:  # such faint ink that the mean of some pixels hides it
        return to_png(normalise(gray))
    return _png(reduced, room)


class _Full(Exception):
    """More was written than there is room for."""


class _Room(io.BytesIO):
    """A file that refuses more than `room` bytes, so that a picture that is too large is not encoded to its end."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, content: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(content) > self._room:
            raise _Full
        return super().write(content)


def _png(picture: Image.Image, room: int) -> bytes:
    file = _Room(room)
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _factor(width: int, height: int, room: int) -> int:
    """The least by which both sides must be divided for the levels to fit, whatever they are."""
    raw = (room - _HEAD) * 8 // 9  # noise grows by an eighth when it is packed in haste
    return next(
        factor
        for factor in itertools.count(2)
        if (1 + math.ceil(width / factor)) * math.ceil(height / factor) <= raw  # one byte a row for its filter
    )
