"""How good published versions are: on MNIST's test images, as they are or altered, on strokes, on files of yours."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from predictor.ml import artifacts, runtime
from predictor.ml.errors import ArtifactError
from predictor.ml.runtime import Classifier
from predictor.services.champions import KINDS, champions

if TYPE_CHECKING:
    from predictor.training.dataset import Dataset

log = logging.getLogger(__name__)

Scores = dict[str, dict[str, Any]]  # by kind, and "consensus"
Classifiers = Mapping[str, Classifier]


def load(versions: Mapping[str, int] | None = None) -> Classifiers:
    """These versions by kind; the champions that work if there is nothing to choose.

    Raises:
        ArtifactError: one of them is no kind, was never published or does not work; or no champion works.
    """
    if versions is None:
        return _champions()
    return {kind: _load(kind, versions[kind]) for kind in (*KINDS, *sorted({*versions} - {*KINDS})) if kind in versions}


def evaluate(classifiers: Classifiers) -> Scores:
    """Scores of each, and of their consensus, on the 9,940 test images; needs no TensorFlow.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.dataset import Mnist

    return _scores(classifiers, Mnist.read(settings.MNIST_DIR).test)


def evaluate_robustness(classifiers: Classifiers, *, first: int | None = None) -> dict[str, Scores]:
    """The same under each of `robustness.conditions`, and as "worst" each one's lowest, with its "condition".

    `first` takes so many images only.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.dataset import Mnist
    from predictor.training.robustness import conditions, worst

    mnist = Mnist.read(settings.MNIST_DIR)
    found = {condition: _scores(classifiers, data) for condition, data in conditions(mnist, first)}
    lowest = {name: worst({condition: scores[name] for condition, scores in found.items()}) for name in _names(found)}
    return found | {"worst": {name: {"condition": each} | found[each][name] for name, each in lowest.items()}}


def evaluate_strokes(classifiers: Classifiers, *, path: Path, pens: Sequence[float]) -> dict[str, Scores]:
    """The same on a file of pen strokes, drawn as the page would with each pen, by width.

    Raises:
        DatasetError: the file is missing, damaged, or a line of it is malformed.
    """
    from predictor.training.strokes import draw, read_strokes

    drawings = read_strokes(path)
    return {f"pen {pen:g}": _scores(classifiers, draw(drawings, pen=pen)) for pen in pens}


def evaluate_folder(classifiers: Classifiers, *, path: Path) -> Scores:
    """The same on a folder of pictures, a sub-directory for each digit.

    Raises:
        DatasetError: see `folders.read_folder`.
    """
    from predictor.training.folders import read_folder

    return _scores(classifiers, read_folder(path))


def evaluate_idx(classifiers: Classifiers, *, images: Path, labels: Path) -> Scores:
    """The same on a pair of IDX files.

    Raises:
        DatasetError: see `folders.read_idx_pair`.
    """
    from predictor.training.folders import read_idx_pair

    return _scores(classifiers, read_idx_pair(images, labels))


def _champions() -> Classifiers:
    found = champions()
    for kind, broken in found.broken.items():
        log.warning("%s is left out: %s", kind, broken.reason)
    if not found.classifiers:
        raise ArtifactError("No champion works.")
    return found.classifiers


def _load(kind: str, version: int) -> Classifier:
    if kind not in KINDS:
        raise ArtifactError(f"There is no kind {kind!r}: the kinds are {', '.join(KINDS)}.")
    published = artifacts.published_versions(settings.MODELS_DIR, kind)
    if version not in published:
        known = ", ".join(f"v{each}" for each in published) or "none"
        raise ArtifactError(f"{kind} v{version} was never published; published: {known}.")
    return runtime.load(artifacts.version_directory(settings.MODELS_DIR, kind, version))


def _scores(classifiers: Classifiers, data: "Dataset") -> Scores:
    """Scores by kind, each with its version; the consensus is the mean of the probabilities."""
    from predictor.training.evaluate import probabilities, score

    answers = {kind: probabilities(classifier, data) for kind, classifier in classifiers.items()}
    scores = {kind: {"version": classifiers[kind].version} | score(answer, data) for kind, answer in answers.items()}
    return scores | {"consensus": score(np.mean(list(answers.values()), axis=0), data)}


def _names(found: Mapping[str, Scores]) -> list[str]:
    return list(next(iter(found.values())))
