"""Side data is dropped, and the picture stays what it was."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from predictor.ml import pictures
from predictor.ml.errors import UndecodableImage, UnsupportedImageType
from tests.ml.handmade import DRAWN, GREY, INK, RGB, chunk, png, png_header, save

SECRET = b"taken at 52.5 N 13.4 E"
XMP = b'<rdf:Description tiff:Orientation="6"/>' + SECRET
TURNED = Image.fromarray(DRAWN).transpose(Image.Transpose.ROTATE_90)


def exif(turned: int = 1) -> Image.Exif:
    found = Image.Exif()
    found.update({0x0112: turned, 0x010E: SECRET.decode()})
    return found


def segment(code: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, 2 + len(content)) + content


def after_the_header(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def riff(data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    body = data[8:] + b"".join(
        name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2) for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def text(keyword: str, content: str, *, packed: bool = False) -> PngInfo:
    info = PngInfo()
    info.add_text(keyword, content, zip=packed)
    return info


HEXADECIMAL = "\nexif\n 99\n" + exif(6).tobytes().hex()
FULL = {
    "png": save(
        DRAWN, "PNG", exif=exif(), icc_profile=SECRET * 9, pnginfo=text("Comment", SECRET.decode()), dpi=(72, 72)
    ),
    "jpeg": save(DRAWN, "JPEG", exif=exif(), icc_profile=SECRET * 9, comment=SECRET, xmp=XMP[39:]),
    "webp": save(DRAWN, "WEBP", exif=exif(), icc_profile=SECRET * 9, xmp=XMP[39:]),
}
BARE = {"png": save(DRAWN, "PNG"), "jpeg": save(DRAWN, "JPEG"), "webp": save(DRAWN, "WEBP")}


@pytest.mark.parametrize("form", FULL)
def test_profiles_texts_and_tags_are_dropped_and_the_levels_stay(form: str) -> None:
    stripped = pictures.strip(FULL[form])
    assert SECRET in FULL[form]
    assert SECRET[:9] not in stripped
    assert np.array_equal(pictures.decode(stripped), pictures.decode(BARE[form]))


@pytest.mark.parametrize("form", FULL)
def test_a_stripped_picture_stays_as_it_is(form: str) -> None:
    stripped = pictures.strip(FULL[form])
    assert pictures.strip(stripped) == stripped


@pytest.mark.parametrize("form", ["png", "jpeg"])
def test_a_picture_without_side_data_stays_as_it_is(form: str) -> None:
    assert pictures.strip(BARE[form]) == BARE[form]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_of_exif_the_orientation_alone_is_kept_and_others_can_read_it(form: str) -> None:
    data = save(TURNED, form, exif=exif(6))
    stripped = pictures.strip(data)
    assert SECRET not in stripped
    with Image.open(io.BytesIO(stripped)) as picture:
        assert dict(picture.getexif()) == {0x0112: 6}
    assert np.array_equal(pictures.decode(stripped), pictures.decode(data))


@pytest.mark.parametrize(
    "turned",
    [
        save(TURNED, "JPEG", xmp=XMP),
        save(TURNED, "WEBP", xmp=XMP),
        save(TURNED, "PNG", pnginfo=text("XML:com.adobe.xmp", XMP.decode())),
        save(TURNED, "PNG", pnginfo=text("XML:com.adobe.xmp", XMP.decode(), packed=True)),
        save(
            TURNED, "PNG", pnginfo=text("Raw profile type exif", "\nexif\n 99\n" + exif(6).tobytes().hex(), packed=True)
        ),
    ],
    ids=["JPEG", "WEBP", "PNG", "packed PNG", "ImageMagick's PNG"],
)
def test_a_picture_that_only_xmp_or_text_turns_is_turned(turned: bytes) -> None:
    assert SECRET not in pictures.strip(turned)
    assert np.abs(pictures.decode(turned).astype(int) - DRAWN).mean() < 5
    assert np.array_equal(pictures.decode(pictures.strip(turned)), pictures.decode(turned))


def test_private_chunks_and_bytes_after_the_end_are_dropped() -> None:
    noise = np.random.default_rng(1).bytes(100_000)
    for form, data in {
        "png": BARE["png"][:33] + chunk(b"prVt", noise) + BARE["png"][33:] + noise,
        "jpeg": after_the_header(BARE["jpeg"], segment(0xEF, noise[:60_000])) + noise,
        "webp": riff(BARE["webp"], (b"prVt", noise)) + noise,
    }.items():
        assert len(pictures.strip(data)) == len(BARE[form])
        assert np.array_equal(pictures.decode(data), pictures.decode(BARE[form]))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_an_animation_one_picture_is_kept(form: str) -> None:
    frames = [Image.fromarray(DRAWN).rotate(angle) for angle in (90, 180, 270)]
    data = save(DRAWN, form, save_all=True, append_images=frames, lossless=True)
    assert np.array_equal(pictures.decode(data), DRAWN)
    assert len(pictures.strip(data)) < 0.5 * len(data)


def test_of_a_cameras_several_pictures_the_first_is_kept() -> None:
    data = save(DRAWN, "MPO", save_all=True, append_images=[TURNED, TURNED])
    assert pictures.strip(data) == pictures.strip(save(DRAWN, "JPEG"))


def test_an_animated_pngs_first_frame_does_not_replace_its_default_picture() -> None:
    data = save(DRAWN, "PNG", save_all=True, append_images=[TURNED, TURNED], default_image=True)
    assert np.array_equal(pictures.decode(data), DRAWN)


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_the_colours_of_a_jpeg_stay_what_they_were(mode: str) -> None:
    colours = Image.new(mode, (16, 16), (200, 40, 90, 10)[: len(mode)])
    for data in (save(colours, "JPEG", quality=100), save(colours, "JPEG", quality=100, keep_rgb=mode == "RGB")):
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(pictures.strip(data))) as after:
            assert np.array_equal(np.asarray(before), np.asarray(after))


def test_side_data_between_the_scans_of_a_jpeg_is_dropped() -> None:
    plain = save(DRAWN, "JPEG", progressive=True)
    second = plain.index(b"\xff\xda", plain.index(b"\xff\xda") + 2)
    data = plain[:second] + segment(0xE1, SECRET * 1000) + plain[second:]
    assert SECRET not in pictures.strip(data)
    assert np.array_equal(pictures.decode(data), pictures.decode(plain))


@pytest.mark.parametrize("length", [1, 100, 8192])
def test_a_png_whose_pixels_lie_in_many_chunks_is_read(length: int) -> None:
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in DRAWN))
    parts = [chunk(b"IDAT", packed[at : at + length]) for at in range(0, len(packed), length)]
    data = png_header(*DRAWN.shape[::-1]) + b"".join(parts) + chunk(b"IEND", b"")
    assert np.array_equal(pictures.decode(data), DRAWN)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_png_whose_header_claims_more_than_the_file_holds_is_no_picture(depth: int) -> None:
    whole = png(INK, [0] * 3, [255] * 3, depth=depth, colour=RGB)
    data = whole[:8] + (2**31 - 1).to_bytes(4) + whole[12:]
    assert pictures.strip(pictures.strip(data)) == pictures.strip(data)
    with pytest.raises(UndecodableImage):
        pictures.decode(data)


def test_a_png_is_read_whatever_its_profiles_and_texts_are_like() -> None:
    bomb = zlib.compress(bytes(2_000_000), 9)
    junk = [chunk(b"iCCP", b"\0\7"), chunk(b"gAMA", b""), chunk(b"acTL", b""), b"\0\0\0\4tEXtab\0cnone"]
    for before in (chunk(b"iCCP", b"a\0\0" + bomb) * 100, chunk(b"zTXt", b"a\0\0" + bomb) * 100, b"".join(junk)):
        assert np.array_equal(pictures.decode(png(INK, [0], [255], depth=8, colour=GREY, before=before)), DRAWN)


def test_a_jpeg_is_read_although_it_has_thousands_of_exif_segments() -> None:
    data = after_the_header(BARE["jpeg"], *[segment(0xE1, b"Exif\0\0MM\0*")] * 5000)
    assert np.array_equal(pictures.decode(data), pictures.decode(BARE["jpeg"]))


@pytest.mark.parametrize(
    ("flood", "message"),
    [
        (lambda: BARE["png"][:33] + chunk(b"prVt", b"") * 10_001 + BARE["png"][33:], "10,000 chunks"),
        (lambda: BARE["png"][:33] + chunk(b"IDAT", b"") * 10_001 + BARE["png"][33:], "10,000 chunks"),
        (lambda: after_the_header(BARE["jpeg"], segment(0xE1, b"") * 10_001), "10,000 segments"),
        (lambda: after_the_header(BARE["jpeg"], b"\xff\xd0" * 10_001), "10,000 segments"),
        (lambda: after_the_header(BARE["jpeg"], segment(0xDB, bytes(65)) * 1_000), "bytes of tables"),
        (lambda: riff(BARE["webp"], *[(b"XMP ", b"")] * 10_001), "10,000 chunks"),
    ],
    ids=["PNG", "PNG's pixels", "JPEG", "JPEG's restarts", "JPEG's tables", "WebP"],
)
def test_it_refuses_a_file_of_too_many_parts(flood: Callable[[], bytes], message: str) -> None:
    with pytest.raises(UndecodableImage, match=message):
        pictures.strip(flood())


def test_junk_between_the_segments_of_a_jpeg_is_dropped() -> None:
    data = after_the_header(BARE["jpeg"], bytes(100_000) + b"\xff" * 100_000)
    assert pictures.strip(data[:2] + b"\xff" + data[2:]) == BARE["jpeg"]


def test_it_refuses_what_is_no_picture() -> None:
    with pytest.raises(UndecodableImage):
        pictures.strip(b"hello")
    with pytest.raises(UnsupportedImageType, match="GIF"):
        pictures.strip(save(DRAWN, "GIF"))
