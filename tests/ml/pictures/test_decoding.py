"""Picture files to grey levels: colour types, depths, transparency and orientation."""

import struct

import numpy as np
import pytest
from PIL import Image

from predictor.ml import pictures
from predictor.ml.errors import BlankImage
from tests.ml.handmade import (
    DRAWN,
    GREY,
    GREY_ALPHA,
    INK,
    PALETTE,
    RGB,
    RGBA,
    SEEN,
    chunk,
    difference,
    levels,
    pixels,
    png,
    save,
)


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize(
    ("colour", "depth"),
    [(GREY, depth) for depth in (1, 2, 4, 8, 16)] + [(kind, d) for kind in (GREY_ALPHA, RGB, RGBA) for d in (8, 16)],
)
def test_a_png_of_every_colour_type_and_depth_gives_the_same_pixels(colour: int, depth: int, interlaced: bool) -> None:
    full = 2**depth - 1
    pen, paper = {
        GREY: ([0], [full]),
        GREY_ALPHA: ([0, full], [full, full]),
        RGB: ([0, 0, 0], [full, full, full]),
        RGBA: ([0, 0, 0, full], [full, full, full, full]),
    }[colour]
    data = png(INK, pen, paper, depth=depth, colour=colour, interlaced=interlaced)
    assert np.array_equal(pixels(data), SEEN)


@pytest.mark.parametrize(("colour", "samples"), [(GREY, 1), (RGB, 3)], ids=["grey", "rgb"])
def test_a_png_with_16_bits_keeps_its_levels(colour: int, samples: int) -> None:
    gray = pictures.decode(png(INK, [30_000] * samples, [50_000] * samples, depth=16, colour=colour))
    assert np.array_equal(gray, levels(INK, 50_000 >> 8, 30_000 >> 8))


@pytest.mark.parametrize("interlaced", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_png_with_a_palette_gives_the_same_pixels(depth: int, interlaced: bool) -> None:
    palette = chunk(b"PLTE", bytes([255, 255, 255, 0, 0, 0]))
    data = png(INK, [1], [0], depth=depth, colour=PALETTE, before=palette, interlaced=interlaced)
    assert np.array_equal(pixels(data), SEEN)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_with_a_transparent_entry_gives_the_same_pixels(depth: int) -> None:
    black_on_clear_black = chunk(b"PLTE", bytes(3) * 2) + chunk(b"tRNS", bytes([0, 255]))
    assert np.array_equal(pixels(png(INK, [1], [0], depth=depth, colour=PALETTE, before=black_on_clear_black)), SEEN)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_with_a_transparent_level_gives_the_same_pixels(depth: int) -> None:
    full = 2**depth - 1
    for pen, paper in ((0, full), (full, 0)):
        clear_paper = chunk(b"tRNS", struct.pack(">H", paper))
        data = png(INK, [pen], [paper], depth=depth, colour=GREY, before=clear_paper)
        assert np.array_equal(pixels(data), SEEN)


@pytest.mark.parametrize("depth", [8, 16])
def test_dark_ink_on_transparent_black_is_seen_where_the_black_is_a_transparent_level(depth: int) -> None:
    pen = 40 << (depth - 8)
    grey = png(INK, [pen], [0], depth=depth, colour=GREY, before=chunk(b"tRNS", bytes(2)))
    colour = png(INK, [pen] * 3, [0] * 3, depth=depth, colour=RGB, before=chunk(b"tRNS", bytes(6)))
    assert pictures.decode(grey).max() == pictures.decode(colour).max() == 255, "on white paper"
    assert np.array_equal(pixels(grey), SEEN)
    assert np.array_equal(pixels(colour), SEEN)


@pytest.mark.parametrize("depth", [8, 16])
def test_rgb_with_a_transparent_colour_gives_the_same_pixels(depth: int) -> None:
    full = 2**depth - 1
    clear_white = chunk(b"tRNS", struct.pack(">3H", full, full, full))
    assert np.array_equal(pixels(png(INK, [0] * 3, [full] * 3, depth=depth, colour=RGB, before=clear_white)), SEEN)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_gives_nearly_the_same_pixels(mode: str) -> None:
    data = save(Image.fromarray(DRAWN).convert(mode), "JPEG", quality=95)
    assert difference(pixels(data), SEEN) < 0.5


def test_a_progressive_jpeg_gives_nearly_the_same_pixels() -> None:
    assert difference(pixels(save(DRAWN, "JPEG", quality=95, progressive=True)), SEEN) < 0.5


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_picture_stored_rotated_is_rotated_back(form: str, orientation: int, stored: Image.Transpose) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = save(Image.fromarray(DRAWN).transpose(stored), form, exif=exif, quality=95)
    assert difference(pixels(data), SEEN) < 0.5


def test_a_webp_gives_nearly_the_same_pixels() -> None:
    assert difference(pixels(save(DRAWN, "WEBP", quality=90)), SEEN) < 0.5


def test_a_lossless_webp_gives_the_same_pixels() -> None:
    assert np.array_equal(pixels(save(DRAWN, "WEBP", lossless=True)), SEEN)


@pytest.mark.parametrize("lossless", [False, True], ids=["lossy", "lossless"])
@pytest.mark.parametrize("pen", [0, 255], ids=["black", "white"])
def test_a_webp_of_ink_on_a_transparent_canvas_gives_nearly_the_same_pixels(pen: int, lossless: bool) -> None:
    canvas = np.dstack([np.full((*INK.shape, 3), pen, np.uint8), levels(INK, 0, 255)])
    assert difference(pixels(save(canvas, "WEBP", lossless=lossless)), SEEN) < 0.5


@pytest.mark.parametrize("colour", [GREY_ALPHA, RGBA], ids=["grey", "rgb"])
@pytest.mark.parametrize("paper", [0, 255], ids=["clear black", "clear white"])
@pytest.mark.parametrize("pen", [0, 90, 250, 255])
def test_ink_of_any_level_on_a_transparent_canvas_is_found(pen: int, paper: int, colour: int) -> None:
    channels = 1 if colour == GREY_ALPHA else 3
    data = png(INK, [pen] * channels + [255], [paper] * channels + [0], depth=8, colour=colour)
    assert np.array_equal(pixels(data), SEEN)


def test_yellow_ink_is_found_on_a_transparent_canvas_and_on_white_paper() -> None:
    for paper in ([0, 0, 0, 0], [255, 255, 255, 255]):
        data = png(INK, [255, 230, 0, 255], paper, depth=8, colour=RGBA)
        assert np.array_equal(pixels(data), SEEN)


def test_half_transparent_ink_is_found() -> None:
    assert np.array_equal(pixels(png(INK, [0, 128], [0, 0], depth=8, colour=GREY_ALPHA)), SEEN)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_wholly_transparent_picture_is_blank(level: int) -> None:
    with pytest.raises(BlankImage):
        pixels(png(INK, [level, 0], [level, 0], depth=8, colour=GREY_ALPHA))


def test_transparent_ink_on_transparent_paper_is_blank() -> None:
    with pytest.raises(BlankImage):
        pixels(png(INK, [0, 0], [255, 0], depth=8, colour=GREY_ALPHA))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_one_pixel_is_blank(form: str) -> None:
    with pytest.raises(BlankImage):
        pixels(save(np.zeros((1, 1), np.uint8), form))
