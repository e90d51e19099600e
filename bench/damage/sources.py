"""Valid files of every kind that is read: mostly tiny, so that millions can be damaged."""

import io
import itertools
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from bench.attacks.pngs import ADAM7, SAMPLES, chunk, end, header

DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # bits, by colour type
TINY: Final = (32, 32)
# Pixels of the sides, and how often each size is chosen. From 65 pixels on, a picture may be taken for a photograph.
SIZES: Final = {TINY: 900, (80, 72): 90, (240, 200): 9, (2_100, 2_000): 1}
LARGE: Final = 4_000_000  # pixels: larger ones are only read as JPEG
TURNED: Final = 6  # EXIF's orientation


@dataclass(frozen=True)
class Source:
    name: str
    form: str
    data: bytes


def sources() -> dict[tuple[int, int], dict[str, list[Source]]]:
    """The files by size and format."""
    return {size: _files(*size) for size in SIZES}


def _files(width: int, height: int) -> dict[str, list[Source]]:
    shades = _seven(width, height)
    named = {"JPEG": _jpegs(shades)}
    if width * height <= LARGE:
        named |= {"PNG": _pngs(shades), "WEBP": _webps(shades)}
    return {
        form: [Source(f"{name}, {width}×{height}", form, data) for name, data in files.items()]
        for form, files in named.items()
    }


def _seven(width: int, height: int) -> np.ndarray:
    """A seven on paper in uneven light, uint8 (height, width)."""
    levels = np.linspace(200, 250, width)[None] + np.random.default_rng(1).normal(0, 2, (height, width))
    down, across, thick = height // 4, width // 4, max(2, height // 12)
    levels[down : down + thick, across : 3 * across] = 30
    for row in range(down, 3 * down):
        middle = 3 * across - (row - down) * across // (2 * down)
        levels[row, middle - thick : middle] = 40
    return np.clip(levels, 0, 255).astype(np.uint8)


def _pngs(shades: np.ndarray) -> dict[str, bytes]:
    found = {}
    for colour, depths in DEPTHS.items():
        for depth, interlaced in itertools.product(depths, (False, True)):
            name = f"PNG of type {colour}, {depth} bits{', interlaced' * interlaced}"
            found[name] = png(shades, depth, colour, interlaced=interlaced)
            if colour in {0, 2, 3}:
                found[f"{name}, tRNS"] = png(shades, depth, colour, interlaced=interlaced, transparent=True)
    image, exif = Image.fromarray(shades), _exif()
    found["PNG turned"] = saved(image, "PNG", exif=exif, dpi=(72, 72))
    found["PNG animated"] = saved(image, "PNG", save_all=True, append_images=[image.rotate(90)])
    return found


def png(shades: np.ndarray, depth: int, colour: int, *, interlaced: bool, transparent: bool = False) -> bytes:
    """Of any colour type, with unfiltered rows. Pillow writes neither interlaced ones nor colours of 16 bits."""
    height, width = shades.shape
    rows = b""
    for top, left, down, across in ADAM7 if interlaced else ((0, 0, 1, 1),):
        part = shades[top::down, left::across]
        rows += b"".join(b"\0" + _packed(row, depth, SAMPLES[colour]) for row in part) if part.size else b""
    before = b""
    if colour == 3:
        colours = np.linspace(0, 255, 1 << depth).astype(np.uint8)
        before = chunk(b"PLTE", np.repeat(colours, 3).tobytes())
    if transparent:
        fading = np.linspace(255, 100, 1 << depth).astype(np.uint8).tobytes()
        before += chunk(b"tRNS", fading if colour == 3 else b"\0\1" * SAMPLES[colour])
    return (
        header(width, height, depth, colour, interlaced=interlaced)
        + before
        + chunk(b"IDAT", zlib.compress(rows))
        + end()
    )


def _packed(row: np.ndarray, depth: int, samples: int) -> bytes:
    if depth == 16:
        return np.repeat(row.astype(">u2") * 257, samples).tobytes()
    if depth == 8:
        return np.repeat(row, samples).tobytes()
    bits = np.unpackbits((row >> (8 - depth))[:, None], axis=1)[:, 8 - depth :]
    return np.packbits(bits).tobytes()


def _jpegs(shades: np.ndarray) -> dict[str, bytes]:
    image, exif = Image.fromarray(shades), _exif()
    colour = image.convert("RGB")
    return {
        "JPEG grey": saved(image, "JPEG"),
        "JPEG colour": saved(colour, "JPEG"),
        "JPEG colour, unreduced": saved(colour, "JPEG", subsampling=0, restart_marker_blocks=2),
        "JPEG progressive": saved(colour, "JPEG", progressive=True, restart_marker_blocks=1),
        "JPEG progressive, grey": saved(image, "JPEG", progressive=True),
        "JPEG CMYK": saved(image.convert("CMYK"), "JPEG"),
        "JPEG turned": saved(colour, "JPEG", exif=exif),
        "JPEG of two pictures": saved(image, "MPO", save_all=True, append_images=[image.rotate(90)]),
    }


def _webps(shades: np.ndarray) -> dict[str, bytes]:
    image, exif = Image.fromarray(shades), _exif()
    clear = Image.merge("LA", (image, image.point(lambda level: 255 - level))).convert("RGBA")
    return {
        "WEBP lossy": saved(image.convert("RGB"), "WEBP"),
        "WEBP lossy, alpha": saved(clear, "WEBP"),
        "WEBP lossless": saved(image.convert("RGB"), "WEBP", lossless=True),
        "WEBP lossless, alpha": saved(clear, "WEBP", lossless=True, exact=True),
        "WEBP turned": saved(clear, "WEBP", lossless=True, exif=exif),
        "WEBP animated": saved(clear, "WEBP", save_all=True, append_images=[clear.rotate(90)]),
    }


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif.update({0x0112: TURNED, 0x010E: "a drawing", 0x011A: 72.5})
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    return exif


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
