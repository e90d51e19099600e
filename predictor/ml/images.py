"""The preprocessing: from any picture of a digit to the 28×28 pixels that the classifiers take.

There is only one: serving, training, evaluation and import all call `read`, or `normalise` for its pixels alone. It
repeats how MNIST was made (LeCun et al. 1998, "Gradient-based learning applied to document recognition", section
III.A): the digit is scaled to fit a 20×20 box with antialiasing, keeping its aspect ratio, and its centre of mass is
moved to the middle of 28×28. So it leaves MNIST's own images nearly unchanged, and brings pictures from any canvas,
camera or scanner into the same form.

A picture that was taken, and not drawn on clean paper, is cleared of everything but the digit first: see `paper`.

`PREPROCESSING` is its version, stored with every submission, artifact and cache entry. Raise it with every change that
can alter a pixel of a clean drawing, such as those that the classifiers learn from, and retrain.
"""

import base64
import hashlib
import struct
import zlib
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from predictor.ml.errors import BlankImage
from predictor.ml.paper import border, finding, inspection
from predictor.ml.paper.box import Box, box_of, box_of_packed, cut, packed
from predictor.ml.pictures import BLANK, Gray
from predictor.ml.pictures.png import SIGNATURE, chunk

Pixels: TypeAlias = NDArray[np.uint8]
Images: TypeAlias = NDArray[np.float32]

PREPROCESSING: Final = 1
SIDE: Final = 28
BOX: Final = 20  # the longer side of the digit inside SIDE, as in MNIST
# Of 255 levels of contrast. Fainter ink is taken for paper: sensor noise and most of a good JPEG's ringing stay below
# NOISE, and only two of MNIST's 70,000 digits lose a row of pixels to it.
NOISE: Final = 20
HAIRLINE: Final = 0.035  # of the drawing's longer side: finer strokes are widened, or they would fade in 20 pixels


class Reading(NamedTuple):
    """What is read of a picture.

    Attributes:
        pixels: uint8 (28, 28), ink high, the strongest 255.
        box: where the drawing is in the picture.
    """

    pixels: Pixels
    box: Box


def normalise(gray: Gray) -> Pixels:
    """The pixels of a picture in MNIST's form; see `read`, which takes the same and raises the same error."""
    return read(gray).pixels


def read(gray: Gray) -> Reading:
    """Convert a picture to MNIST's form: find the ink, crop, scale, centre, and stretch the contrast.

    Args:
        gray: uint8 (height, width), any size, dark ink on light paper or light on dark.

    Raises:
        BlankImage: nothing stands out from the background, or only specks that vanish when scaled.
    """
    if border.has_frame(gray):
        pixels, box = read(gray[1:-1, 1:-1])
        return Reading(pixels, Box(*(side + 1 for side in box)))
    paper = _paper(gray)
    ink = _ink(gray, paper)
    bits = packed(ink)
    box = box_of_packed(bits)
    if inspection.is_flat(gray, paper):
        if not inspection.is_soiled(ink, bits, box):
            return _drawn(ink, box)
        if inspection.fills(ink, bits, box) and _looks_like_a_digit((reading := _drawn(ink, box)).pixels):
            return reading
    return _photographed(gray) or _drawn(ink, box)  # where no drawing stands out, as in noise, all is taken for one


def to_images(pixels: Pixels) -> Images:
    """Convert pixels, uint8 (..., 28, 28), to images, float32 (..., 28, 28) in [0, 1]; nothing else scales them."""
    return pixels.astype(np.float32) / np.float32(255)


def to_png(pixels: Pixels) -> bytes:
    """Encode pixels, uint8 (h, w), ink high, as a greyscale PNG: white ink on black, as MNIST is shown.

    By hand, as every answer has such a picture and Pillow takes five times as long.
    """
    height, width = pixels.shape
    rows = np.zeros((height, 1 + width), np.uint8)  # each begins with the number of its filter: 0, none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits of grey
    chunks = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)), chunk(b"IEND", b"")
    return b"".join((SIGNATURE, *chunks))


def to_data_url(pixels: Pixels) -> str:
    """Encode pixels as `to_png` does, as a `data:` URL."""
    return f"data:image/png;base64,{base64.b64encode(to_png(pixels)).decode()}"


def digest(pixels: Pixels) -> str:
    """SHA-256 of pixels, uint8 (28, 28), in hexadecimal: the identity of a drawing."""
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def _drawn(ink: Gray, box: Box) -> Reading:
    """All ink belongs to the drawing; `box` is where there is any."""
    crop = cut(ink, box)
    if max(crop.shape) <= finding.WORK:  # at most the size at which that is quick
        crop = finding.thickened(crop, HAIRLINE)
    return Reading(centre(_fit(crop)), box)


def _photographed(gray: Gray) -> Reading | None:
    """The drawing must be found first; None where none stands out."""
    found = finding.find_ink(gray)
    return found and Reading(centre(_fit(found.ink)), found.box)


def _looks_like_a_digit(pixels: Pixels) -> bool:
    from predictor.ml.geometry import measure  # it imports this module

    return measure(pixels).is_digit_like


def _paper(gray: Gray) -> int:
    """The level of the paper: that of the border, or in doubt the one that leaves ink like a digit's."""
    paper, is_clear = border.paper_of(gray)
    doubtful = None if is_clear else border.doubtful_papers(gray)
    if doubtful is None or not any(inspection.is_flat(gray, level) for level in doubtful):
        return paper
    likely_first = sorted(doubtful, key=lambda level: abs(level - paper))
    return max(likely_first, key=lambda level: _connectedness(_ink(gray, level)))


def _connectedness(ink: Gray) -> float:
    return border.connectedness(_drawn(ink, box_of(ink)).pixels)


def _ink(gray: Gray, paper: int) -> Gray:
    """Ink high, paper 0, contrast stretched to 255, noise removed.

    The ink is on the side, darker or lighter, where the levels reach farther from the paper's.
    """
    darker, lighter = paper - int(gray.min()), int(gray.max()) - paper
    contrast = max(darker, lighter)
    if contrast < BLANK:
        raise BlankImage("Nothing is drawn on the image.")
    table = _table(paper, contrast, is_dark=darker >= lighter)
    ink = gray.tobytes().translate(table)  # four times as fast as an index
    return np.frombuffer(ink, np.uint8).reshape(gray.shape)


@lru_cache(maxsize=1024)
def _table(paper: int, contrast: int, *, is_dark: bool) -> bytes:
    """The ink of each of 256 levels; a canvas always has the same two extremes."""
    levels = np.arange(256)
    distance = paper - levels if is_dark else levels - paper
    table = np.clip(np.rint(distance * (255 / contrast)), 0, 255)
    table[table < NOISE] = 0
    return bytes(table.astype(np.uint8))


def _fit(crop: Gray) -> Gray:
    """Scale to uint8 (h, w) with max(h, w) = BOX; a digit of that size stays unchanged."""
    height, width = crop.shape
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return crop
    # Pillow widens the triangle filter by the scale: antialiased when shrinking, linear when growing.
    return np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BILINEAR, reducing_gap=3))


def centre(digit: Gray) -> Pixels:
    """Move the centre of mass of uint8 (h, w) to (14, 14), as in MNIST, without cutting off ink."""
    height, width = digit.shape
    rows, columns = digit.sum(axis=1), digit.sum(axis=0)
    mass = rows.sum()
    if not mass:
        raise BlankImage("Only specks are drawn on the image.")
    top = round(SIDE / 2 - float(rows @ np.arange(height)) / float(mass))
    left = round(SIDE / 2 - float(columns @ np.arange(width)) / float(mass))
    top, left = min(max(top, 0), SIDE - height), min(max(left, 0), SIDE - width)
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[top : top + height, left : left + width] = digit * (255 / digit.max()) + 0.5
    return pixels
