"""What the measures of drift and their bins are called."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from predictor.ml.drift.histograms import CATEGORIES, EDGES
from predictor.services.answering import wording
from predictor.services.learning.drift.figures import Subject

TITLES: Final[Mapping[str, str]] = {
    "confidence": "Confidence of all models together",
    "verdicts": "Verdicts",
    "digits": "Digits",
    "ink": "Ink",
    "width": "Width of strokes",
    "slant": "Slant",
    "size": "Size",
}
ABOUT: Final[Mapping[str, str]] = {
    "confidence": "How sure the models are of their digit, in per cent: their mean probability, calibrated.",
    "verdicts": "Whether the site took a drawing for a digit.",
    "digits": "The digit that the models say.",
    "ink": "How much of the normalised picture is ink, in per cent.",
    "width": "In pixels of the normalised picture, which is 28 pixels wide.",
    "slant": "By how many degrees a drawing leans to the right; to the left it is below 0.",
    "size": "The longer side of a drawing with strokes, in per cent of the canvas.",
}
VERSION: Final = "How sure this version is of its digit, in per cent."
WORDS: Final[Mapping[str, str]] = {"digit": "a digit", "unsure": "unsure", "not_a_digit": "not a digit"}


def title(subject: Subject) -> str:
    if subject.kind:
        return f"Confidence of {wording.spoken(subject.kind)}, version {subject.version}"
    return TITLES[subject.measure]


def about(subject: Subject) -> str:
    return VERSION if subject.kind else ABOUT[subject.measure]


def bins(measure: str) -> list[str]:
    """What is in each bin, such as "1.7 to 2 px"."""
    if measure in CATEGORIES:
        return [WORDS.get(name, name) for name in CATEGORIES[measure]]
    edges, unit = ticks(measure), _unit(measure)
    between = [f"{low} to {high}{unit}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}{unit}", *between, f"{edges[-1]}{unit} and more"]


def ticks(measure: str) -> list[str]:
    """The edges between the bins; none between categories."""
    factor = 100 if measure in {"ink", "size", "confidence"} else 1
    return [f"{round(factor * edge, 3):g}" for edge in EDGES.get(measure, ())]


def _unit(measure: str) -> str:
    return {"width": " px", "slant": "°"}.get(measure, " %")
