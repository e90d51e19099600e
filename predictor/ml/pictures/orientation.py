"""How a picture is to be turned: the one thing in its side data that changes what people see.

Pillow would parse all EXIF tags, and copy what each of them points at. Here only the orientation is read, by the rules
that Pillow follows; `exif` writes it anew, alone.
"""

import re
import struct
from typing import Final

UPRIGHT: Final = 1
_TURNED: Final = range(2, 9)
_TAG: Final = 0x0112
_BYTE_ORDERS: Final = {b"MM\0*": ">", b"II*\0": "<", b"MM*\0": ">", b"II\0*": "<", b"MM\0+": ">"}
_PREFIX: Final = re.compile(rb"^(?:Exif\0\0){1,2}")
_XMP: Final = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
# By EXIF's type: bytes of one value, and its format where it is a number.
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_FORMATS: Final = {3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I", 16: "Q"}


def orientation(exif: bytes, xmp: bytes = b"") -> int:
    """The orientation, 1 to 8, by EXIF or else by XMP; 1, upright, where neither says anything sound.

    Args:
        exif: a TIFF structure, with or without "Exif" in front; it may be damaged.
        xmp: an XMP packet.
    """
    found = _from_exif(_PREFIX.sub(b"", exif, count=1))
    if found is None and (match := _XMP.search(xmp)):
        found = int(match[1])
    return int(found) if found is not None and found in _TURNED else UPRIGHT


def exif(turned: int) -> bytes:
    """EXIF that holds nothing but an orientation; empty if the picture is upright."""
    if turned == UPRIGHT:
        return b""
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, _TAG, 3, 1, turned, 0, 0)


def _from_exif(tiff: bytes) -> float | None:
    """The value of the orientation in the first directory; None if there is none."""
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return None
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return None
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    count = min(count, (len(tiff) - start - 2) // 12)
    seen, total = set(), 0
    for tag, kind, values, data in struct.iter_unpack(f"{order}HHI4s", tiff[start + 2 : start + 2 + 12 * count]):
        size = values * _SIZES.get(kind, 0)
        if not size or tag in seen:
            continue
        if size > 4:
            (offset,) = struct.unpack(f"{order}I", data)
            total += size
            if total > len(tiff):
                continue
            if offset + size > len(tiff):
                return None
            data = tiff[offset : offset + 8]  # noqa: PLW2901
        if tag == _TAG:
            return _number(order, kind, data)
        seen.add(tag)
    return None


def _number(order: str, kind: int, data: bytes) -> float:
    """The first value; 0 where it is text."""
    if kind not in _FORMATS:
        return 0
    first, *rest = struct.unpack_from(order + _FORMATS[kind], data)
    return float(first) if not rest else first / rest[0] if rest[0] else 0
