"""What runs on a worker of a Dask cluster: a job, its progress, and its end when nobody wants its result any more."""

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from predictor.training.errors import TrainingError
from predictor.training.jobs.fingerprint import Fingerprint, differences, fingerprint
from predictor.training.jobs.job import done
from predictor.training.progress import Progress

if TYPE_CHECKING:
    from distributed import Worker

POLL: Final = 0.5  # seconds
PAUSE: Final = 0.2  # seconds between two steps of the progress that are sent
UNWANTED: Final = ("cancelled", "released", "forgotten")


class UnlikeTheDriver(TrainingError):
    """A worker would not compute what the driver would."""


def described(dask_worker: "Worker") -> tuple[Fingerprint, int]:
    """The fingerprint of a worker's process, and how many jobs it would do at a time."""
    return fingerprint(), dask_worker.state.nthreads


def faults(theirs: Fingerprint, threads: int, ours: Fingerprint) -> list[str]:
    """Why a worker cannot take jobs, in words."""
    found = list(differences(theirs, ours))
    return [*found, f"{threads} threads, not one: start it with --nthreads 1"] if threads != 1 else found


def restore(pickled: bytes) -> Any:
    """The data that jobs share, once for each process."""
    return pickle.loads(pickled)  # noqa: S301  a worker does whatever its scheduler sends


def perform(data: Any, call: Callable[..., Any], ours: Fingerprint, topic: str) -> Any:
    """Do a job for a driver with the fingerprint `ours`, which reads the progress from this topic.

    Raises:
        UnlikeTheDriver: this worker came after the driver had compared them, and differs.
    """
    from distributed import get_worker

    worker = get_worker()
    if found := faults(*described(worker), ours):
        raise UnlikeTheDriver(f"{worker.address}: {'; '.join(found)}.")
    with _ended_when_unwanted(worker, worker.get_current_task()):
        return done(call, data, _sent(worker, topic))


def _sent(worker: "Worker", topic: str) -> Progress:
    """Sends the first and the last step of each task, those with an accuracy, and of the others some."""
    last = float("-inf")

    def step(task: str, done: int, total: int, accuracy: float | None = None, /) -> None:
        nonlocal last
        now = time.monotonic()
        if done in (0, total) or accuracy is not None or now - last >= PAUSE:
            last = now
            worker.log_event(topic, [task, done, total, accuracy])

    return step


@contextmanager
def _ended_when_unwanted(worker: "Worker", key: Any) -> Iterator[None]:
    """End the process if the job is cancelled or its driver is gone: Dask itself would let it compute to the end.

    Nothing else stops a thread that computes in C. The worker's nanny starts another process in its place.
    """
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(worker, key, over), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(worker: "Worker", key: Any, over: threading.Event) -> None:
    while not over.wait(POLL):
        task = worker.state.tasks.get(key)
        if task is None or task.state in UNWANTED:
            os._exit(1)
