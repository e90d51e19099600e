"""Damaged picture files give pixels or an error of ours, whatever the damage."""

import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from predictor.ml import images
from predictor.ml.errors import ImageError
from tests.ml.handmade import (
    DRAWN,
    SEEN,
    chunk,
    difference,
    levels,
    pixels,
    save,
    three,
)

repeatable = settings(deadline=None, derandomize=True, database=None)
pytestmark = [  # Pillow warns of damaged metadata
    pytest.mark.filterwarnings("ignore:Truncated File Read:UserWarning"),
    pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning"),
    pytest.mark.filterwarnings("ignore:Tag data larger than file:UserWarning"),
    pytest.mark.filterwarnings("ignore:Tag offset too large:UserWarning"),
    pytest.mark.filterwarnings("ignore:Metadata Warning:UserWarning"),
    pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO:UserWarning"),
    pytest.mark.filterwarnings("ignore:Invalid APNG:UserWarning"),
]


def read(data: bytes) -> images.Pixels | ImageError:
    """Pixels or an error of ours; any other error fails the test."""
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


def _with_correct_checksums(data: bytes) -> bytes:
    """A PNG's chunks with corrected checksums, so that the damage gets past them."""
    fixed, position = data[:8], 8
    while position + 12 <= len(data):
        length = struct.unpack_from(">I", data, position)[0]
        name, content = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        fixed, position = fixed + chunk(name, content), position + 12 + length
    return fixed


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
def test_the_files_to_be_damaged_are_valid(name: str) -> None:
    assert pixels(SEEDS[name]).max() == 255


@pytest.mark.parametrize("name", SEEDS)
def test_500_damaged_copies_give_pixels_or_an_error_of_ours(name: str) -> None:
    chance = random.Random(name)  # noqa: S311
    outcomes = []
    for _ in range(500):
        data = _damaged(SEEDS[name], chance)
        if name.endswith("png") and chance.random() < 0.8:
            data = _with_correct_checksums(data)
        outcomes.append(isinstance(read(data), ImageError))
    assert any(outcomes), "some damage is noticed"


@settings(repeatable, max_examples=300)
@given(st.data())
def test_changed_inserted_or_deleted_bytes_give_pixels_or_an_error_of_ours(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(list(SEEDS.values())))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(start + 8, len(whole))))
    new = data.draw(st.binary(max_size=8))
    for damaged in (
        whole[:start] + new + whole[stop:],
        _with_correct_checksums(whole[:start] + new + whole[stop:]),
    ):
        assert isinstance(read(damaged), (np.ndarray, ImageError))


@settings(repeatable, max_examples=300)
@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x20\0\0\0WEBPVP8 "]), st.binary())
def test_any_bytes_after_a_signature_give_an_error_of_ours(signature: bytes, rest: bytes) -> None:
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
def test_a_picture_is_rotated_although_other_exif_tags_are_damaged(
    tag: int, kind: int, value: bytes, form: str
) -> None:
    turned = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    damaged = struct.pack(">HHII", tag, kind, 1, 38)
    entries = turned + damaged if tag > 0x0112 else damaged + turned
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 2) + entries + bytes(4) + value
    stored = Image.fromarray(DRAWN).transpose(Image.Transpose.ROTATE_90)
    assert difference(pixels(save(stored, form, exif=exif, quality=95)), SEEN) < 0.5
