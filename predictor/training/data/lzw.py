"""Decompress `.Z` files of UNIX `compress`, which the standard library cannot read.

T. A. Welch, "A Technique for High-Performance Data Compression", IEEE Computer 17(6), 1984, as `compress` 4 implements
it: a header of three bytes, then codes, least significant bit first. Codes are 9 bits wide at first, and one bit wider
each time that the table is full, up to the limit in the header. They are written in groups of eight: where the width
changes, the last group is padded.
"""

from typing import Final

MAGIC: Final = b"\x1f\x9d"
NARROWEST: Final = 9  # bits of a code
WIDEST: Final = 16
CLEAR: Final = 256  # the code that clears the table, in files whose header says that there is one
LITERALS: Final = tuple(bytes([value]) for value in range(256))


def decompress(packed: bytes, *, limit: int) -> bytes:
    """Decompress a whole `.Z` file.

    Args:
        packed: the file.
        limit: the maximum size of the result in bytes; a short file can decompress to a very long one.

    Raises:
        ValueError: it is not such a file, holds an impossible code, or exceeds the limit. The format has neither length
            nor checksum: a truncated file decompresses to the beginning of its content.
    """
    widest, clears = _header(packed)
    fresh = (*LITERALS, b"") if clears else LITERALS
    table, previous, width = list(fresh), b"", NARROWEST
    at = start = 24  # bits; `start` is where codes of this width begin
    pieces: list[bytes] = []
    while True:
        if len(table) == 1 << width and width < widest:
            at = start = _padded(at, start, width)
            width += 1
        if at + width > 8 * len(packed):
            return b"".join(pieces)
        code = int.from_bytes(packed[at // 8 : at // 8 + 3], "little") >> at % 8 & (1 << width) - 1
        at += width
        if clears and code == CLEAR:
            at = start = _padded(at, start, width)
            table, previous, width = list(fresh), b"", NARROWEST
            continue
        if previous and len(table) < 1 << widest:  # the code may be that of this very entry
            table.append(previous + (table[code] if code < len(table) else previous)[:1])
        if code >= len(table):
            raise ValueError(f"at bit {at - width}, code {code} of a table of {len(table)}")
        previous = table[code]
        pieces.append(previous)
        limit -= len(previous)
        if limit < 0:
            raise ValueError("it decompresses to more than the limit")


def _header(packed: bytes) -> tuple[int, bool]:
    """The widest code in bits, and whether there is a code that clears the table."""
    if len(packed) < 3 or packed[:2] != MAGIC:
        raise ValueError("it is not a file of UNIX compress")
    widest, clears = packed[2] & 0x1F, bool(packed[2] & 0x80)
    if not NARROWEST < widest <= WIDEST:  # programs disagree on what 9 means
        raise ValueError(f"codes of up to {widest} bits are not supported")
    return widest, clears


def _padded(at: int, start: int, width: int) -> int:
    """The end of the eight codes in which bit `at` lies."""
    return at + (start - at) % (8 * width)
