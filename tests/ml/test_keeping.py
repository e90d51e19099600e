"""What is kept of a picture is small, and normalises to the same pixels or nearly so."""

import numpy as np
import pytest
from PIL import Image

from predictor.ml import images, pictures
from predictor.ml.errors import BlankImage
from predictor.ml.keeping import LARGEST, to_keep
from tests.ml.handmade import DRAWN, difference, pixels, save

SIDE = 1600


def large() -> Image.Image:
    """A 3 of 2.6 megapixels in colour, on paper so uneven that no file of it is small."""
    drawn = Image.fromarray(DRAWN).resize((SIDE, SIDE), Image.Resampling.NEAREST).convert("RGB")
    uneven = np.random.default_rng(1).integers(0, 8, (SIDE, SIDE, 3)).astype(np.uint8)
    return Image.fromarray((np.asarray(drawn) // 2 + uneven).astype(np.uint8))


def kept(data: bytes, room: int = LARGEST) -> bytes:
    return to_keep(data, pictures.decode(data), room)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_small_picture_is_kept_without_its_side_data(form: str) -> None:
    data = save(DRAWN, form, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0" + bytes(60_000))
    assert kept(data) == pictures.strip(data)
    assert len(kept(data)) < 5_000


def test_of_a_large_picture_grey_levels_are_kept_if_they_are_small() -> None:
    colours = np.zeros((400, 400, 3), np.uint8)  # no two pixels alike, but all equally grey in each part
    colours[..., 0] = np.random.default_rng(1).integers(0, 256, (400, 400))
    colours[..., 2] = np.random.default_rng(2).integers(0, 256, (400, 400))
    colours[100:300, 150:250] = 255
    data = save(colours, "PNG")
    found = kept(data)
    assert len(found) <= LARGEST < len(data)
    assert np.array_equal(pictures.decode(found), pictures.decode(data))


@pytest.mark.parametrize("room", [LARGEST, 30_000])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_is_larger_still_is_reduced_until_it_fits(form: str, room: int) -> None:
    data = save(large(), form, quality=100)
    found = kept(data, room)
    assert len(data) > LARGEST >= room >= len(found)
    assert pictures.decode(found).shape[0] < SIDE
    assert difference(pixels(found), pixels(data)) < 8


@pytest.mark.parametrize(("width", "height"), [(4096, 976), (976, 4096), (1000, 1000), (4096, 50)])
def test_noise_fits_whatever_its_shape(width: int, height: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (height, width)).astype(np.uint8)
    noise[height // 4 : height // 2, width // 4 : width // 3] = 0
    for room in (LARGEST, 30_000):
        found = to_keep(save(noise, "PNG"), noise, room)
        assert len(found) <= room
        assert images.normalise(pictures.decode(found)).shape == (28, 28)


def test_a_picture_that_was_turned_is_kept_as_it_is_seen() -> None:
    turned = large().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    found = kept(save(turned, "JPEG", quality=100, exif=exif))
    assert difference(pixels(found), pixels(save(large(), "PNG"))) < 8


def test_ink_too_faint_to_survive_the_reduction_is_kept_as_its_pixels() -> None:
    rng, blocks = np.random.default_rng(1), (SIDE // 4) ** 2
    half = rng.integers(16, 26, (blocks, 8)) * (rng.random((blocks, 1)) < 0.6)
    ink = rng.permuted(np.concatenate((half, -half), axis=1), axis=1)  # the mean of every 4×4 pixels is that of paper
    ink = ink.reshape(SIDE // 4, SIDE // 4, 4, 4).swapaxes(1, 2).reshape(SIDE, SIDE)
    paper = (128 + ink).astype(np.uint8)
    paper[:4] = paper[-4:] = paper[:, :4] = paper[:, -4:] = 128
    data = save(paper, "PNG")
    with pytest.raises(BlankImage):
        images.normalise(np.asarray(Image.fromarray(paper).reduce(4)))
    found = to_keep(data, paper)
    assert np.array_equal(pictures.decode(found), images.normalise(paper))
