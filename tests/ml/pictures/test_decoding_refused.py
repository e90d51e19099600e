"""Picture files that are refused: other types, cut off, too large, or made to exhaust the server."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from predictor.ml import pictures
from predictor.ml.errors import ImageError, ImageTooLarge, UndecodableImage, UnsupportedImageType
from tests.ml.handmade import (
    DRAWN,
    GREY,
    INK,
    PALETTE,
    chunk,
    jpeg_with_scans,
    pixels,
    png,
    png_header,
    save,
)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PDF", "ICO"])
def test_it_refuses_another_type_of_file_by_its_name(form: str) -> None:
    with pytest.raises(UnsupportedImageType, match=f"^{form} is not supported; send PNG, JPEG or WebP"):
        pictures.decode(save(DRAWN, form))


@pytest.mark.parametrize(
    ("beginning", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"8BPS\0\1", "PSD"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
    ],
)
def test_it_names_another_type_of_file_by_its_first_bytes(beginning: bytes, name: str) -> None:
    with pytest.raises(UnsupportedImageType, match=name):
        pictures.decode(beginning + bytes(100))


@pytest.mark.parametrize("data", [b"", b"\0", b"hello", bytes(1000), np.random.default_rng(1).bytes(1000)])
def test_it_refuses_bytes_that_are_not_a_picture(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        pictures.decode(data)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_it_refuses_a_file_that_was_cut_off(form: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64)).astype(np.uint8)
    data = save(noise, form)
    assert pictures.decode(data).shape == (64, 64), "the whole file is valid"
    with pytest.raises(UndecodableImage):
        pictures.decode(data[: int(share * len(data))])


def test_it_refuses_a_png_with_a_wrong_checksum() -> None:
    data = bytearray(save(DRAWN, "PNG"))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(UndecodableImage, match="damaged"):
        pictures.decode(bytes(data))


def test_it_refuses_a_png_that_lacks_its_palette() -> None:
    with pytest.raises(ImageError):
        pixels(png(INK, [1], [0], depth=8, colour=PALETTE))


@pytest.mark.parametrize(("width", "height"), [(4096, 1), (1, 4096), (2000, 2000), (4000, 1000)])
def test_a_picture_of_the_largest_size_is_decoded(width: int, height: int) -> None:
    assert pictures.decode(save(Image.new("L", (width, height)), "PNG")).shape == (height, width)


@pytest.mark.parametrize(
    ("form", "width", "height"),
    [(form, *size) for form in ("PNG", "WEBP") for size in ((4097, 1), (1, 4097), (2001, 2000))]
    + [("JPEG", 16_385, 8), ("JPEG", 8, 16_385)],
)
def test_it_refuses_a_picture_that_is_too_long_or_too_large(form: str, width: int, height: int) -> None:
    with pytest.raises(ImageTooLarge, match=f"{width}×{height}"):
        pictures.decode(save(Image.new("L", (width, height)), form))


def test_it_refuses_a_png_of_169_megapixels_before_decoding() -> None:
    undecodable = png_header(13_000, 13_000) + chunk(b"IDAT", b"no zlib stream") + chunk(b"IEND", b"")
    with pytest.raises(ImageTooLarge, match="13000×13000"):
        pictures.decode(undecodable)


def test_it_refuses_a_jpeg_of_169_megapixels_before_decoding() -> None:
    data = bytearray(save(DRAWN, "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 13_000, 13_000)
    without_its_scan = data[: data.index(b"\xff\xda") + 10]
    with pytest.raises(ImageTooLarge, match="13000×13000"):
        pictures.decode(bytes(without_its_scan))


def test_it_refuses_a_webp_of_169_megapixels_before_decoding() -> None:
    frames = [Image.fromarray(DRAWN), Image.fromarray(255 - DRAWN)]
    data = bytearray(save(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    canvas = data.index(b"VP8X") + 12
    data[canvas : canvas + 6] = (13_000 - 1).to_bytes(3, "little") * 2
    with pytest.raises(ImageTooLarge, match="13000×13000"):
        pictures.decode(bytes(data))


@pytest.mark.parametrize(
    "bomb",
    [
        lambda text: chunk(b"zTXt", b"Comment\0\0" + text),
        lambda text: chunk(b"iTXt", b"Comment\0\1\0\0\0" + text),
        lambda text: chunk(b"iCCP", b"profile\0\0" + text),
    ],
    ids=["zTXt", "iTXt", "iCCP"],
)
def test_text_in_a_png_that_unpacks_to_64_megabytes_takes_no_such_memory(bomb: Callable[[bytes], bytes]) -> None:
    text = bomb(zlib.compress(bytes(64_000_000), 9))
    tracemalloc.start()
    try:
        gray = pictures.decode(png(INK, [0], [255], depth=8, colour=GREY, before=text))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
    assert np.array_equal(gray, DRAWN)


def test_it_refuses_a_jpeg_of_a_thousand_scans_each_over_the_whole_picture() -> None:
    assert pictures.decode(jpeg_with_scans(2)).shape == (16, 16)
    with pytest.raises(ImageError):
        pictures.decode(jpeg_with_scans(1000))


def test_it_refuses_such_a_jpeg_as_the_first_of_several_too() -> None:
    two = save(np.full((16, 16), 255, np.uint8), "MPO", save_all=True, append_images=[Image.new("L", (16, 16))])
    start = two.index(b"MPF\0") - 4  # the segment in which a camera lists its pictures
    listing = two[start : start + 2 + int.from_bytes(two[start + 2 : start + 4])]
    bomb = jpeg_with_scans(1000)
    with pytest.raises(UndecodableImage, match="scans"):
        pictures.decode(bomb[:2] + listing + bomb[2:])


def test_a_jpeg_may_have_more_scans_the_smaller_it_is() -> None:
    assert pictures.decode(jpeg_with_scans(90)).shape == (16, 16)
    data = bytearray(jpeg_with_scans(90))
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 2000, 2000)
    with pytest.raises(UndecodableImage, match="too many for its size"):
        pictures.decode(bytes(data))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_progressive_jpeg_of_the_largest_size_is_decoded(mode: str) -> None:
    data = save(Image.new(mode, (2000, 2000)), "JPEG", progressive=True)
    assert pictures.decode(data).shape == (2000, 2000)


def test_it_refuses_a_webp_whose_canvas_is_too_large_before_it_allocates_it() -> None:
    data = bytearray(save(DRAWN, "WEBP", save_all=True, append_images=[Image.fromarray(255 - DRAWN)]))
    data[24:30] = b"\xff" * 6
    with pytest.raises(ImageTooLarge, match="16777216×16777216"):
        pictures.decode(bytes(data))
