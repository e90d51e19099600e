"""PNG: keep the chunks that the pixels need."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from predictor.ml.errors import UndecodableImage
from predictor.ml.pictures.orientation import UPRIGHT, exif, orientation
from predictor.ml.pictures.stripped import Stripped

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS: Final = 10_000  # of an encoder that writes a hundred bytes at a time; a megabyte has room for 87,000

_NAME: Final = re.compile(rb"\w{4}").fullmatch
_TEXTS: Final = {b"tEXt", b"zTXt", b"iTXt"}
_EXIF: Final = b"Raw profile type exif\0"  # as ImageMagick writes it
_XMP: Final = b"XML:com.adobe.xmp\0"
_MAX_TEXT: Final = 256 * 1024  # bytes, unpacked


def strip(data: bytes) -> Stripped:
    """Keep header, palette, transparency, pixels and orientation; of an animation the default picture.

    Raises:
        UndecodableImage: there are more than `MAX_CHUNKS` chunks.
    """
    before: list[bytes] = []
    pixels: list[bytes] = []
    after: list[bytes] = []
    side: dict[bytes, tuple[bytes, bytes]] = {}
    for name, start, end in _chunks(data):
        if name == b"IDAT":
            pixels.append(data[start + 8 : end - 4])
        elif name == b"tRNS" or (name in {b"IHDR", b"PLTE"} and not pixels):
            (after if pixels else before).append(data[start:end])
        elif name == b"eXIf":
            side[name] = name, data[start + 8 : end - 4]
        elif name in _TEXTS:
            for keyword in (_EXIF, _XMP):
                if data.startswith(keyword, start + 8):
                    side[keyword] = name, data[start + 8 + len(keyword) : end - 4]
    turned = _orientation(side) if side else UPRIGHT
    if turned != UPRIGHT:
        before.append(chunk(b"eXIf", exif(turned)))
    if pixels:
        before.append(chunk(b"IDAT", b"".join(pixels)))
    return Stripped("PNG", b"".join((SIGNATURE, *before, *after, chunk(b"IEND", b""))), turned)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the chunks before the end of the picture; the last, if it holds pixels, may be cut off."""
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if len(data) < position + 8:
            return
        length, name = struct.unpack_from(">I4s", data, position)
        if name == b"IEND" or not _NAME(name) or (name != b"IDAT" and position + 12 + length > len(data)):
            return
        yield name, position, position + 12 + length
        position += 12 + length
    raise UndecodableImage(f"The PNG has more than {MAX_CHUNKS:,} chunks.")


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return b"".join(
        (struct.pack(">I", len(content)), name, content, struct.pack(">I", zlib.crc32(content, zlib.crc32(name))))
    )


def _orientation(side: dict[bytes, tuple[bytes, bytes]]) -> int:
    """By the last chunk of each kind; `side` has their names and contents by what they hold."""
    unpacked = {kind: _text(*found) for kind, found in side.items()}
    tiff = unpacked[b"eXIf"] if b"eXIf" in side else _from_hexadecimal(unpacked.get(_EXIF, b""))
    return orientation(tiff, unpacked.get(_XMP, b""))


def _text(name: bytes, body: bytes) -> bytes:
    """What a chunk holds behind its keyword, unpacked; not all of it if it is very long."""
    if name in {b"tEXt", b"eXIf"}:
        return body
    if name == b"iTXt":
        packed = body[:1] != b"\0"
        body = body[2:].split(b"\0", 2)[-1]  # after language and translated keyword
        if not packed:
            return body
    else:
        body = body[1:]  # after the method of compression
    try:
        return zlib.decompressobj().decompress(body, _MAX_TEXT)
    except zlib.error:
        return b""


def _from_hexadecimal(profile: bytes) -> bytes:
    """The bytes of a profile: three lines of head, then lines of hexadecimal digits."""
    try:
        return bytes.fromhex("".join(profile.decode("latin-1").split("\n")[3:]))
    except ValueError:
        return b""
