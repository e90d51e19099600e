"""Any picture of a digit to the 28×28 pixels that the classifiers know.

There is one preprocessing: serving, training, evaluation and import all end in `normalise`. It repeats what was done
to make MNIST (LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A: the digit
is fitted into a 20×20 box with antialiasing, keeping its aspect ratio, and its centre of mass is put into the middle
of 28×28). So it leaves MNIST's own pictures nearly as they are, and takes to the same form whatever a canvas, a
camera or a scanner delivers.

`PREPROCESSING` is its version, stored with every submission, artifact and cache entry: raise it with every change that
can alter a pixel, and train anew.
"""

import base64
import hashlib
import io
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from predictor.ml.errors import BlankImage
from predictor.ml.pictures import BLANK, Gray

Pixels: TypeAlias = NDArray[np.uint8]
Images: TypeAlias = NDArray[np.float32]

PREPROCESSING: Final = 1
SIDE: Final = 28
BOX: Final = 20  # the longer side of the digit inside SIDE, as in MNIST
# Levels, of 255. Ink fainter than NOISE of the darkest is paper: sensor noise and most of a good JPEG's ringing stay
# below it, and of MNIST's 70,000 digits it takes a row off only two.
NOISE: Final = 20


def normalise(gray: Gray) -> Pixels:
    """Bring a picture into MNIST's form: find the ink, crop, fit, centre, stretch.

    Args:
        gray: uint8 (height, width), any size, dark ink on light paper or light on dark.

    Returns:
        Pixels, uint8 (28, 28), ink high, the strongest 255.

    Raises:
        BlankImage: nothing stands out from the background, or only specks that vanish at this size.
    """
    ink = _ink(gray)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _centre(_fit(crop))


def to_images(pixels: Pixels) -> Images:
    """Pixels, uint8 (..., 28, 28), to images, float32 (..., 28, 28) in [0, 1]: the only scale there is."""
    return pixels.astype(np.float32) / np.float32(255)


def to_png(pixels: Pixels) -> bytes:
    """Encode pixels, uint8 (h, w), ink high, as a greyscale PNG: white ink on black, as MNIST is shown."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def to_data_url(pixels: Pixels) -> str:
    """The same as a `data:` URL."""
    return f"data:image/png;base64,{base64.b64encode(to_png(pixels)).decode()}"


def digest(pixels: Pixels) -> str:
    """SHA-256 of pixels, uint8 (28, 28): the identity of a drawing, in hexadecimal."""
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def _ink(gray: Gray) -> Gray:
    """Ink high, paper 0, contrast stretched to 255, noise dropped: one table of 256 levels, applied once.

    The paper is the median of the border: the mean of the whole picture takes a bold digit for paper. The ink lies on
    whichever side of it the picture reaches farther.
    """
    border = np.concatenate((gray[0], gray[-1], gray[1:-1, 0], gray[1:-1, -1]))
    paper = int(np.median(border))
    darker, lighter = paper - int(gray.min()), int(gray.max()) - paper
    contrast = max(darker, lighter)
    if contrast < BLANK:
        raise BlankImage("Nothing is drawn on the image.")
    levels = np.arange(256)
    distance = paper - levels if darker >= lighter else levels - paper
    table = np.clip(np.rint(distance * (255 / contrast)), 0, 255)
    table[table < NOISE] = 0
    ink: Gray = table.astype(np.uint8)[gray]
    return ink


def _fit(crop: Gray) -> Gray:
    """Scale so that the longer side is BOX, uint8 (h, w) with max(h, w) = BOX; a digit of that size stays untouched."""
    height, width = crop.shape
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return crop
    # Pillow widens the triangle filter by the scale: antialiased when shrinking, linear when growing.
    return np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BILINEAR, reducing_gap=3))


def _centre(digit: Gray) -> Pixels:
    """Put the centre of mass of uint8 (h, w) at (14, 14), where MNIST has it, without cutting ink off."""
    height, width = digit.shape
    rows, columns = digit.sum(axis=1), digit.sum(axis=0)
    mass = rows.sum()
    if not mass:
        raise BlankImage("Nothing is drawn on the image but specks.")
    top = round(SIDE / 2 - float(rows @ np.arange(height)) / float(mass))
    left = round(SIDE / 2 - float(columns @ np.arange(width)) / float(mass))
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[top : top + height, left : left + width] = digit * (255 / digit.max()) + 0.5
    return pixels
