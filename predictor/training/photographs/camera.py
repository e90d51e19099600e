"""The camera and its file: tilt, blur, noise; PNG, JPEG, and the canvas of a drawing program."""

import io
from typing import Final

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter

from predictor.training.photographs.pictures import Picture, to_levels

DISTANCE: Final = 2.0  # of the camera, in longer sides of the picture
BLEED: Final = 0.25  # of each side: how far the paper reaches beyond the picture, so that a tilt shows nothing else


def blur(picture: Picture, random: Generator, *, radius: float) -> Picture:
    """Gaussian blur; `radius` is its standard deviation in pixels."""
    return _filtered(picture, Image.fromarray(to_levels(picture)).filter(ImageFilter.GaussianBlur(radius)))


def noise(picture: Picture, random: Generator, *, levels: float) -> Picture:
    """Gaussian noise of a standard deviation of so many levels, of 255."""
    noisy: Picture = picture + random.standard_normal(picture.shape, np.float32) * np.float32(levels / 255)
    return noisy


def tilt(picture: Picture, random: Generator, *, degrees: float) -> Picture:
    """The paper turned by `degrees` about any line in its plane through the picture's middle, in perspective."""
    height, width = picture.shape[:2]
    bleed = round(BLEED * max(height, width))
    wide = np.pad(picture, ((bleed, bleed), (bleed, bleed), (0, 0)), mode="edge")
    view = _view(degrees, random.uniform(0, 2 * np.pi), DISTANCE * max(height, width))
    matrix = _shift(bleed + width / 2, bleed + height / 2) @ view @ _shift(-width / 2, -height / 2)
    coefficients = (matrix / matrix[2, 2]).ravel()[:8].tolist()
    return _filtered(
        picture,
        Image.fromarray(to_levels(wide)).transform(
            (width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
        ),
    )


def png(picture: Picture) -> bytes:
    """A PNG, grey or RGB."""
    return _encoded(Image.fromarray(to_levels(picture)), "PNG", compress_level=1)


def jpeg(picture: Picture, *, quality: int) -> bytes:
    """A JPEG, grey or RGB, of a quality from 1 to 95."""
    return _encoded(Image.fromarray(to_levels(picture)), "JPEG", quality=quality)


def on_transparent(picture: Picture, *, level: int) -> bytes:
    """A PNG of ink of one grey level on a transparent canvas; the picture, grey, says where the ink is."""
    alpha = Image.fromarray(to_levels(picture))
    ink = Image.new("L", alpha.size, level)
    return _encoded(Image.merge("RGBA", (ink, ink, ink, alpha)), "PNG", compress_level=1)


def _view(degrees: float, axis: float, distance: float) -> np.ndarray:
    """The projective map, (3, 3), from points of the picture to points of the tilted paper, both from the middle."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x, y = np.cos(axis), np.sin(axis)
    turned = np.array(  # by Rodrigues' formula; its columns are the paper's two axes and its normal
        [
            [cos + x * x * (1 - cos), x * y * (1 - cos), y * sin],
            [x * y * (1 - cos), cos + y * y * (1 - cos), -x * sin],
            [-y * sin, x * sin, cos],
        ]
    )
    right, down, normal = turned.T
    rows = [normal[2] * right - right[2] * normal, normal[2] * down - down[2] * normal, normal / distance]
    return np.array(rows) @ np.diag((1, 1, distance))


def _shift(right: float, down: float) -> np.ndarray:
    return np.array([[1, 0, right], [0, 1, down], [0, 0, 1]], np.float64)


def _filtered(picture: Picture, image: Image.Image) -> Picture:
    return np.asarray(image, np.float32).reshape(picture.shape) / np.float32(255)


def _encoded(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
