"""Of a PNG with 16 bits per sample only the high bytes are decoded, and the levels are the same."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from predictor.ml import pictures
from predictor.ml.errors import UndecodableImage
from predictor.ml.pictures.narrow import narrow
from tests.ml.handmade import GREY, GREY_ALPHA, RGB, RGBA, SAMPLES, chunk, png_header

PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def noise(width: int, height: int, colour: int, *, interlaced: bool) -> bytes:
    """A PNG of 16 bits whose rows are noise behind every kind of filter."""
    chance, rows = np.random.default_rng(width * height), []
    for top, left, down, across in PASSES if interlaced else ((0, 0, 1, 1),):
        columns = len(range(left, width, across))
        length = columns * SAMPLES[colour] * 2
        rows += [bytes([row % 5]) + chance.bytes(length) for row in range(top, height, down) if columns]
    header = png_header(width, height, 16, colour, interlaced=interlaced)
    return header + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize("colour", [RGB, GREY_ALPHA, RGBA], ids=["RGB", "grey with alpha", "RGBA"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (5, 40), (200, 90)])
def test_the_samples_are_those_that_pillow_makes_of_16_bits(
    width: int, height: int, colour: int, interlaced: bool
) -> None:
    data = noise(width, height, colour, interlaced=interlaced)
    with Image.open(io.BytesIO(data)) as wide, Image.open(narrow(data)) as narrowed:
        assert np.array_equal(np.asarray(wide), np.asarray(narrowed.convert(wide.mode)))


def test_grey_of_16_bits_stays_as_it_is() -> None:
    data = noise(20, 20, GREY, interlaced=False)
    assert narrow(data).getvalue() == data


@pytest.mark.parametrize("kept", [0, 1, 300])
def test_it_refuses_a_picture_of_too_few_rows(kept: int) -> None:
    header = png_header(20, 20, 16, RGBA)
    with pytest.raises(UndecodableImage):
        pictures.decode(header + chunk(b"IDAT", zlib.compress(bytes(kept))) + chunk(b"IEND", b""))


def test_it_refuses_pixels_that_are_no_zlib_stream() -> None:
    with pytest.raises(UndecodableImage):
        pictures.decode(png_header(20, 20, 16, RGBA) + chunk(b"IDAT", b"no zlib stream") + chunk(b"IEND", b""))
