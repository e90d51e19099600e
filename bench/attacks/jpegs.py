"""JPEG: many scans, many segments, and arithmetic coding."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from bench.attacks import Request, picture

SIDE = 2000
ROOM = 1024 * 1024 - 2000  # bytes


def requests() -> Iterator[tuple[str, Request]]:
    for scans, side in ((24, SIDE), (100, 960), (1000, 64)):
        yield f"jpeg {scans} scans, side {side}", picture(scanned(scans, side))
        yield f"jpeg {scans} scans, side {side}, dense", picture(scanned(scans, side, textured(side, 1)))
    for components, mode in ((1, "L"), (3, "RGB"), (4, "CMYK")):
        for options in ({}, {"progressive": True}, {"restart_marker_blocks": 1}):
            name = f"jpeg {mode}, {', '.join(options) or 'baseline'}"
            yield name, picture(largest(textured(SIDE, components), mode, **options))
    yield "jpeg without its last scans", picture(cut(saved(textured(SIDE, 3), "RGB", quality=30, progressive=True)))
    yield "jpeg arithmetic coding, RGB", picture(arithmetic(3))
    yield "jpeg arithmetic coding, CMYK", picture(arithmetic(4))
    yield "jpeg 5,000 segments of EXIF", picture(with_segments(segment(0xE1, b"Exif\0\0MM\0*") * 5_000))
    yield "jpeg 52,000 segments of EXIF", picture(with_segments(segment(0xE1, b"Exif\0\0MM\0*") * 52_000))
    yield "jpeg a megabyte of XMP", picture(with_segments(segment(0xE1, XMP + b"tiff:Orientation=" * 3_800) * 15))
    yield "jpeg tags", picture(with_segments(segment(0xE1, b"Exif\0\0" + tags())))
    yield "jpeg tables", picture(with_segments(segment(0xDB, b"\0" + bytes(64)) * 900))
    yield "jpeg junk", picture(with_segments(b"\xff\xd0" + bytes(500_000) + b"\xff" * 500_000))
    yield "jpeg stuffed bytes", picture(drawing()[:-2] + b"\xff\0" * 500_000)
    yield "jpeg restarts", picture(drawing()[:-2] + b"\xff\xd0" * 500_000)


XMP = b"http://ns.adobe.com/xap/1.0/\0"


def segment(code: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, 2 + len(content)) + content


def saved(levels: np.ndarray, mode: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).convert(mode).save(buffer, "JPEG", subsampling=0, **options)
    return buffer.getvalue()


def textured(side: int, components: int) -> np.ndarray:
    """Noise, 8 pixels wide and smoothed."""
    shape = (side // 8, side // 8) if components == 1 else (side // 8, side // 8, 3)
    coarse = Image.fromarray(np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BILINEAR))


def largest(levels: np.ndarray, mode: str, **options: object) -> bytes:
    """Of the highest quality that fits."""
    found = (saved(levels, mode, quality=quality, **options) for quality in range(90, 0, -5))
    return next(data for data in found if len(data) < ROOM)


def drawing() -> bytes:
    levels = np.full((112, 112), 255, np.uint8)
    levels[20:90, 50:60] = 0
    return saved(levels, "L")


def with_segments(segments: bytes) -> bytes:
    plain = drawing()
    return plain[:2] + segments + plain[2:]


def cut(data: bytes) -> bytes:
    """Only the first scan: the rest is smoothed, which takes longer."""
    return data[: data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)] + b"\xff\xd9"


def scanned(count: int, side: int, levels: np.ndarray | None = None) -> bytes:
    """A progressive JPEG in whose last scans each says in a few bytes that no coefficient changes."""
    white = np.full((side, side), 255, np.uint8)
    white[side // 4 : side // 2, side // 4 : side // 3] = 0
    plain = saved(white if levels is None else levels, "L", quality=20, progressive=True)
    first = plain.index(b"\xff\xda")
    table = segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0")  # one code, a run of 16,384 blocks or more
    blocks = ((side + 7) // 8) ** 2
    runs = -(-blocks // 32_767) + 1
    bits = "".join(f"0{16_383:014b}" for _ in range(runs))
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8)).replace(b"\xff", b"\xff\0")
    empty = segment(0xDA, b"\1\1\0\1\x3f\x10") + packed
    return plain[:first] + plain[first:-2] + table + empty * (count - plain.count(b"\xff\xda")) + plain[-2:]


def arithmetic(components: int) -> bytes:
    """Arithmetic coding of bytes that mean as much as they can before the decoder gives up."""
    tables = segment(0xDB, b"\0" + b"\1" * 64)
    layers = b"".join(bytes([n, 0x11, 0]) for n in range(1, components + 1))
    frame = segment(0xC9, struct.pack(">BHHB", 8, SIDE, SIDE, components) + layers)
    scan = segment(0xDA, bytes([components]) + b"".join(bytes([n, 0]) for n in range(1, components + 1)) + b"\0\x3f\0")
    content = np.random.default_rng(6).bytes(30_000).replace(b"\xff", b"\xfe")
    return b"\xff\xd8" + tables + frame + scan + content + b"\xff\xd9"


def tags() -> bytes:
    entries = b"".join(struct.pack(">HHII", tag, 7, 60_000, 8) for tag in range(1000, 6400))
    return b"MM\0*" + struct.pack(">IH", 8, 5400) + entries
