"""Held-out outliers: families that no classifier is trained on, to measure how far outlier exposure generalises.

They are made independently of `outliers`: letters in a font, other shapes, other scribbles, solidly filled areas, words
and numbers in the font, and images that are not drawings at all. Everything random comes from the seed.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from predictor.ml.images import Pixels, normalise
from predictor.ml.pictures import Gray
from predictor.ml.strokes.drawing import CANVAS, SIDE, render
from predictor.training.outliers.letters import curve, glyph
from predictor.training.outliers.outliers import hand_drawn, place_on_canvas
from predictor.training.outliers.shapes import Lines

FAMILIES: Final = ("font letters", "other shapes", "other scribbles", "filled areas", "words", "not drawings")
CHARACTERS: Final = "ACDEFHJKLMNPRTUVWXYacdefhjkmnprtuvwx@#%?=+~*"  # those of `letters`, and some symbols
WORDS: Final = ("hi", "42", "17", "ok", "no", "abc", "100", "NO", "2+2", "yes", "A4", "x=3", "ten", "69", "1984")
SHAPES: Final = (  # points as in `letters`
    "408368280340",  # pentagon
    "~603113153768 ~6846444260",  # moon
    "5015442883547050",  # lightning
    "~170604133251627385867717",  # cloud
    "~12205062544546 48",  # question mark
    "~2413041524 2484 6466 8486",  # key
    "~04325264 ~04365664 64828664 23",  # fish
    "40850540 3538 5558 3858",  # tree
    "~0411407184 0484 ~44473827",  # umbrella
    "0802244064828808",  # crown
    "0585672705 4540 407444",  # boat
    "0282860602 024582",  # envelope
    "1018686010 ~62828466",  # cup
    "~4422042644 ~a4826486a4 4464",  # glasses
    "~3726172837 3730 3063",  # note
    "~5443344554 4041 4748 0414 7484 1122 6677 1726 7162",  # sun
    "~04326284 ~04366684 ~5443344554",  # eye
    "0383 0307 2327 4347 6367 8387",  # comb
    "4048 ~1014457470",  # trident
    "4048 2262 ~0517487785",  # anchor
    "0353580803 033080 8053 808558",  # cube
    "~401104174877847140 4048 4416 4476",  # peace
    "~401104174877847140 ~4224466442",  # target
)
LETTER_SIZE: Final = 100  # of the font, in pixels of a canvas of 168
NARROWEST: Final = 0.45  # width / height of a filled area: a narrower one looks like a 1 by a broad pen


def held_out_outliers(n: int, *, seed: int, families: Sequence[str] = FAMILIES) -> Pixels:
    """Outliers of each family in turn, as pixels, uint8 (n, 28, 28), normalised."""
    random = np.random.default_rng(seed)
    pictures = (_MAKERS[families[i % len(families)]](random) for i in range(n))
    return np.array([normalise(picture) for picture in pictures], np.uint8).reshape(n, 28, 28)


def _font_letter(random: Generator) -> Gray:
    return _printed(CHARACTERS[random.integers(len(CHARACTERS))], random)


def _words(random: Generator) -> Gray:
    return _printed(WORDS[random.integers(len(WORDS))], random)


def _printed(text: str, random: Generator) -> Gray:
    """Text in Pillow's own font, light to bold, slightly rotated and slanted."""
    weight = int(random.integers(0, 7))
    font = ImageFont.load_default(LETTER_SIZE)
    box = font.getbbox(text, stroke_width=weight)
    width, height = int(box[2] - box[0]) + 80, int(box[3] - box[1]) + 80
    picture = Image.new("L", (width, height), 255)
    ImageDraw.Draw(picture).text((40 - box[0], 40 - box[1]), text, fill=0, font=font, stroke_width=weight)
    slant = random.uniform(-0.2, 0.3)
    leaning = picture.transform(
        picture.size, Image.Transform.AFFINE, (1, slant, -slant * height / 2, 0, 1, 0), fillcolor=255
    )
    return np.asarray(leaning.rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR, expand=True, fillcolor=255))


def _other_shape(random: Generator) -> Gray:
    return _drawn(glyph(SHAPES[random.integers(len(SHAPES))]), random)


def _other_scribble(random: Generator) -> Gray:
    make = (_lissajous, _chords, _burst, _scraps, _rose)[random.integers(5)]
    return _drawn(make(random), random)


def _drawn(lines: Lines, random: Generator) -> Gray:
    pen = random.uniform(10, 26)
    size = random.uniform(max(0.4, 8 * pen / CANVAS), 0.85)
    return render(place_on_canvas(hand_drawn(lines, random), random, size, pen), pen=pen)


def _lissajous(random: Generator) -> Lines:
    x, y = ((2, 3), (3, 4), (3, 5), (4, 5))[random.integers(4)]
    t = np.linspace(0, 2 * np.pi, 60)
    return (np.stack((np.sin(x * t), np.sin(y * t + random.uniform(0.5, 1))), axis=1),)


def _chords(random: Generator) -> Lines:
    return (random.random((random.integers(7, 14), 2)),)


def _burst(random: Generator) -> Lines:
    angles = np.linspace(0, 2 * np.pi, int(random.integers(7, 13)), endpoint=False)
    return tuple(np.array([[0, 0], [np.cos(angle), np.sin(angle)]]) * random.uniform(0.7, 1) for angle in angles)


def _scraps(random: Generator) -> Lines:
    return tuple(random.random(2) + curve(random.normal(0, 0.2, (3, 2))) for _ in range(random.integers(5, 12)))


def _rose(random: Generator) -> Lines:
    """A flower on its stalk."""
    t = np.linspace(0, 2 * np.pi, 60)
    radius = 1 + random.uniform(0.2, 0.5) * np.cos(random.integers(4, 8) * t)
    return np.stack((radius * np.cos(t), radius * np.sin(t)), axis=1), np.array([[0, 1.0], [0.1, 2.5]])


def _filled_area(random: Generator) -> Gray:
    """A rectangle, an ellipse or a rounded blob."""
    picture = Image.new("L", (SIDE, SIDE), 255)
    canvas = ImageDraw.Draw(picture)
    height = random.uniform(40, 120)
    width = min(height * random.uniform(NARROWEST, 2), 130)
    left, top = random.uniform(10, 150 - width), random.uniform(10, 150 - height)
    box = (left, top, left + width, top + height)
    kind = random.integers(3)
    if kind == 0:
        canvas.rectangle(box, fill=0)
    elif kind == 1:
        canvas.ellipse(box, fill=0)
    else:
        t = np.linspace(0, 2 * np.pi, 80)
        bumps = random.normal(0, 0.12, 4) @ np.sin(np.outer(np.arange(2, 6), t) + random.uniform(0, 6, (4, 1)))
        radius = (1 + bumps).clip(0.3)
        points = np.stack((width * radius * np.cos(t), height * radius * np.sin(t)), axis=1) / 3 + SIDE / 2
        canvas.polygon(points.ravel().tolist(), fill=0)
    return np.asarray(picture)


def _not_a_drawing(random: Generator) -> Gray:
    """Noise, clouds, a gradient, a chequerboard or a frame."""
    kind, side = random.integers(5), 112
    if kind == 0:
        return random.integers(0, 256, (side, side), np.uint8)
    if kind == 1:
        coarse = random.integers(0, 256, (7, 7), np.uint8)
        return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))
    y, x = np.mgrid[0:side, 0:side] / side
    picture: Gray
    if kind == 2:
        picture = (255 * (random.uniform(0.3, 1) * x + random.uniform(0.3, 1) * y) / 2).astype(np.uint8)
        return picture
    if kind == 3:
        squares = random.integers(3, 9)
        picture = (255 * ((x * squares).astype(int) + (y * squares).astype(int) & 1)).astype(np.uint8)
        return picture
    frame = np.full((side, side), 255, np.uint8)
    frame[10:-10, 10:-10] = 0
    wide = random.integers(4, 20)
    frame[10 + wide : -10 - wide, 10 + wide : -10 - wide] = 255
    return frame


_MAKERS: Final[dict[str, Callable[[Generator], Gray]]] = {
    "font letters": _font_letter,
    "other shapes": _other_shape,
    "other scribbles": _other_scribble,
    "filled areas": _filled_area,
    "words": _words,
    "not drawings": _not_a_drawing,
}
