"""Evaluate published versions on MNIST, original, perturbed or photographed, on pen strokes, or on your own files."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from predictor.ml.consensus import calibrated_pool
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import ALL
from predictor.ml.runtime import Classifier
from predictor.services.answering.champions import PIXEL_KINDS, champions
from predictor.services.store import versions

if TYPE_CHECKING:
    from predictor.training.data.dataset import Dataset
    from predictor.training.data.strokes import Drawing
    from predictor.training.evaluation.photographs import Counts
    from predictor.training.photographs.digits import Digit

log = logging.getLogger(__name__)

Scores = dict[str, dict[str, Any]]  # by kind, and "consensus"; with a kind that reads strokes "pixels", too
Classifiers = Mapping[str, Classifier]


def load(wanted: Mapping[str, int] | None = None, *, kinds: Sequence[str] = PIXEL_KINDS) -> Classifiers:
    """Load these versions by kind; by default, the champions of `kinds` that work.

    Raises:
        ArtifactError: a kind is unknown, a version was never published or does not work, or no champion works.
    """
    if wanted is None:
        return _champions(kinds)
    return {kind: versions.load(kind, wanted[kind]) for kind in (*ALL, *sorted({*wanted} - {*ALL})) if kind in wanted}


def evaluate(classifiers: Classifiers) -> Scores:
    """Score each classifier and their consensus on the 9,940 test images; needs no TensorFlow.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.data.dataset import Mnist

    return _scores(classifiers, Mnist.read(settings.MNIST_DIR).test)


def evaluate_robustness(classifiers: Classifiers, *, first: int | None = None) -> dict[str, Scores]:
    """The same under each of `robustness.conditions`, and as "worst" the lowest score of each, with its "condition".

    `first` limits the number of images.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.data.dataset import Mnist
    from predictor.training.evaluation.robustness import conditions, worst

    mnist = Mnist.read(settings.MNIST_DIR)
    found = {condition: _scores(classifiers, data) for condition, data in conditions(mnist, first)}
    lowest = {name: worst({condition: scores[name] for condition, scores in found.items()}) for name in _names(found)}
    return found | {"worst": {name: {"condition": each} | found[each][name] for name, each in lowest.items()}}


def evaluate_photographs(
    classifiers: Classifiers, *, first: int, strokes: Path | None = None
) -> Iterator[tuple[str, "Counts"]]:
    """How the classifiers together answer photographs, as the site would: under each condition, and as "all" in total.

    The `first` digits of MNIST's test images are photographed, or those of a file of pen strokes, or of an export.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    from predictor.training.evaluation.photographs import Counts, judge, read
    from predictor.training.photographs.conditions import conditions
    from predictor.training.photographs.sets import JUDGING, photographs

    digits = _digits(first, strokes)
    everything = Counts()
    for condition in conditions():
        counts = judge(list(classifiers.values()), read(photographs(condition, digits, seed=JUDGING)))
        everything += counts
        yield condition, counts
    yield "all", everything


def evaluate_strokes(classifiers: Classifiers, *, path: Path, pens: Sequence[float]) -> dict[str, Scores]:
    """The same on a file of pen strokes, or on an export, drawn as the page draws them, with pens of these widths.

    Those that read strokes are heard where the site would hear them, and count in the consensus what they count there;
    "pixels" is the consensus of the others alone.

    Raises:
        DatasetError: the file is missing or damaged, or a line of it is malformed.
    """
    from predictor.training.data.strokes import read_strokes

    drawings = read_strokes(path, partial(log.warning, "%s"))
    return {f"pen {pen:g}": _stroke_scores(classifiers, drawings, pen) for pen in pens}


def evaluate_folder(classifiers: Classifiers, *, path: Path) -> Scores:
    """The same on a folder of pictures, or a ZIP archive of one, with a subfolder for each digit.

    Raises:
        DatasetError: see `folders.read_folder`.
    """
    from predictor.training.data.folders import read_folder

    return _scores(classifiers, read_folder(path, partial(log.warning, "%s")))


def evaluate_idx(classifiers: Classifiers, *, images: Path, labels: Path) -> Scores:
    """The same on a pair of IDX files.

    Raises:
        DatasetError: see `folders.read_idx_pair`.
    """
    from predictor.training.data.folders import read_idx_pair

    return _scores(classifiers, read_idx_pair(images, labels))


def _champions(kinds: Sequence[str]) -> Classifiers:
    found = champions()
    for kind, broken in found.silent.items():
        if kind in kinds:
            log.warning("%s is left out: %s", kind, broken.reason)
    reading = {kind: classifier for kind, classifier in found.classifiers.items() if kind in kinds}
    if not reading:
        raise ArtifactError("No champion works.")
    return reading


def _digits(first: int, strokes: Path | None) -> "Sequence[Digit]":
    from predictor.training.data.dataset import Mnist
    from predictor.training.data.strokes import read_strokes
    from predictor.training.photographs.digits import Written
    from predictor.training.photographs.sets import judging_digits

    if strokes is None:
        return judging_digits(Mnist.read(settings.MNIST_DIR), first)
    return [Written.of(drawing) for drawing in read_strokes(strokes, partial(log.warning, "%s"))[:first]]


def _scores(classifiers: Classifiers, data: "Dataset") -> Scores:
    """Scores by kind, each with its version; the consensus has the calibrated mean of the probabilities."""
    from predictor.training.evaluation.evaluate import probabilities, score

    answers = {kind: probabilities(classifier, data) for kind, classifier in classifiers.items()}
    scores = {kind: {"version": classifiers[kind].version} | score(answer, data) for kind, answer in answers.items()}
    return scores | {"consensus": score(calibrated_pool(list(answers.values())), data)}


def _stroke_scores(classifiers: Classifiers, drawings: "Sequence[Drawing]", pen: float) -> Scores:
    """The same for drawings with their strokes."""
    from predictor.training.data.strokes import draw
    from predictor.training.data.traces import is_heard, traced
    from predictor.training.evaluation.evaluate import probabilities, score

    data = draw(drawings, pen=pen)
    looking = {kind: each for kind, each in classifiers.items() if ALL[kind].reads == "pixels"}
    reading = {kind: each for kind, each in classifiers.items() if kind not in looking}
    scores = _scores(looking, data) if looking else {}
    heard = np.array([is_heard(each, pixels, pen) for each, pixels in zip(drawings, data.pixels, strict=True)])
    if not reading or (looking and not heard.any()):
        return scores
    traces = traced([each for each, is_one in zip(drawings, heard, strict=True) if is_one])
    said = {kind: probabilities(each, traces) for kind, each in reading.items()}
    own = {kind: {"version": reading[kind].version} | score(answers, traces) for kind, answers in said.items()}
    if not looking:
        return own | {"consensus": score(calibrated_pool(list(said.values())), traces)}
    seen = [probabilities(each, data) for each in looking.values()]
    together, without = np.array(calibrated_pool(seen)), scores.pop("consensus")
    weights = [1.0] * len(looking) + [each.weight for each in reading.values()]
    together[heard] = calibrated_pool([*(each[heard] for each in seen), *said.values()], weights)
    return scores | own | {"pixels": without, "consensus": score(together, data)}


def _names(found: Mapping[str, Scores]) -> list[str]:
    return list(next(iter(found.values())))
