"""WebP: keep the chunks that the pixels need."""

from collections.abc import Iterator
from typing import Final

from PIL import Image, _webp

from predictor.ml.errors import UndecodableImage
from predictor.ml.pictures.limits import check_size
from predictor.ml.pictures.orientation import UPRIGHT, exif, orientation
from predictor.ml.pictures.stripped import Stripped

SIGNATURE: Final = b"RIFF"
MAX_CHUNKS: Final = 10_000  # a megabyte has room for 130,000

_EXTENDED: Final = b"VP8X"
_PICTURES: Final = {b"VP8 ", b"VP8L"}
_ANIMATION, _XMP, _EXIF, _ALPHA = 0x02, 0x04, 0x08, 0x10  # bits of the extended header


def is_webp(data: bytes) -> bool:
    """Whether it begins like a WebP file."""
    return data.startswith(SIGNATURE) and data[8:12] == b"WEBP" and data[12:16] in _PICTURES | {_EXTENDED}


def strip(data: bytes) -> Stripped:
    """Keep the picture, its transparency and its orientation; of an animation the first frame.

    A file that is cut off is returned as it is: it cannot be decoded.

    Raises:
        UndecodableImage: there are more than `MAX_CHUNKS` chunks.
    """
    whole = 8 + int.from_bytes(data[4:8], "little")
    chunks = list(_chunks(data, whole))
    position = 12 + sum(map(len, chunks))
    if not chunks or position != whole or whole > len(data):
        return Stripped("WEBP", data, UPRIGHT)
    header = chunks[0]
    if header[:4] != _EXTENDED:
        return Stripped("WEBP", _riff(chunks[:1]), UPRIGHT)
    flags = header[8] if len(header) > 8 else 0
    first: dict[bytes, bytes] = {}
    for chunk in chunks[1:]:
        if chunk[:4] != b"ANMF" or chunk[24:28] in {b"ALPH", *_PICTURES}:  # an empty frame is passed over
            first.setdefault(chunk[:4], chunk)
    turned = orientation(
        first.get(b"EXIF", b"")[8:] if flags & _EXIF else b"", first.get(b"XMP ", b"")[8:] if flags & _XMP else b""
    )
    names = (b"ANIM", b"ANMF") if flags & _ANIMATION else (b"ALPH", *_PICTURES)
    kept = [chunk for name, chunk in first.items() if name in names]
    flags = flags & (_ANIMATION | _ALPHA) | (_EXIF if turned != UPRIGHT else 0)
    if tiff := exif(turned):
        kept.append(b"EXIF" + len(tiff).to_bytes(4, "little") + tiff)
    return Stripped("WEBP", _riff([header[:8] + bytes([flags]) + header[9:], *kept]), turned)


def read(content: bytes) -> Image.Image:
    """Decode the first frame, mode RGB or RGBA.

    Pillow's own class would create the decoder before the size can be checked, and keep it, with two canvases, until
    the picture is closed.

    Raises:
        ImageTooLarge: by its header.
        OSError: it cannot be decoded.
    """
    check_size(*_size(content))
    decoder = _webp.WebPAnimDecoder(content)
    size, _, _, _, mode = decoder.get_info()
    check_size(*size)
    frame = decoder.get_next()
    del decoder
    if frame is None:
        raise OSError("The first frame is damaged.")
    return Image.frombytes("RGB" if mode == "RGBX" else mode, size, frame[0], "raw", mode)


def _size(content: bytes) -> tuple[int, int]:
    """Width and height by the header; zeros if it is damaged."""
    if content[12:16] == _EXTENDED:
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if content[12:16] == b"VP8 ":
        return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
    bits = int.from_bytes(content[21:25], "little")
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _chunks(data: bytes, end: int) -> Iterator[bytes]:
    """The chunks, padded to an even length; the last may be cut off."""
    position = 12
    for _ in range(MAX_CHUNKS):
        if position >= end:
            return
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        stop = position + 8 + size + (size & 1)
        yield data[position:stop]
        position = stop
    raise UndecodableImage(f"The WebP has more than {MAX_CHUNKS:,} chunks.")


def _riff(chunks: list[bytes]) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return SIGNATURE + len(body).to_bytes(4, "little") + body
