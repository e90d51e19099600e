"""Train challengers on a base and on what reviewers labelled, and publish those that are not worse."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from predictor.ml import artifacts, images, pictures
from predictor.ml.errors import ImageError
from predictor.models import Submission
from predictor.services.champions import sync_model_versions

if TYPE_CHECKING:
    from predictor.training.challenge import Challenge
    from predictor.training.dataset import Dataset

BASES = ("mnist500",)


@dataclass(frozen=True)
class Published:
    """How one challenge ended; `version` is None where the champion stayed."""

    challenge: "Challenge"
    version: int | None


def retrain(
    *, base: str, kinds: Sequence[str], seed: int, epochs: int | None = None, report: Callable[[str], None]
) -> list[Published]:
    """Train one challenger of each kind and promote, all at once, those that are not worse than their champions.

    Raises:
        TrainingError: the data or the export is not fit; nothing was published.
        ArtifactError, OSError: another run is under way, or the result could not be read back or written; the
            champions are untouched.
    """
    root: Path = settings.MODELS_DIR
    with artifacts.one_run(root):
        challenges = list(_challenges(root, base=base, kinds=kinds, seed=seed, epochs=epochs, report=report))
        published = [_publish(root, each) for each in challenges]
        artifacts.promote(root, {each.challenge.sidecar.kind: each.version for each in published if each.version})
    sync_model_versions()
    return published


def _challenges(
    root: Path, *, base: str, kinds: Sequence[str], seed: int, epochs: int | None, report: Callable[[str], None]
) -> Iterator["Challenge"]:
    from predictor.training.challenge import Data, challenge
    from predictor.training.dataset import Mnist, split, without

    mnist = Mnist.read(settings.MNIST_DIR)
    mnist500 = mnist.mnist500()
    training, held_out = split(without(reviewed(), mnist500 + mnist.held_out + mnist.test))
    if len(training) + len(held_out):
        report(f"{len(training)} labelled submissions to train on, {len(held_out)} held out to judge with.")
    else:
        report(f"No labelled submission: training on {base} alone.")
    data = Data(base, mnist500 + training, mnist.held_out + held_out, mnist.test)
    for kind in dict.fromkeys(kinds):
        report(f"{kind}: training on {len(data.training)} images …")
        each = challenge(kind, data, root, seed=seed, epochs=epochs)
        report(_judgement(each))
        yield each


def reviewed() -> "Dataset":
    """What reviewers labelled: never a claim, never a prediction."""
    from predictor.training.dataset import EMPTY, Dataset

    rows = list(_normalised(Submission.objects.filter(label__isnull=False).order_by("digest").iterator()))
    if not rows:
        return EMPTY
    pixels, labels = zip(*rows, strict=True)
    return Dataset(np.array(pixels), np.array(labels, np.uint8))


def _normalised(submissions: Iterator[Submission]) -> Iterator[tuple[images.Pixels, int]]:
    """Pixels as today's preprocessing makes them: from the row, or anew from the file where the row is older."""
    for submission in submissions:
        assert submission.label is not None
        if submission.preprocessing == images.PREPROCESSING:
            yield np.frombuffer(submission.pixels, np.uint8).reshape(images.SIDE, images.SIDE), submission.label
            continue
        try:
            yield images.normalise(pictures.decode(bytes(submission.image))), submission.label
        except ImageError as error:
            raise ImageError(f"Submission {submission.id}: {error}") from error


def _publish(root: Path, each: "Challenge") -> Published:
    if not each.won:
        return Published(each, None)
    return Published(each, artifacts.publish(root, each.sidecar, each.artifact).version)


def _judgement(each: "Challenge") -> str:
    kind, n = each.sidecar.kind, each.sidecar.metrics["held_out"]["n"]
    line = f"{kind}: the challenger misses {each.misses} of {n} held-out images"
    if each.champion_error:
        return f"{line}; champion v{each.champion} does not answer ({each.champion_error})."
    if each.champion is None:
        return f"{line}; there is no champion."
    return f"{line}, champion v{each.champion} {each.champion_misses}: {'not worse' if each.won else 'worse'}."
