"""Decoding: from picture files, as anybody may send them, to grey levels. Pillow decodes what
`stripping` left.

Whatever the bytes, the result is an array or one of our own errors; tests damage files in thousands of ways.
"""

import io
import struct
import zlib
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from predictor.ml.errors import UndecodableImage
from predictor.ml.pictures import webp
from predictor.ml.pictures.limits import check_size, reduction
from predictor.ml.pictures.narrow import narrow
from predictor.ml.pictures.stripped import Stripped
from predictor.ml.pictures.stripping import stripped

Gray: TypeAlias = NDArray[np.uint8]

MEDIA_TYPES: Final = {"image/png", "image/x-png", "image/jpeg", "image/jpg", "image/pjpeg", "image/webp"}
BLANK: Final = 24  # of 255 levels; a picture with less contrast is blank
PALE: Final = 90  # levels of contrast in luminance, below which the colours are looked at
FULL: Final = 200  # levels between the extremes, with which they need not be
VIVID: Final = 1.7  # times that contrast, for a channel to be preferred

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE: Final = range(5, 9)
# What Pillow's decoders raise on damaged files, according to their documentation, their code or our tests.
_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    AssertionError,
    struct.error,
    zlib.error,
)

# Pillow's own limit warns at 89 megapixels and refuses at 179. Ours is far lower, and is also checked in the header.
Image.MAX_IMAGE_PIXELS = None


class Picture(NamedTuple):
    """A decoded picture.

    Attributes:
        gray: grey levels, uint8 (height, width), 0 black to 255 white, as seen on white paper.
        size: its own width and height in pixels, turned as it is shown; a large JPEG has fewer grey levels.
    """

    gray: Gray
    size: tuple[int, int]


def decode(data: bytes) -> Gray:
    """The grey levels of a picture; see `read`, which raises the same errors."""
    return read(data).gray


def read(data: bytes) -> Picture:
    """Decode a PNG, JPEG or WebP of any colour type, depth and transparency; a large JPEG at a reduced scale.

    Raises:
        UnsupportedImageType: the file is of another known type.
        ImageTooLarge: see `check_size`, and for JPEG `reduction`; the header is checked before decoding.
        UndecodableImage: the file is not a picture, is damaged, or has too many parts; see `strip`.
    """
    found = stripped(data)
    try:
        picture, (width, height) = _load(found)
        gray = np.asarray(_upright(_on_white(picture), found.orientation))
    except UnidentifiedImageError as error:
        raise UndecodableImage("The image is damaged: its header cannot be read.") from error
    except _DECODER_ERRORS as error:
        raise UndecodableImage("The image is damaged and cannot be decoded.") from error
    return Picture(gray, (height, width) if found.orientation in _ON_ITS_SIDE else (width, height))


def _load(found: Stripped) -> tuple[Image.Image, tuple[int, int]]:
    """The picture, reduced if it is a large JPEG, and its own size."""
    if found.form == "WEBP":
        picture = webp.read(found.content)
        return picture, picture.size
    file = narrow(found.content) if found.form == "PNG" else io.BytesIO(found.content)
    with Image.open(file, formats=(found.form,)) as picture:
        size = picture.size
        if found.form == "JPEG":
            _reduce(picture)
        check_size(*picture.size)
        picture.load()
        return picture, size


def _reduce(picture: Image.Image) -> None:
    """Let the decoder reduce a large JPEG; one that is not large stays as it is, to the last level."""
    width, height = picture.size
    factor = reduction(width, height)
    if factor > 1:
        picture.draft("L", (max(1, width // factor), max(1, height // factor)))


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    """Flatten to mode L as seen on white paper; `convert("L")` alone would make a transparent canvas black."""
    if picture.mode.startswith("I"):  # 16-bit grey, which `convert` would clip to white
        picture = _from_16_bit(picture)
    if not picture.has_transparency_data:
        return _gray(picture)
    if picture.mode not in {"RGBA", "LA"}:
        picture = picture.convert("RGBA")
    alpha = picture.getchannel("A")
    if _darkest(alpha) == 255:
        return _gray(picture.convert("RGB") if picture.mode == "RGBA" else picture)
    paper = Image.new("L", picture.size, 255)
    paper.paste(picture.convert("L"), mask=alpha)
    if _darkest(paper) > 255 - BLANK:
        return ImageOps.invert(alpha)  # white ink on a transparent canvas: the ink is where the canvas is opaque
    return paper


def _gray(picture: Image.Image) -> Image.Image:
    """The luminance, or the colour channel in which ink of nearly the same luminance as its paper stands out most."""
    if picture.mode == "L":
        return picture
    gray = picture.convert("L")
    if picture.mode in {"1", "LA"} or np.ptp(np.asarray(gray)) >= FULL or _contrast(gray) >= PALE:
        return gray
    channels = picture.convert("RGB").split()
    best = max(channels, key=_contrast)
    return best if _contrast(best) > VIVID * _contrast(gray) else gray


def _contrast(picture: Image.Image) -> int:
    """Between the darkest and the brightest levels that are no single pixels."""
    small = np.asarray(picture.reduce(max(1, max(picture.size) // 128)))
    low, high = np.percentile(small, (0.3, 99.7))
    return int(high) - int(low)


def _darkest(picture: Image.Image) -> int:
    return int(np.asarray(picture).min())


def _from_16_bit(picture: Image.Image) -> Image.Image:
    levels = np.asarray(picture)
    gray = Image.fromarray((levels >> 8).astype(np.uint8))
    clear = picture.info.get("transparency")
    if clear is not None:
        gray.putalpha(Image.fromarray(np.where(levels == clear, 0, 255).astype(np.uint8)))
    return gray
