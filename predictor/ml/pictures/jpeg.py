"""JPEG: keep the segments that the pixels need."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from predictor.ml.errors import UndecodableImage
from predictor.ml.pictures.limits import MAX_AREA
from predictor.ml.pictures.orientation import exif, orientation
from predictor.ml.pictures.photograph import MANY_BYTES, Frame, check_scans
from predictor.ml.pictures.stripped import Stripped

SIGNATURE: Final = b"\xff\xd8\xff"
MAX_SEGMENTS: Final = 10_000  # a megabyte has room for 500,000
MAX_TABLES: Final = 65_536  # bytes before the first scan; eight tables of the longest kind take 2,000
# A progressive JPEG has about ten scans; a megabyte of empty scans took 231 s to decode.
MAX_SCANS: Final = 100
MAX_SCANNED: Final = 24 * MAX_AREA  # pixels of all scans together; in CMYK, libjpeg writes 18 scans

_MARKER: Final = re.compile(rb"\xff([\x01-\xfe])")
_MARKER_AFTER_PIXELS: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # restarts belong to the pixels
_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_FRAMES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SIDE_DATA: Final = {*range(0xE0, 0xF0), _COMMENT}
_WITH_LENGTH: Final = {0xC4, 0xCC, *range(0xDA, 0xE0)} | _FRAMES | _SIDE_DATA
_EMPTY_COMMENT: Final = b"\xff\xfe\0\2"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"


class _Segment(NamedTuple):
    """A marker with what it announces; `pixels` are the compressed pixels in front of it. The last may have code 0."""

    code: int
    pixels: memoryview
    whole: bytes

    @property
    def content(self) -> bytes:
        return self.whole[4:]


def strip(data: bytes) -> Stripped:
    """Keep the pixels of the first picture, what says how its colours are meant, and the orientation.

    Raises:
        UndecodableImage: there are more than `MAX_SEGMENTS` segments, `MAX_TABLES` bytes of tables or `MAX_SCANS`
            scans, or the scans are larger than `MAX_SCANNED` together.
        ImageTooLarge: it is larger than other pictures may be, and not made to be reduced; see `check_scans`.
    """
    kept: list[bytes | memoryview] = []
    side: list[_Segment] = []
    frames: list[Frame] = []
    headers: list[bytes] = []
    scans = area = tables = 0
    for segment in _segments(data):
        kept.append(segment.pixels)
        if segment.code not in _SIDE_DATA:
            kept.append(segment.whole)
            tables += 0 if scans else len(segment.whole)
        elif scans:
            kept.append(_EMPTY_COMMENT)  # not nothing: a damaged scan may break off here
        else:
            side.append(segment)
        if segment.code in _FRAMES:
            frames.append(Frame(segment.code, segment.content))
            area = frames[-1].area
        if segment.code == _SCAN:
            headers.append(segment.content)
            scans += 1
        if tables > MAX_TABLES:
            raise UndecodableImage(f"The JPEG has more than {MAX_TABLES:,} bytes of tables.")
        if scans > MAX_SCANS or scans * min(area, MAX_AREA) > MAX_SCANNED:
            raise UndecodableImage(f"The JPEG has {scans} scans or more, too many for its size.")
    for frame in frames:
        if frame.area > MAX_AREA or len(data) > MANY_BYTES:
            check_scans(frame, headers, len(data))
    turned = _orientation(side)
    return Stripped("JPEG", b"".join((data[:2], *_colours(side), _exif_segment(turned), *kept)), turned)


def _segments(data: bytes) -> Iterator[_Segment]:
    """The segments up to the end of the picture; the last is cut off if the file is."""
    position, marker, view = 2, _MARKER, memoryview(data)  # twenty megabytes of pixels are not copied
    for _ in range(MAX_SEGMENTS):
        found = marker.search(data, position)
        if found is None:
            if marker is _MARKER_AFTER_PIXELS:
                yield _Segment(0, view[position:], b"")
            return
        code, start, end = found[1][0], found.start(), found.end()
        if code in _WITH_LENGTH:
            end += max(2, int.from_bytes(data[end : end + 2]))
        pixels = view[position:start] if marker is _MARKER_AFTER_PIXELS else view[:0]
        if end > len(data):
            yield _Segment(0, pixels, data[start:])
            return
        yield _Segment(code, pixels, data[start:end])
        if code == _END:
            return
        if code == _SCAN:
            marker = _MARKER_AFTER_PIXELS
        position = end
    raise UndecodableImage(f"The JPEG has more than {MAX_SEGMENTS:,} segments.")


def _orientation(side: list[_Segment]) -> int:
    found = [segment.content for segment in side if segment.code == 0xE1]
    xmp = [content for content in found if content.startswith(_XMP)]
    return orientation(
        b"".join(content[6:] for content in found if content.startswith(b"Exif\0\0")), xmp[-1] if xmp else b""
    )


def _exif_segment(turned: int) -> bytes:
    if not (tiff := exif(turned)):
        return b""
    return b"\xff\xe1" + (8 + len(tiff)).to_bytes(2) + b"Exif\0\0" + tiff


def _colours(side: list[_Segment]) -> Iterator[bytes]:
    """JFIF's segment and Adobe's say whether the colours are RGB, YCbCr, CMYK or YCCK. Only their first bytes do."""
    for segment in side:
        if segment.code == 0xE0 and segment.content.startswith(b"JFIF\0") and len(segment.content) >= 14:
            yield b"\xff\xe0\0\x10" + segment.content[:12] + b"\0\0"  # no thumbnail
            break
    for segment in reversed(side):
        if segment.code == 0xEE and segment.content.startswith(b"Adobe") and len(segment.content) >= 12:
            yield b"\xff\xee\0\x0e" + segment.content[:12]
            break
