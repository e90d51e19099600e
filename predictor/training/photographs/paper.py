"""Paper that is not blank: printed lines, dirt, texture, folds."""

from typing import Literal

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from predictor.training.photographs.pictures import Field, Picture, beyond, darkened, to_levels

OVERSAMPLING = 2


def printed(
    picture: Picture, random: Generator, *, pattern: Literal["squared", "ruled", "dotted"], share: float
) -> Picture:
    """Squares, lines or dots of 1 to 3 pixels that take `share` of the light away; two to eight fit on the picture."""
    height, width = picture.shape[:2]
    spacing = random.uniform(0.2, 0.4) if pattern == "ruled" else random.uniform(0.12, 0.3)
    pitch, line = spacing * min(height, width), random.uniform(1, 3)
    rows, columns = (_lines(n, pitch, line, random) for n in (height, width))
    if pattern == "ruled":
        mask = np.broadcast_to(rows[:, None], (height, width))
    elif pattern == "squared":
        mask = np.maximum(rows[:, None], columns)
    else:
        mask = rows[:, None] * columns
    return darkened(picture, share * mask)


def specks(picture: Picture, random: Generator, *, n: int) -> Picture:
    """`n` dark specks, 0.2 to 1 % of the picture's shorter side wide."""
    mask = Image.new("L", _oversampled(picture))
    canvas, side = ImageDraw.Draw(mask), min(mask.size)
    for x, y, size, level in random.uniform((0, 0, 0.002, 90), (*mask.size, 0.01, 230), (n, 4)):
        radius = size * side / 2
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=round(level))
    return darkened(picture, _reduced(mask))


def dust(picture: Picture, random: Generator, *, n: int) -> Picture:
    """`n` grey hairs, one pixel thin and 2 to 8 % of the picture's shorter side long."""
    mask = Image.new("L", _oversampled(picture))
    canvas, side = ImageDraw.Draw(mask), min(mask.size)
    for x, y, size, start, level in random.uniform((0, 0, 0.02, 0, 60), (*mask.size, 0.08, 360, 150), (n, 5)):
        radius = size * side / 2
        canvas.arc((x - radius, y - radius, x + radius, y + radius), start, start + 115, round(level), OVERSAMPLING)
    return darkened(picture, _reduced(mask))


def texture(picture: Picture, random: Generator, *, share: float) -> Picture:
    """Fibres and stains: smooth noise of three sizes that takes up to `share` of the light away."""
    height, width = picture.shape[:2]
    field = np.zeros((height, width), np.float32)
    for size in (3, 12, 60):
        coarse = random.standard_normal((height // size + 2, width // size + 2)).astype(np.float32)
        field += np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    return darkened(picture, share * (field - field.min()) / np.ptp(field))


def fold(picture: Picture, random: Generator, *, share: float) -> Picture:
    """A sharp fold through the middle: beyond it the paper is darker by `share`, and soon as light as before."""
    through = (random.uniform(0.3, 0.7), random.uniform(0.3, 0.7))
    distance = beyond(picture, random.uniform(0, 2 * np.pi), through)
    fading = np.exp(-np.maximum(distance, 0) / (0.15 * min(picture.shape[:2])))
    return darkened(picture, share * fading * np.clip(distance + 0.5, 0, 1))


def bleed_through(picture: Picture, random: Generator, *, share: float) -> Picture:
    """What is written on the back: `share` of the picture's own ink, mirrored, moved and blurred."""
    back = 1 - picture.min(axis=2) / max(float(picture.min(axis=2).max()), 1e-3)
    moved = np.roll(back[:, ::-1], random.integers(0, back.shape), axis=(0, 1))
    soft = Image.fromarray(to_levels(moved[..., None])).filter(ImageFilter.BoxBlur(2))
    return darkened(picture, share * np.asarray(soft, np.float32) / np.float32(255))


def fibres(picture: Picture, random: Generator, *, share: float) -> Picture:
    """Recycled paper: a fibre on every thousandth pixel, in any direction, that takes up to `share` of the light."""
    mask = Image.new("L", _oversampled(picture))
    canvas = ImageDraw.Draw(mask)
    n = picture.shape[0] * picture.shape[1] // 1000
    for x, y, size, angle, level in random.uniform((0, 0, 4, 0, 60), (*mask.size, 24, np.pi, 255), (n, 5)):
        right, down = size * np.cos(angle), size * np.sin(angle)
        canvas.line((x, y, x + right, y + down), round(level), OVERSAMPLING)
    return darkened(picture, share * _reduced(mask))


def index_card(picture: Picture, random: Generator, *, share: float) -> Picture:
    """Blue lines, and a red one down the left side; they take `share` of the light of the other colours away.

    Args:
        picture: RGB.
        random: where the lines are.
        share: of the light, 0 to 1.
    """
    height, width = picture.shape[:2]
    pitch, line = random.uniform(0.1, 0.2) * min(height, width), random.uniform(1, 3)
    rows = _lines(height, pitch, line, random)[:, None]
    columns = np.arange(width, dtype=np.float32) - random.uniform(0.05, 0.12) * width
    margin = np.clip(line / 2 + 0.5 - np.abs(columns), 0, 1)[None, :]
    blue, red = (np.array(taken, np.float32) for taken in ((1, 0.6, 0.1), (0.1, 1, 1)))
    ruled: Picture = picture * (1 - share * rows[..., None] * blue) * (1 - share * margin[..., None] * red)
    return ruled


def _lines(n: int, pitch: float, line: float, random: Generator) -> Field:
    """Antialiased lines across `n` pixels, (n,)."""
    place = (np.arange(n) + random.uniform(0, pitch)) % pitch
    lines: Field = np.clip(line / 2 + 0.5 - np.abs(place - pitch / 2), 0, 1).astype(np.float32)
    return lines


def _oversampled(picture: Picture) -> tuple[int, int]:
    return picture.shape[1] * OVERSAMPLING, picture.shape[0] * OVERSAMPLING


def _reduced(mask: Image.Image) -> Field:
    return np.asarray(mask.reduce(OVERSAMPLING), np.float32) / np.float32(255)
