"""JPEGs of a camera's size: the decoder reduces them."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from predictor.ml import images, pictures
from predictor.ml.errors import ImageTooLarge, UndecodableImage
from predictor.ml.keeping import LARGEST, to_keep
from predictor.ml.pictures import MAX_AREA, MAX_SIDE, jpeg, photograph
from predictor.ml.pictures.limits import reduction
from predictor.ml.pictures.photograph import Frame
from tests import drawings

THREE = drawings.draw(side=600)


def saved(width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    """A three, stretched."""
    return drawings.encode(THREE.resize((width, height)).convert(mode), "JPEG", **options)


def exif(turned: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = turned
    return tags


@pytest.mark.parametrize(
    ("width", "height", "factor"),
    [
        (2000, 2000, 1),
        (4096, 900, 1),
        (2001, 2000, 2),
        (4097, 8, 2),
        (4032, 3024, 2),
        (8192, 6144, 4),
        (16_384, 3_000, 4),
        (7_000, 7_000, 4),
    ],
)
def test_it_is_reduced_until_it_is_as_small_as_other_pictures(width, height, factor):
    assert reduction(width, height) == factor
    assert -(-width // factor) * -(-height // factor) <= MAX_AREA
    assert max(width, height) <= MAX_SIDE * factor


@pytest.mark.parametrize(("width", "height"), [(16_385, 10), (8_193, 6_226), (13_000, 13_000)])
def test_more_than_a_camera_takes_is_refused(width, height):
    with pytest.raises(ImageTooLarge, match=f"{width}×{height}"):
        reduction(width, height)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_photograph_gives_nearly_the_same_pixels(mode):
    gray = pictures.decode(saved(3000, 2500, mode))
    assert gray.shape == (1250, 1500)
    small = images.normalise(pictures.decode(saved(1500, 1250, mode)))
    assert np.abs(images.normalise(gray).astype(int) - small).mean() < 2


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 100}], ids=str)
def test_a_jpeg_of_4_megapixels_is_decoded_as_ever(options):
    data = saved(2000, 2000, **options)
    with Image.open(io.BytesIO(data)) as picture:
        assert (pictures.decode(data) == np.asarray(picture.convert("L"))).all()


def test_a_photograph_that_was_turned_is_turned_back():
    upright = pictures.decode(saved(3000, 2000))
    turned = pictures.decode(drawings.encode(_photograph().rotate(90, expand=True), "JPEG", exif=exif(6)))
    assert turned.shape == upright.shape
    assert np.abs(images.normalise(turned).astype(int) - images.normalise(upright)).mean() < 2


def _photograph() -> Image.Image:
    return THREE.resize((3000, 2000)).convert("RGB")


def test_what_is_kept_of_a_photograph_is_small_and_reads_the_same():
    chance = np.random.default_rng(1).integers(0, 8, (2500, 3000)).astype(np.uint8)
    data = drawings.encode(
        Image.fromarray(np.asarray(THREE.resize((3000, 2500))) // 4 * 3 + chance), "JPEG", quality=95
    )
    assert len(data) > LARGEST
    gray = pictures.decode(data)
    kept = to_keep(data, gray)
    assert len(kept) <= LARGEST
    assert np.abs(images.normalise(pictures.decode(kept)).astype(int) - images.normalise(gray)).mean() < 4


def test_a_progressive_photograph_is_decoded_up_to_the_memory_that_it_takes(monkeypatch):
    data = saved(2400, 2000, progressive=True)
    assert pictures.decode(data).shape == (1000, 1200)
    monkeypatch.setattr(photograph, "MAX_SAMPLES", 2400 * 2000 * 3 // 2 - 1)
    with pytest.raises(ImageTooLarge, match="baseline"):
        pictures.decode(data)
    monkeypatch.undo()
    monkeypatch.setattr(photograph, "MAX_BYTES", len(data) - 1)
    with pytest.raises(ImageTooLarge, match="baseline"):
        pictures.decode(data)
    assert pictures.decode(saved(2400, 2000)).shape == (1000, 1200)


def test_the_scans_of_a_progressive_photograph_are_counted(monkeypatch):
    data = saved(2400, 2000, progressive=True)
    monkeypatch.setattr(photograph, "MAX_SCANNED", 2400 * 2000 * 4)
    with pytest.raises(UndecodableImage, match="10 scans, too many for its size"):
        pictures.decode(data)


def test_arithmetic_coding_is_refused_where_it_is_expensive():
    data = saved(2400, 2000).replace(b"\xff\xc0", b"\xff\xc9", 1)
    with pytest.raises(ImageTooLarge, match="arithmetically"):
        pictures.decode(data)


def test_many_bytes_count_as_a_large_area_does(monkeypatch):
    data = saved(400, 400, progressive=True)
    assert pictures.decode(data).shape == (400, 400)
    monkeypatch.setattr(jpeg, "MANY_BYTES", len(data) - 1)
    monkeypatch.setattr(photograph, "MAX_SAMPLES", 1000)
    with pytest.raises(ImageTooLarge):
        pictures.decode(data)


@pytest.mark.parametrize(("subsampling", "samples"), [(0, [100, 100, 100]), (1, [100, 50, 50]), (2, [100, 25, 25])])
def test_a_frame_knows_its_samples(subsampling, samples):
    data = drawings.encode(Image.new("RGB", (10, 10)), "JPEG", subsampling=subsampling)
    start = re.search(rb"\xff\xc0\0\x11", data).end()
    assert list(Frame(0xC0, data[start : start + 15]).samples.values()) == samples


@pytest.mark.parametrize("length", range(16))
def test_a_frame_that_is_cut_off_has_the_components_that_are_there(length):
    content = b"\x08\x40\0\x40\0\3\1\x22\0\2\x11\0\3\x11\0"[:length]
    frame = Frame(0xC2, content)
    assert sum(frame.samples.values()) <= frame.area * 3
    photograph.check_scans(Frame(0xC2, content[:5]), [b"", b"\3", b"\1\1\0\0\0\0"], 1)
