"""Inks and papers in colour."""

from collections.abc import Mapping
from typing import Final

from predictor.training.photographs.pictures import Colour

COLOURS: Final[Mapping[str, Colour]] = {
    "white": (0.97, 0.97, 0.95),
    "black": (0.1, 0.1, 0.1),
    "red": (0.86, 0.16, 0.16),
    "green": (0.16, 0.51, 0.24),
    "light green": (0.36, 0.75, 0.35),
    "blue": (0.2, 0.3, 0.8),
    "orange": (0.94, 0.51, 0.12),
    "yellow": (0.96, 0.86, 0.3),
    "pink": (0.9, 0.5, 0.62),
    "turquoise": (0.3, 0.78, 0.75),
}
# Ink and paper. The last five are of nearly equal luminance: only their colours tell them apart.
PAIRS: Final = (
    ("blue", "white"),
    ("red", "white"),
    ("white", "green"),
    ("yellow", "blue"),
    ("black", "red"),
    ("red", "green"),
    ("green", "red"),
    ("orange", "light green"),
    ("blue", "red"),
    ("pink", "turquoise"),
)
