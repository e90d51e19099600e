"""Pictures for tests: a drawn 3, and many ways to encode it."""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from predictor.ml import images, pictures

CORNERS = ((30, 25), (70, 25), (48, 48), (72, 60), (62, 85), (28, 82))
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by PNG's colour type
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def three(size: int = 112, *, scale: float = 1.0, left: float = 0.0, top: float = 0.0, pen: float = 8.0) -> NDArray:
    """A 3 drawn without antialiasing, bool (size, size): where the ink is."""
    picture = Image.new("1", (size, size))
    corners = [(x * scale + left, y * scale + top) for x, y in CORNERS]
    ImageDraw.Draw(picture).line(corners, fill=1, width=round(pen * scale), joint="curve")
    return np.asarray(picture)


def levels(ink: NDArray[np.bool_], paper: int = 255, pen: int = 0) -> NDArray[np.uint8]:
    """uint8 (h, w): `pen` where there is ink, `paper` elsewhere."""
    return np.where(ink, pen, paper).astype(np.uint8)


def save(picture: NDArray | Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, form, **options)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_header(width: int, height: int, depth: int = 8, colour: int = GREY, *, interlaced: bool = False) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    )


def png(
    ink: NDArray[np.bool_],
    pen: Sequence[int],
    paper: Sequence[int],
    *,
    depth: int,
    colour: int,
    before: bytes = b"",
    interlaced: bool = False,
) -> bytes:
    """Write a PNG by hand: samples `pen` where there is ink, `paper` elsewhere; `before` are chunks before the pixels.

    Pillow writes only some of the colour types and depths, and never interlaced.
    """
    samples = np.where(ink[..., None], pen, paper)  # (h, w, samples of a pixel)
    assert samples.shape[2] == SAMPLES[colour]
    rows = b"".join(_rows(part, depth) for part in (_adam7(samples) if interlaced else [samples]))
    header = png_header(ink.shape[1], ink.shape[0], depth, colour, interlaced=interlaced)
    return header + before + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _rows(samples: NDArray, depth: int) -> bytes:
    bits = (samples.reshape(len(samples), -1, 1) >> np.arange(depth - 1, -1, -1)) & 1
    packed = np.packbits(bits.reshape(len(samples), -1).astype(np.uint8), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in packed)  # filter 0: none


def _adam7(samples: NDArray) -> Iterator[NDArray]:
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    for top, left, down, across in starts:
        yield samples[top::down, left::across]


def jpeg_with_scans(count: int) -> bytes:
    """A valid progressive JPEG, 16×16 grey, with `count` empty refinement scans after its own."""
    plain = save(np.full((16, 16), 255, np.uint8), "JPEG", progressive=True)
    first_scan = plain.index(b"\xff\xda")
    head, scans = plain[:first_scan], plain[first_scan:-2]
    table = b"\xff\xc4" + struct.pack(">H", 20) + b"\x10\x01" + bytes(15) + b"\x20"  # one code: four to seven blocks
    refinement = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x01\x3f\x10"  # bit 0 of coefficients 1 to 63
    return head + scans + table + (refinement + b"\x1f") * count + plain[-2:]


def pixels(data: bytes) -> images.Pixels:
    return images.normalise(pictures.decode(data))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference of grey levels."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def box(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the pixels that are not 0."""
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    return rows[0], rows[-1], columns[0], columns[-1]


INK = three()
DRAWN = levels(INK)
SEEN = images.normalise(DRAWN)
