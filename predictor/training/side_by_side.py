"""Several kinds' challenges at once, each in a process of its own: where one fails, the others finish.

Small networks and libsvm make use of one core only. The processes are started anew, not forked: TensorFlow, if it is
loaded, does not survive that.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TypeAlias

from predictor.ml.errors import MlError
from predictor.training.bases import Data
from predictor.training.challenge import Challenge, challenge
from predictor.training.errors import TrainingError
from predictor.training.material import copies_for
from predictor.training.progress import Progress, silent


@dataclass(frozen=True)
class Failure:
    """Why a kind has no challenger: what `challenge` raised, or a TrainingError if its process died."""

    kind: str
    error: Exception


Attempt: TypeAlias = Callable[..., Challenge | Failure]  # kind, progress


def challenges(
    kinds: Sequence[str],
    data: Data,
    root: Path,
    *,
    seed: int,
    epochs: int | None = None,
    progress: Progress = silent,
) -> Iterator[Challenge | Failure]:
    """The challenge of each kind, or why there is none, as soon as that is known; arguments as of `challenge`.

    Whoever stops asking, or is interrupted, ends the processes that are left.

    Raises:
        DatasetError: a digit is missing from the training images; no kind was begun.
    """
    copies = copies_for(kinds, len(data.training), epochs)
    material = data.material(seed=seed, copies=copies, progress=progress)
    attempt = partial(_attempt, data=data, root=root, seed=seed, epochs=epochs, material=material)
    if len(kinds) == 1:
        yield attempt(kinds[0], progress=progress)
    else:
        yield from _at_once(attempt, kinds, progress)


def _attempt(kind: str, **arguments: Any) -> Challenge | Failure:
    try:
        return challenge(kind, **arguments)
    except (MlError, TrainingError, OSError, ModuleNotFoundError) as error:
        return Failure(kind, error)


def _at_once(attempt: Attempt, kinds: Sequence[str], progress: Progress) -> Iterator[Challenge | Failure]:
    """Attempt as many kinds at a time as there are cores, and pass on what all of them say."""
    waiting, running = list(kinds), list[_Child]()
    try:
        while waiting or running:
            free = (os.cpu_count() or 1) - len(running)
            fresh, waiting = [_Child(kind) for kind in waiting[:free]], waiting[free:]
            running += fresh
            for child in fresh:  # which wake up side by side
                child.begin(attempt)
            ready = wait([child.pipe for child in running])
            for child in [each for each in running if each.pipe in ready]:
                said = child.hear()
                if isinstance(said, tuple):
                    progress(*said)
                else:
                    running.remove(child)
                    child.end()
                    yield said
    finally:
        for child in running:
            child.end()


class _Child:
    """A process that attempts a kind; `pipe` can be read when it has said something, or died."""

    def __init__(self, kind: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._kind = kind
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, attempt: Attempt) -> None:
        with suppress(OSError):  # it died: `hear` says so
            self.pipe.send((attempt, self._kind))

    def hear(self) -> tuple[str, int, int] | Challenge | Failure:
        """A step of its progress, or what became of it; waits for either."""
        try:
            said: tuple[str, int, int] | Challenge | Failure = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            killed = (self._process.exitcode or 0) < 0
            reason = "was killed; did the memory suffice?" if killed else "failed; its traceback says why."
            return Failure(self._kind, TrainingError(f"The training process {reason}"))
        return said

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self.pipe.close()


def _live(pipe: Connection) -> None:
    """The life of a child: it hears what to attempt, says how far it is, and at last what became of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches it too: its parent ends it, in silence
    attempt, kind = pipe.recv()
    pipe.send(attempt(kind, progress=lambda *step: pipe.send(step)))
