"""Files of pictures, as anybody may send them, to grey levels: the only place that touches Pillow's decoders.

Whatever the bytes, the outcome is an array or one of our own errors; tests damage files in thousands of ways.
"""

import io
import struct
import zlib
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from predictor.ml.errors import ImageTooLarge, UndecodableImage, UnsupportedImageType

Gray: TypeAlias = NDArray[np.uint8]

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MEDIA_TYPES: Final = {"image/png", "image/jpeg", "image/jpg", "image/webp"}
MAX_SIDE: Final = 4096
MAX_AREA: Final = 4_000_000
MAX_SCANS: Final = 100  # a progressive JPEG has about ten; a megabyte of empty ones took 231 s to decode
BLANK: Final = 24  # levels of 255; a contrast below it is no drawing

_START_OF_SCAN: Final = b"\xff\xda"
_ORIENTATION: Final = 0x0112  # EXIF's tag, and what undoes each of its values
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OTHER_TYPES: Final = {
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
    b"<svg": "SVG",
    b"<?xml": "SVG",
    b"<!DOCTYPE svg": "SVG",
    b"\0\0\1\0": "ICO",
    b"8BPS": "PSD",
    b"\xff\x0a": "JPEG XL",
}
_HEIF_BRANDS: Final = {b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1"}
# What Pillow's decoders raise on damaged files, by their documentation, their code or the tests that damage them.
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

# Pillow's own guard warns at 89 megapixels and refuses at 179. Ours is far below, and looks at the header too.
Image.MAX_IMAGE_PIXELS = None


def decode(data: bytes) -> Gray:
    """Decode a PNG, JPEG or WebP of any colour type, depth and transparency.

    Returns:
        Grey levels, uint8 (height, width), 0 black to 255 white, as seen on white paper.

    Raises:
        UnsupportedImageType: it is a file of another known type.
        ImageTooLarge: over `MAX_SIDE` a side or `MAX_AREA` in all, decided from the header before decoding.
        UndecodableImage: not a picture, or a damaged one.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_size(*picture.size)
            if picture.format in {"JPEG", "MPO"} and data.count(_START_OF_SCAN) > MAX_SCANS:
                raise UndecodableImage(f"The JPEG has more than {MAX_SCANS} scans.")
            picture.load()
            return np.asarray(_on_white(_upright(picture)))
    except UnidentifiedImageError as error:
        if name := _other_type(data):
            raise UnsupportedImageType(f"{name} is not taken; send PNG, JPEG or WebP.") from error
        raise UndecodableImage("The image is not a PNG, JPEG or WebP file.") from error
    except _DECODER_ERRORS as error:
        raise UndecodableImage("The image is damaged and cannot be decoded.") from error


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_AREA:
        raise ImageTooLarge(
            f"The image has {width}×{height} pixels; at most {MAX_SIDE} a side and {MAX_AREA:,} in all are taken."
        )


def _other_type(data: bytes) -> str | None:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "AVIF or HEIC"
    head = data[:64].lstrip()
    return next((name for magic, name in _OTHER_TYPES.items() if head.startswith(magic)), None)


def _upright(picture: Image.Image) -> Image.Image:
    """Turn as EXIF says. `ImageOps.exif_transpose` would write the other tags anew, and fail where they are damaged."""
    turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    """Flatten to mode L as seen on white paper; `convert("L")` alone would turn a transparent canvas black."""
    if picture.mode.startswith("I"):  # 16-bit grey, which convert() would clip to white
        picture = _from_16_bit(picture)
    if not picture.has_transparency_data:
        return picture.convert("L")
    if picture.mode != "RGBA":
        picture = picture.convert("RGBA")
    alpha = picture.getchannel("A")
    if _darkest(alpha) == 255:
        return picture.convert("L")
    paper = Image.new("L", picture.size, 255)
    paper.paste(picture.convert("L"), mask=alpha)
    if _darkest(paper) > 255 - BLANK:
        return ImageOps.invert(alpha)  # white ink on a transparent canvas: the ink is where the canvas is not clear
    return paper


def _darkest(picture: Image.Image) -> int:
    return next(level for level, count in enumerate(picture.histogram()) if count)


def _from_16_bit(picture: Image.Image) -> Image.Image:
    levels = np.asarray(picture)
    gray = Image.fromarray((levels >> 8).astype(np.uint8))
    clear = picture.info.get("transparency")
    if clear is not None:
        gray.putalpha(Image.fromarray(np.where(levels == clear, 0, 255).astype(np.uint8)))
    return gray
