"""What photographs of a camera's size cost: processor time and memory, one request after the other.

    .venv/bin/python bench/photographs.py

A page with a digit on it, as a camera sees it, is sent as the whole body and as a form's file, and then JPEGs that are
made to be as expensive as their size allows. Measured as in `bench/hostile.py`. Exits with 1 if one takes more than
SECONDS or MEGABYTES, or is answered with a server's error. Linux only.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import hostile
from bench.attacks import Request, jpegs
from bench.attacks.bodies import MULTIPART, part

SECONDS = 0.6
MEGABYTES = 60
LIMIT = 20 * 1024 * 1024 - 2000  # bytes
CAMERAS = {"12 megapixels": (4000, 3000), "50 megapixels": (8160, 6120)}


def main() -> None:
    hostile.SECONDS, hostile.MEGABYTES = SECONDS, MEGABYTES
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "REDIS_URL": "", "STATIC_ROOT": folder}
        if child := os.fork():  # another process draws them: this one stays as small as a server's
            os.waitpid(child, 0)
        else:
            hostile.write(Path(folder), requests(), LIMIT + 2000)
            os._exit(0)
        sys.exit(hostile.report(sorted(Path(folder).glob("*.request"))))


def requests() -> Iterator[tuple[str, Request]]:
    for name, (width, height) in CAMERAS.items():
        levels = page(width, height)
        baseline = saved(levels, quality=92)
        yield name, photograph(baseline)
        yield f"{name}, a form's file", Request("/", MULTIPART, form(baseline))
        yield f"{name}, explained", photograph(baseline, "/api/explain/")
        yield f"{name}, progressive", photograph(saved(levels, quality=92, progressive=True))
        yield f"{name}, noise", photograph(largest(grain(levels, 160)))
        yield f"{name}, noise, progressive", photograph(largest(grain(levels, 160), 6_000_000, progressive=True))
    small = grain(page(2000, 2000), 255)
    yield "4 megapixels of noise, progressive", photograph(largest(small, 6_000_000, progressive=True, subsampling=0))
    yield "4 megapixels, 100 %", photograph(largest(small, subsampling=0))
    yield "stuffed bytes", photograph(jpegs.drawing()[:-2] + b"\xff\0" * (LIMIT // 2 - 5000))
    yield "restarts", photograph(jpegs.drawing()[:-2] + b"\xff\xd0" * (LIMIT // 2 - 5000))
    yield "junk", photograph(jpegs.with_segments(b"\xff\xd0" + bytes(LIMIT // 2) + b"\xff" * (LIMIT // 2 - 5000)))
    yield "XMP", photograph(jpegs.with_segments(jpegs.segment(0xE1, jpegs.XMP + b"tiff:Orientation=" * 3_800) * 300))
    yield "20 megabytes that are no JPEG", photograph(b"\x89PNG\r\n\x1a\n" + bytes(LIMIT - 8))


def photograph(body: bytes, path: str = "/api/predict/") -> Request:
    return Request(path, "image/jpeg", body)


def form(content: bytes) -> bytes:
    return part("image", content, b'; filename="a.jpg"') + part("store", b"1") + b"--x--\r\n"


def page(width: int, height: int) -> np.ndarray:
    """Paper in uneven light, with grain, and a seven on it."""
    chance = np.random.default_rng(1)
    light = chance.integers(170, 225, (6, 8, 3)).astype(np.uint8)
    levels = np.array(Image.fromarray(light).resize((width, height), Image.Resampling.BICUBIC))
    levels += chance.integers(0, 14, (height, width, 1)).astype(np.uint8)
    thick = height // 40
    levels[height // 4 : height // 4 + thick, width * 3 // 8 : width * 5 // 8] = 40
    for row in range(height // 4, height * 3 // 4):
        middle = width * 5 // 8 - (row - height // 4) * width // (4 * height)
        levels[row, middle - thick : middle] = 40
    return levels


def grain(levels: np.ndarray, strength: int) -> np.ndarray:
    noise = np.random.default_rng(2).integers(0, strength, levels.shape).astype(np.uint8)
    return np.minimum(levels, 255 - noise)


def saved(levels: np.ndarray, **options: object) -> bytes:
    ImageFile.MAXBLOCK = 64 * 1024 * 1024  # Pillow writes a progressive JPEG at once
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def largest(levels: np.ndarray, room: int = LIMIT, **options: object) -> bytes:
    """Of the highest quality that fits."""
    found = (saved(levels, quality=quality, **options) for quality in (100, 95, 90, 80, 60, 40, 20, 10))
    return next(data for data in found if len(data) < room)


if __name__ == "__main__":
    main()
