"""Stripping: side data is dropped before anything unpacks it, and before a picture is stored.

Profiles, text, thumbnails, further pictures and private chunks go. The pixels stay, byte for byte, with what says how
their colours are meant and how the picture is to be turned. Grey levels of a stripped picture are those of the whole.
"""

from typing import Final

from predictor.ml.errors import UndecodableImage, UnsupportedImageType
from predictor.ml.pictures import jpeg, png, webp
from predictor.ml.pictures.stripped import Stripped

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


def strip(data: bytes) -> bytes:
    """A PNG, JPEG or WebP without its side data; bytes that are already stripped come back as they are.

    Raises:
        UnsupportedImageType: the file is of another known type.
        UndecodableImage: it is none of the three, or has so many parts that walking through them is too expensive.
    """
    return stripped(data).content


def stripped(data: bytes) -> Stripped:
    """The same, with the format and the orientation."""
    if data.startswith(png.SIGNATURE):
        return png.strip(data)
    if data.startswith(jpeg.SIGNATURE):
        return jpeg.strip(data)
    if webp.is_webp(data):
        return webp.strip(data)
    if name := _other_type(data):
        raise UnsupportedImageType(f"{name} is not supported; send PNG, JPEG or WebP.")
    raise UndecodableImage("The image is not a PNG, JPEG or WebP file.")


def _other_type(data: bytes) -> str | None:
    """The name of a known type; None for any other bytes."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "AVIF or HEIC"
    head = data[:64].lstrip()
    return next((name for magic, name in _OTHER_TYPES.items() if head.startswith(magic)), None)
