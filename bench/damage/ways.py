"""Damage: of bytes anywhere, and of a file's parts, which are PNG's and WebP's chunks and JPEG's segments."""

import random
import struct
import zlib
from collections.abc import Callable
from typing import Final

from bench.attacks.pngs import chunk
from bench.damage.sources import Source

EXTREMES: Final = (bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1", b"\0\1\0\0", b"\xff\0\xff\0")
WHOLE: Final = 8  # bytes of PNG's signature
RIFF: Final = 12  # bytes of WebP's
LONGEST: Final = 2_000_000  # bytes: damages can multiply each other
FEW: Final = (1, 1, 2, 3, 8)


def damaged(source: Source, other: Source, chance: random.Random) -> bytes:
    """A file with one to eight damages, some with parts of another file.

    Most PNGs get their checksums corrected, and half of the WebPs their length, so that the damage gets past them.
    """
    data = source.data
    for _ in range(chance.choice(FEW)):
        data = chance.choice(WAYS)(data, source.form, other.data, chance)[:LONGEST]
    if source.form == "PNG" and chance.random() < 0.8:
        return b"".join(map(_summed, parts(data, "PNG")))
    if source.form == "WEBP" and chance.random() < 0.5:
        return data[:4] + struct.pack("<I", max(0, len(data) - 8)) + data[8:]
    return data


def parts(data: bytes, form: str) -> list[bytes]:
    """All bytes of a file, in order, split where its parts begin; what is no part stays whole at the end."""
    found, position = [], {"PNG": WHOLE, "WEBP": RIFF, "JPEG": 2}[form]
    found.append(data[:position])
    while position < len(data) and len(found) < 200:
        stop = position + _length(data, position, form)
        found.append(data[position:stop])
        position = stop
    return [*found, data[position:]]


def _length(data: bytes, position: int, form: str) -> int:
    if form == "PNG":
        return 12 + int.from_bytes(data[position : position + 4])
    if form == "WEBP":
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        return 8 + size + size % 2
    following = data.find(b"\xff", position + 2 + int.from_bytes(data[position + 2 : position + 4]))
    while 0 <= following < len(data) - 1 and data[following + 1] == 0:
        following = data.find(b"\xff", following + 2)
    return (following if following > 0 else len(data)) - position


def _summed(part: bytes) -> bytes:
    return chunk(part[4:8], part[8:-4]) if len(part) >= 12 else part


def _flip(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.choice(FEW) if data else 0):
        found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _overwrite(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    at, new = _place(data, chance), chance.choice((*EXTREMES, chance.randbytes(1), chance.randbytes(4)))
    return data[:at] + new + data[at + len(new) :]


def _cut(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _delete(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + data[at + _size(chance) :]


def _insert(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + chance.randbytes(_size(chance)) + data[at:]


def _repeat(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    stop = at + _size(chance)
    return data[:at] + data[at:stop] * chance.choice((2, 3, 50)) + data[stop:]


def _splice(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    """The beginning of one file, and the end of another."""
    return data[: _place(data, chance)] + other[_place(other, chance) :]


def _swap(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    found = parts(data, form)
    one, two = chance.randrange(len(found)), chance.randrange(len(found))
    found[one], found[two] = found[two], found[one]
    return b"".join(found)


def _double(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    """A part many times."""
    found = parts(data, form)
    found[chance.randrange(len(found))] *= chance.choice((0, 2, 3, 120))
    return b"".join(found)


def _graft(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    """A part of another file."""
    found, theirs = parts(data, form), parts(other, form)
    found.insert(chance.randrange(len(found)), chance.choice(theirs))
    return b"".join(found)


def _lengthen(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    """An extreme length, where a part says its own."""
    found = parts(data, form)
    which = chance.randrange(len(found))
    at = {"PNG": 0, "WEBP": 4, "JPEG": 2}[form]
    size = 2 if form == "JPEG" else 4
    part = found[which]
    found[which] = part[:at] + chance.choice(EXTREMES)[:size] + part[at + size :]
    return b"".join(found)


def _head(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    """Damage of the first bytes of a part, where sizes and flags are."""
    found = parts(data, form)
    which = chance.randrange(len(found))
    found[which] = _overwrite(found[which][:24], form, other, chance) + found[which][24:]
    return b"".join(found)


def _rows(data: bytes, form: str, other: bytes, chance: random.Random) -> bytes:
    """Damage of a PNG's rows before they are packed; of other files, bits."""
    found = parts(data, form)
    packed = next((n for n, part in enumerate(found) if part[4:8] == b"IDAT"), None)
    if form != "PNG" or packed is None:
        return _flip(data, form, other, chance)
    try:
        rows = zlib.decompressobj().decompress(found[packed][8:-4], 1_000_000)
    except zlib.error:  # an earlier damage
        return _flip(data, form, other, chance)
    found[packed] = chunk(b"IDAT", zlib.compress(_flip(rows, form, other, chance), 1))
    return b"".join(found)


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


def _size(chance: random.Random) -> int:
    return chance.choice((1, 2, 4, 16, 200))


WAYS: Final[list[Callable[[bytes, str, bytes, random.Random], bytes]]] = [
    _flip,
    _overwrite,
    _cut,
    _delete,
    _insert,
    _repeat,
    _splice,
    _swap,
    _double,
    _graft,
    _lengthen,
    _head,
    _rows,
]
