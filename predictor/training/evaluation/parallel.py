"""The challenges of several kinds in parallel, each in its own process: if one fails, the others finish.

The networks and the SVM use one core each.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, TypeAlias

from predictor.ml.errors import MlError
from predictor.ml.kinds import STROKE_KINDS
from predictor.ml.weights import Weights
from predictor.training.errors import TrainingError
from predictor.training.evaluation.challenge import Challenge, challenge
from predictor.training.preparation.splits import Splits
from predictor.training.processes import Child, Send
from predictor.training.progress import Progress, no_progress


@dataclass(frozen=True)
class Failure:
    """Why a kind has no challenger: what `challenge` raised, or a TrainingError if its process died."""

    kind: str
    error: Exception


Attempt: TypeAlias = Callable[..., Challenge | Failure]  # progress


def challenges(
    kinds: Sequence[str],
    splits: Splits,
    root: Path,
    *,
    seed: int,
    epochs: int | None = None,
    folds: int | None = None,
    starts: Mapping[str, Weights] | None = None,
    progress: Progress = no_progress,
) -> Iterator[Challenge | Failure]:
    """Yield the challenge of each kind, or why there is none, as it finishes; the arguments are those of `challenge`.

    `starts` has the weights that some of the kinds go on from.

    If the caller stops iterating or is interrupted, the remaining processes are terminated.

    Raises:
        DatasetError: a digit is missing from the training images, or a kind reads strokes and there are none; no
            training was started.
    """
    starts = starts or {}
    attempts: dict[str, Attempt] = {}
    for group in ([kind for kind in kinds if kind not in STROKE_KINDS], [*filter(STROKE_KINDS.__contains__, kinds)]):
        if not group:
            continue
        read = splits.read_by(group[0])
        data = read.prepared(group, seed=seed, epochs=epochs, started=starts, progress=progress)
        given = partial(_attempt, splits=splits, root=root, seed=seed, epochs=epochs, folds=folds, data=data)
        attempts |= {kind: partial(given, kind, start=starts.get(kind)) for kind in group}
    if len(kinds) == 1:
        yield attempts[kinds[0]](progress=progress)
    else:
        yield from _at_once(attempts, kinds, progress)


def _attempt(kind: str, **arguments: Any) -> Challenge | Failure:
    try:
        return challenge(kind, **arguments)
    except (MlError, TrainingError, OSError, ModuleNotFoundError) as error:
        return Failure(kind, error)


def _at_once(
    attempts: Mapping[str, Attempt], kinds: Sequence[str], progress: Progress
) -> Iterator[Challenge | Failure]:
    """Attempt as many kinds at a time as there are cores, and pass on their progress."""
    waiting, running = list(kinds), dict[Child, str]()
    try:
        while waiting or running:
            free = (os.cpu_count() or 1) - len(running)
            fresh, waiting = {Child(): kind for kind in waiting[:free]}, waiting[free:]
            running |= fresh
            for child, kind in fresh.items():  # all were started first, so that they import side by side
                child.begin(_run, attempts[kind])
            ready = wait([child.pipe for child in running])
            for child in [each for each in running if each.pipe in ready]:
                message = _received(child, running[child])
                if isinstance(message, tuple):
                    progress(*message)
                else:
                    del running[child]
                    child.end()
                    yield message
    finally:
        for child in running:
            child.end()


def _received(child: Child, kind: str) -> tuple[Any, ...] | Challenge | Failure:
    """A step of its progress, or its result."""
    try:
        message: tuple[Any, ...] | Challenge | Failure = child.receive()
    except TrainingError as error:
        return Failure(kind, error)
    return message


def _run(send: Send, attempt: Attempt) -> None:
    """In a child: send each step of the progress, then the result."""
    send(attempt(progress=lambda *step: send(step)))
