"""Files to grey levels: the types that are taken, those that are refused, and what damaged ones may do."""

import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from predictor.ml import images, pictures
from predictor.ml.errors import BlankImage, ImageError, ImageTooLarge, UndecodableImage, UnsupportedImageType

from .handmade import (
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
    jpeg_with_scans,
    levels,
    pixels,
    png,
    png_header,
    save,
    three,
)

repeatable = settings(deadline=None, derandomize=True, database=None)
damaged_metadata_is_warned_about = [
    pytest.mark.filterwarnings("ignore:Truncated File Read:UserWarning"),
    pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning"),
    pytest.mark.filterwarnings("ignore:Tag data larger than file:UserWarning"),
    pytest.mark.filterwarnings("ignore:Tag offset too large:UserWarning"),
    pytest.mark.filterwarnings("ignore:Metadata Warning:UserWarning"),
    pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO:UserWarning"),
    pytest.mark.filterwarnings("ignore:Invalid APNG:UserWarning"),
]


NOWHERE = bytes(3)  # a palette's entry for black


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
def test_a_png_of_16_bits_keeps_its_levels(colour: int, samples: int) -> None:
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
    black_on_clear_black = chunk(b"PLTE", NOWHERE * 2) + chunk(b"tRNS", bytes([0, 255]))
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
def test_a_picture_that_was_stored_turned_is_turned_back(form: str, orientation: int, stored: Image.Transpose) -> None:
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


def test_what_is_drawn_in_transparent_ink_on_transparent_paper_is_blank() -> None:
    with pytest.raises(BlankImage):
        pixels(png(INK, [0, 0], [255, 0], depth=8, colour=GREY_ALPHA))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_one_pixel_is_blank(form: str) -> None:
    with pytest.raises(BlankImage):
        pixels(save(np.zeros((1, 1), np.uint8), form))


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PDF", "ICO"])
def test_it_refuses_another_type_of_file_by_its_name(form: str) -> None:
    with pytest.raises(UnsupportedImageType, match=f"^{form} is not taken; send PNG, JPEG or WebP"):
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
def test_it_refuses_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        pictures.decode(data)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_it_refuses_a_file_that_was_cut_off(form: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64)).astype(np.uint8)
    data = save(noise, form)
    assert pictures.decode(data).shape == (64, 64), "whole, it is sound"
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
def test_a_picture_of_the_largest_size_is_taken(width: int, height: int) -> None:
    assert pictures.decode(save(Image.new("L", (width, height)), "PNG")).shape == (height, width)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(("width", "height"), [(4097, 1), (1, 4097), (2001, 2000)])
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
def test_text_in_a_png_that_unpacks_to_64_megabytes_takes_up_none_of_them(bomb: Callable[[bytes], bytes]) -> None:
    text = bomb(zlib.compress(bytes(64_000_000), 9))
    tracemalloc.start()
    try:
        read(png(INK, [0], [255], depth=8, colour=GREY, before=text))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_it_refuses_a_png_whose_text_unpacks_to_64_megabytes() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64_000_000), 9))
    with pytest.raises(UndecodableImage):
        pictures.decode(png(INK, [0], [255], depth=8, colour=GREY, before=bomb))


def test_it_refuses_a_jpeg_of_a_thousand_scans_each_of_which_would_pass_over_the_whole_picture() -> None:
    assert pictures.decode(jpeg_with_scans(2)).shape == (16, 16)
    with pytest.raises(ImageError):
        pictures.decode(jpeg_with_scans(1000))


def test_nor_does_such_a_jpeg_pass_as_the_first_of_several() -> None:
    two = save(np.full((16, 16), 255, np.uint8), "MPO", save_all=True, append_images=[Image.new("L", (16, 16))])
    start = two.index(b"MPF\0") - 4  # the segment in which a camera lists its pictures
    listing = two[start : start + 2 + int.from_bytes(two[start + 2 : start + 4])]
    bomb = jpeg_with_scans(1000)
    with pytest.raises(UndecodableImage, match="scans"):
        pictures.decode(bomb[:2] + listing + bomb[2:])


def read(data: bytes) -> images.Pixels | ImageError:
    """What came of it; any error but ours passes through and fails the test."""
    try:
        return pixels(data)
    except ImageError as error:
        return error


def _seeds() -> dict[str, bytes]:
    exif = Image.Exif()
    exif.update({0x0112: 6, 0x010E: "a drawing", 0x011A: 72.5})
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    small = Image.fromarray(levels(three(40, scale=0.4)))
    ink = small.point(lambda level: 255 - level)
    canvas = Image.merge("LA", (small, ink))
    turned = [small.rotate(90)]
    return {
        "grey.png": save(small, "PNG"),
        "exif.png": save(small, "PNG", exif=exif, dpi=(72, 72)),
        "bits.png": save(small.convert("1"), "PNG"),
        "16 bit.png": save(np.asarray(small).astype(np.uint16) * 257, "PNG", transparency=65535),
        "palette.png": save(small.convert("P"), "PNG", transparency=bytes(range(256))),
        "alpha.png": save(canvas, "PNG"),
        "clear colour.png": save(small.convert("RGB"), "PNG", transparency=(255, 255, 255)),
        "animated.png": save(small, "PNG", save_all=True, append_images=turned),
        "grey.jpeg": save(small, "JPEG"),
        "exif.jpeg": save(small, "JPEG", exif=exif),
        "cmyk.jpeg": save(small.convert("CMYK"), "JPEG"),
        "progressive.jpeg": save(small.convert("RGB"), "JPEG", progressive=True, restart_marker_blocks=1),
        "several.jpeg": save(small, "MPO", save_all=True, append_images=turned),
        "lossy.webp": save(small, "WEBP"),
        "exif.webp": save(canvas.convert("RGBA"), "WEBP", lossless=True, exif=exif.tobytes()),
        "animated.webp": save(small, "WEBP", save_all=True, append_images=turned),
    }


SEEDS = _seeds()


def _with_right_checksums(data: bytes) -> bytes:
    """A PNG's chunks with their checksums made right, so that damage gets past them."""
    sound, position = data[:8], 8
    while position + 12 <= len(data):
        length = struct.unpack_from(">I", data, position)[0]
        name, content = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        sound, position = sound + chunk(name, content), position + 12 + length
    return sound


def _damaged(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    exif = data.find(b"MM\0*")
    for _ in range(chance.choice([1, 1, 2, 3, 8])):
        start = exif if exif >= 0 and chance.random() < 0.5 else 0
        at = chance.randrange(start, len(found))
        match chance.randrange(6):
            case 0 | 1:
                found[at] = chance.randrange(256)
            case 2:
                found[at] ^= 1 << chance.randrange(8)
            case 3:
                found[at : at + 4] = chance.choice([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff"])
            case 4:
                del found[at : at + chance.choice([1, 2, 4])]
            case 5:
                found[at:at] = chance.randbytes(chance.choice([1, 2, 4]))
    return bytes(found)


@pytest.mark.parametrize("name", SEEDS)
def test_the_files_that_are_to_be_damaged_are_sound(name: str) -> None:
    assert pixels(SEEDS[name]).max() == 255


class TestDamage:
    pytestmark = damaged_metadata_is_warned_about

    @pytest.mark.parametrize("name", SEEDS)
    def test_500_damaged_copies_end_in_pixels_or_in_an_error_of_ours(self, name: str) -> None:
        chance = random.Random(name)  # noqa: S311
        outcomes = []
        for _ in range(500):
            data = _damaged(SEEDS[name], chance)
            if name.endswith("png") and chance.random() < 0.8:
                data = _with_right_checksums(data)
            outcomes.append(isinstance(read(data), ImageError))
        assert any(outcomes), "some damage is found"

    @settings(repeatable, max_examples=300)
    @given(st.data())
    def test_bytes_that_are_changed_put_in_or_left_out_end_in_pixels_or_in_an_error_of_ours(
        self, data: st.DataObject
    ) -> None:
        whole = data.draw(st.sampled_from(list(SEEDS.values())))
        start = data.draw(st.integers(0, len(whole)))
        stop = data.draw(st.integers(start, min(start + 8, len(whole))))
        new = data.draw(st.binary(max_size=8))
        for damaged in (whole[:start] + new + whole[stop:], _with_right_checksums(whole[:start] + new + whole[stop:])):
            assert isinstance(read(damaged), (np.ndarray, ImageError))

    @settings(repeatable, max_examples=300)
    @given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x20\0\0\0WEBPVP8 "]), st.binary())
    def test_any_bytes_after_a_signature_end_in_an_error_of_ours(self, signature: bytes, rest: bytes) -> None:
        assert isinstance(read(signature + rest), ImageError)

    @pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
    @pytest.mark.parametrize(
        ("tag", "kind", "value"),
        [
            (0x010E, 5, struct.pack(">II", 72, 1)),  # a description that is a fraction
            (0x8769, 16, b"\xff" * 8),  # a pointer beyond all memory
        ],
        ids=["description", "pointer"],
    )
    def test_a_picture_is_turned_though_other_things_in_its_exif_are_damaged(
        self, tag: int, kind: int, value: bytes, form: str
    ) -> None:
        turned = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
        damaged = struct.pack(">HHII", tag, kind, 1, 38)
        entries = turned + damaged if tag > 0x0112 else damaged + turned
        exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 2) + entries + bytes(4) + value
        stored = Image.fromarray(DRAWN).transpose(Image.Transpose.ROTATE_90)
        assert difference(pixels(save(stored, form, exif=exif, quality=95)), SEEN) < 0.5
