"""WebP: large canvases, alpha, many frames and many chunks."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from bench.attacks import Request, picture

SIDE = 2000
ROOM = 1024 * 1024 - 2000  # bytes


def requests() -> Iterator[tuple[str, Request]]:
    chance = np.random.default_rng(1)
    soft = Image.fromarray(chance.integers(0, 256, (SIDE // 8, SIDE // 8, 4)).astype(np.uint8)).resize((SIDE, SIDE))
    yield "webp lossy", picture(largest(soft.convert("RGB")))
    yield "webp lossy with alpha", picture(largest(soft, alpha_quality=20))
    few = Image.fromarray((chance.integers(0, 4, (SIDE, SIDE)) * 80).astype(np.uint8)).convert("RGB")
    yield "webp lossless noise", picture(saved(few, lossless=True, method=0))
    few.putalpha(few.convert("L"))
    yield "webp lossless noise with alpha", picture(saved(few, lossless=True, exact=True, method=0))
    gray = soft.convert("L").point(lambda level: level // 24 * 24).convert("RGB")
    yield "webp lossless", picture(saved(gray, lossless=True, method=0))
    frames = [Image.new("RGB", (64, 64), (n % 256, n // 256, 0)) for n in range(3000)]
    yield "webp 3,000 frames", picture(saved(frames[0], save_all=True, append_images=frames[1:])[:ROOM])
    yield "webp 10,000 chunks", picture(with_chunks(b"XMP \0\0\0\0" * 9_990))
    yield "webp 130,000 chunks", picture(with_chunks(b"XMP \0\0\0\0" * 130_000))
    yield "webp a canvas of 268 megapixels", picture(canvas(16_384))
    yield "webp a canvas of 4 megapixels in 200 bytes", picture(canvas(SIDE))


def saved(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", **options)
    return buffer.getvalue()


def largest(image: Image.Image, **options: object) -> bytes:
    """Of the highest quality that fits."""
    found = (saved(image, quality=quality, method=0, **options) for quality in range(80, 0, -10))
    return next(data for data in found if len(data) < ROOM)


def with_chunks(chunks: bytes) -> bytes:
    plain = saved(Image.linear_gradient("L"))
    extended = b"VP8X" + struct.pack("<II", 10, 4) + b"\xff\0\0\xff\0\0" + plain[12:] + chunks
    return b"RIFF" + struct.pack("<I", 4 + len(extended)) + b"WEBP" + extended


def canvas(side: int) -> bytes:
    frames = [Image.linear_gradient("L"), Image.radial_gradient("L")]
    data = bytearray(saved(frames[0], save_all=True, append_images=frames[1:]))
    data[24:30] = (side - 1).to_bytes(3, "little") * 2
    return bytes(data)
