"""Train challengers on a base and on what reviewers labelled, and publish those that are not worse."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from predictor.ml import artifacts, images
from predictor.ml.runtime import Classifier
from predictor.models import Submission
from predictor.services import suspects
from predictor.services.champions import sync_model_versions
from predictor.services.submissions import pixels_now

if TYPE_CHECKING:
    from predictor.training.bases import Data
    from predictor.training.challenge import Challenge
    from predictor.training.dataset import Dataset
    from predictor.training.side_by_side import Failure

BASES = ("mnist500", "mnist")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """How one challenge ended; `version` is None where the champion stayed."""

    challenge: "Challenge"
    version: int | None


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the challenges, and the kinds that failed, each in the order in which they were done.

    `suspects` is how many labels should be checked, None where the search for them failed.
    """

    published: list[Published]
    failures: list["Failure"]
    suspects: int | None


@dataclass(frozen=True)
class Recipe:
    """What a run is based on and how long it takes.

    `epochs` shortens or lengthens the networks' training. `robustness` is how many altered test images of each
    condition go into the model cards, all of them by default.
    """

    base: str
    strokes: Path | None = None
    seed: int = 42
    epochs: int | None = None
    robustness: int | None = None


def retrain(
    recipe: Recipe, *, kinds: Sequence[str], report: Callable[[str], None], progress: Callable[[str, int, int], None]
) -> Outcome:
    """Train one challenger of each kind and promote, all at once, those that are not worse than their champions.

    A kind that fails, whose export is not fit for example, is among the outcome's failures and stops no other. At last
    the labels are searched for errors; a search that fails is reported, and what was published stays.

    Raises:
        TrainingError: the data are not fit; nothing was published.
        ArtifactError, OSError: another run is under way, or the result could not be read back or written; the
            champions are untouched.
    """
    from predictor.training.side_by_side import Failure, challenges

    root: Path = settings.MODELS_DIR
    with artifacts.one_run(root):
        data = _data(recipe, report, progress)
        report(f"Training on {len(data.training)} images …")
        found = []
        for each in challenges(
            list(dict.fromkeys(kinds)), data, root, seed=recipe.seed, epochs=recipe.epochs, progress=progress
        ):
            report(f"{each.kind} failed: {each.error}" if isinstance(each, Failure) else _judgement(each))
            found.append(each)
        published = [_publish(root, each, recipe.robustness) for each in found if not isinstance(each, Failure)]
        if won := {each.challenge.sidecar.kind: each.version for each in published if each.version}:
            artifacts.promote(root, won)
        doubted = _doubted(data.training, recipe.seed, report, progress)
    sync_model_versions()
    return Outcome(published, [each for each in found if isinstance(each, Failure)], doubted)


def _data(recipe: Recipe, report: Callable[[str], None], progress: Callable[[str, int, int], None]) -> "Data":
    """The base, with strokes if there are any, and with what reviewers labelled."""
    from predictor.training import bases
    from predictor.training.dataset import Mnist, split, without
    from predictor.training.strokes import read_strokes

    drawings = read_strokes(recipe.strokes) if recipe.strokes else []
    mnist = Mnist.read(settings.MNIST_DIR)
    data = bases.mnist500(mnist) if recipe.base == "mnist500" else bases.mnist_all(mnist)
    training, held_out = split(without(reviewed(), data.training + data.validation + data.held_out + data.test))
    if len(training) + len(held_out):
        report(f"{len(training)} labelled submissions to train on, {len(held_out)} held out to judge with.")
    else:
        report(f"No labelled submission: training on {recipe.base} alone.")
    if drawings:
        data = bases.with_strokes(data, drawings, seed=recipe.seed, progress=progress)
    return bases.with_drawn(data, training, held_out)


def reviewed() -> "Dataset":
    """What reviewers labelled: never a claim, never a prediction."""
    return _reviewed()[1]


def _reviewed() -> tuple[list[uuid.UUID], "Dataset"]:
    """The same, with the submissions' ids."""
    from predictor.training.dataset import EMPTY, Dataset

    rows = list(_normalised(Submission.objects.filter(label__isnull=False).order_by("digest").iterator()))
    if not rows:
        return [], EMPTY
    ids, pixels, labels = zip(*rows, strict=True)
    return list(ids), Dataset(np.array(pixels), np.array(labels, np.uint8))


def _normalised(rows: Iterator[Submission]) -> Iterator[tuple[uuid.UUID, images.Pixels, int]]:
    for row in rows:
        assert row.label is not None
        pixels = pixels_now(submission_id=row.pk, preprocessing=row.preprocessing, pixels=row.pixels, image=row.image)
        yield row.pk, pixels, row.label


def _publish(root: Path, each: "Challenge", robustness: int | None) -> Published:
    if not each.won:
        return Published(each, None)
    from predictor.training.cards import documents
    from predictor.training.dataset import Mnist
    from predictor.training.robustness import robustness as measured

    classifier = Classifier(each.sidecar, each.artifact)
    found = measured(classifier, _altered(settings.MNIST_DIR, robustness))
    test = Mnist.read(settings.MNIST_DIR).test
    card = partial(documents, answers=each.test_answers, data=test, robustness=found)
    return Published(each, artifacts.publish(root, each.sidecar, each.artifact, card).version)


def _doubted(
    base: "Dataset", seed: int, report: Callable[[str], None], progress: Callable[[str, int, int], None]
) -> int | None:
    try:
        ids, drawings = _reviewed()
        return suspects.find(ids=ids, drawings=drawings, base=base, seed=seed, progress=progress)
    except Exception as error:  # whatever it is, the training is done
        log.exception("The search for wrong labels failed.")
        report(f"The search for wrong labels failed: {error}")
        return None


@cache
def _altered(directory: Path, n: int | None) -> "list[tuple[str, Dataset]]":
    from predictor.training.dataset import Mnist
    from predictor.training.robustness import conditions

    return list(conditions(Mnist.read(directory), n))


def _judgement(each: "Challenge") -> str:
    kind, n = each.sidecar.kind, each.sidecar.metrics["held_out"]["n"]
    line = f"{kind}: the challenger misses {each.misses} of {n} held-out images"
    if each.champion_error:
        return f"{line}; champion v{each.champion} does not answer ({each.champion_error})."
    if each.champion is None:
        return f"{line}; there is no champion."
    return f"{line}, champion v{each.champion} {each.champion_misses}: {'not worse' if each.won else 'worse'}."
