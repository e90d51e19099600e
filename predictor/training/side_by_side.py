"""Several kinds' challenges at once, each in a process of its own.

Small networks and libsvm make use of one core only. The processes are started anew, not forked: TensorFlow, if it is
loaded, does not survive that.
"""

import multiprocessing
import os
import queue
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias

from predictor.training.bases import Data
from predictor.training.challenge import Challenge, challenge
from predictor.training.errors import TrainingError
from predictor.training.progress import Progress, silent

Said: TypeAlias = tuple[str, int, int]


def challenges(
    kinds: Sequence[str],
    data: Data,
    root: Path,
    *,
    seed: int,
    epochs: int | None = None,
    progress: Progress = silent,
) -> Iterator[Challenge]:
    """The challenge of each kind, in the order of `kinds`; arguments and errors as of `challenge`.

    Raises:
        TrainingError: a process was killed.
    """
    material = data.material(seed=seed, copies=epochs, progress=progress)
    if len(kinds) == 1:
        yield challenge(kinds[0], data, root, seed=seed, epochs=epochs, material=material, progress=progress)
        return
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        said: queue.Queue[Said] = manager.Queue()
        with ProcessPoolExecutor(min(len(kinds), os.cpu_count() or 1), context) as pool:
            shared = partial(challenge, data=data, root=root, seed=seed, epochs=epochs, material=material)
            running = [pool.submit(shared, kind, progress=partial(_say, said)) for kind in kinds]
            for each in running:
                yield _wait(each, said, progress)


def _say(said: "queue.Queue[Said]", what: str, done: int, total: int) -> None:
    said.put((what, done, total))


def _wait(running: Future[Challenge], said: "queue.Queue[Said]", progress: Progress) -> Challenge:
    """Pass on what all processes say until this one is done."""
    while not running.done():
        with suppress(queue.Empty):
            progress(*said.get(timeout=0.5))
    while not said.empty():
        progress(*said.get())
    try:
        return running.result()
    except BrokenProcessPool as error:
        raise TrainingError("A training process was killed; did the memory suffice?") from error
