"""PNG: expensive pixels, and side data that unpacks to much more."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from bench.attacks import Request, picture

SIDE = 2000
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by colour type
NAMES = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
ROOM = 1024 * 1024 - 2000  # bytes


def requests() -> Iterator[tuple[str, Request]]:
    for depth, colour in ((16, 6), (8, 6), (16, 4), (16, 2), (8, 2), (16, 0)):
        for kind in (0, 3, 4):
            yield f"png {depth} bits, {NAMES[colour]}, filter {kind}", picture(rows(depth, colour, kind))
    for kind in (0, 4):
        yield f"png 16 bits, RGBA, interlaced, filter {kind}", picture(rows(16, 6, kind, interlaced=True))
    level = b"\1\0" * 3
    yield "png 16 bits, RGB with a clear colour", picture(rows(16, 2, 4, before=chunk(b"tRNS", level)))
    yield "png 16 bits, grey with a clear level", picture(rows(16, 0, 4, before=chunk(b"tRNS", level[:2])))
    palette = chunk(b"PLTE", bytes(range(256)) * 3) + chunk(b"tRNS", bytes(range(256)))
    yield "png palette with transparency", picture(rows(8, 3, 0, before=palette))
    yield "png palettes", picture(rows(8, 3, 0, before=chunk(b"PLTE", bytes(768)) * 1000))
    soft = np.indices((SIDE, SIDE)).sum(axis=0).astype(np.uint8) // 16
    many = rows(8, 3, 0, before=chunk(b"PLTE", bytes(range(256)) * 3) + chunk(b"PLTE", bytes(768)) * 900)
    yield "png easy levels in a large file", picture(many)
    yield "png soft levels in a large file", picture(padded(saved(soft)))
    yield "png noise of 1 bit", picture(saved(noise(SIDE, SIDE, 2) * 255, bits=1))
    yield "png noise of 8 bits", picture(saved(noise(1000, 1000, 256)))
    yield "png noise, narrow", picture(saved(noise(4096, 240, 256)))
    yield "png noise, 1 pixel wide", picture(saved(noise(4096, 1, 256)))
    yield "png checked, 1 bit", picture(saved(np.indices((SIDE, SIDE)).sum(axis=0).astype(np.uint8) % 2 * 255, bits=1))
    yield "png of a gigabyte", picture(header(28, 28, 8, 0) + chunk(b"IDAT", bomb(1_000_000_000)) + end())
    yield "png 900 profiles", picture(with_side_data(chunk(b"iCCP", b"a\0\0" + bomb(1_040_000)) * 900))
    yield "png 900 texts", picture(with_side_data(chunk(b"zTXt", b"a\0\0" + bomb(1_040_000)) * 900))
    for keyword in (b"XML:com.adobe.xmp", b"Raw profile type exif"):
        text = chunk(b"iTXt", keyword + b"\0\1\0\0\0" + bomb(1_040_000))
        yield f"png 900 times {keyword.decode()}", picture(with_side_data(text * 900))
    yield "png tags", picture(with_side_data(chunk(b"eXIf", tags())))
    yield "png empty chunks", picture(with_side_data(chunk(b"prVt", b"") * (ROOM // 12 - 20)))
    yield "png empty chunks of pixels", picture(with_side_data(chunk(b"IDAT", b"") * 9_990))
    yield "png frames", picture(with_side_data(frames(8_000)))
    yield "png a private megabyte", picture(with_side_data(chunk(b"prVt", noise(1, 1_000_000, 256).tobytes())))


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def header(width: int, height: int, depth: int, colour: int, *, interlaced: bool = False) -> bytes:
    fields = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", fields)


def end() -> bytes:
    return chunk(b"IEND", b"")


def rows(depth: int, colour: int, kind: int, *, before: bytes = b"", interlaced: bool = False) -> bytes:
    """4 megapixels whose rows are all the same noise, filtered by `kind`: Paeth's filter, 4, is the slowest."""
    packer = zlib.compressobj(9)
    content = b""
    for top, left, down, across in ADAM7 if interlaced else ((0, 0, 1, 1),):
        width, height = len(range(left, SIDE, across)), len(range(top, SIDE, down))
        row = bytes([kind]) + np.random.default_rng(1).bytes(width * SAMPLES[colour] * depth // 8)
        content += b"".join(packer.compress(row) for _ in range(height))
    pixels = chunk(b"IDAT", content + packer.flush())
    return header(SIDE, SIDE, depth, colour, interlaced=interlaced) + before + pixels + end()


def padded(plain: bytes) -> bytes:
    """With palettes that are dropped with no other side data, so that the levels are kept in the file's place."""
    return plain[:33] + chunk(b"PLTE", bytes(768)) * 400 + plain[33:]


def noise(height: int, width: int, levels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, levels, (height, width)).astype(np.uint8)


def saved(levels: np.ndarray, bits: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).convert("1" if bits == 1 else "L").save(buffer, "PNG")
    return buffer.getvalue()


def bomb(size: int) -> bytes:
    packer, part = zlib.compressobj(9), bytes(1_000_000)
    return b"".join(packer.compress(part) for _ in range(size // len(part))) + packer.flush()


def with_side_data(side: bytes) -> bytes:
    """A small drawing with `side` before its pixels."""
    drawing = np.full((112, 112), 255, np.uint8)
    drawing[20:90, 50:60] = 0
    plain = saved(drawing)
    return plain[:33] + side + plain[33:]


def tags() -> bytes:
    """EXIF with as many tags as there can be, each of which points at the same 60,000 bytes."""
    entries = b"".join(struct.pack(">HHII", tag, 7, 60_000, 8) for tag in range(1000, 65_000))
    return b"MM\0*" + struct.pack(">IH", 8, 64_000) + entries


def frames(count: int) -> bytes:
    control = [chunk(b"fcTL", struct.pack(">IIIIIHHBB", n, 112, 112, 0, 0, 1, 1, 0, 0)) for n in range(count)]
    return chunk(b"acTL", struct.pack(">II", count, 0)) + b"".join(control)
