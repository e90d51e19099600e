"""What a job is, and where jobs are done."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from predictor.training.progress import Progress


@dataclass(frozen=True)
class Job:
    """`call` is pickled; it is called with the data that the jobs share, and with `progress` by name.

    The same data and the same job give the same result, wherever and however often it is done.
    """

    name: str
    call: Callable[..., Any]


def done(call: Callable[..., Any], data: Any, progress: Progress) -> Any:
    """What a job returns, on one thread: more of them would change the last digits, and other jobs have the cores."""
    with threadpool_limits(1):
        return call(data, progress=progress)


class Work(Protocol):
    """Jobs that share their data; more of them may be submitted while results arrive."""

    def submit(self, job: Job) -> None: ...

    def results(self) -> Iterator[tuple[Job, Any]]:
        """Each job with its result, as they finish, until no job is left.

        If a job has none, because its process died or it raised an error, a TrainingError is in its place.
        """


class Pool(Protocol):
    """Where jobs are done, `at_once` at a time.

    What is `remote` is sent data once, and makes copies of drawings itself.
    """

    remote: bool
    at_once: int

    def work(self, data: Any, progress: Progress) -> AbstractContextManager[Work]:
        """Within the context, do jobs that share `data`. On leaving it, those that still run are ended."""


class InTurn:
    """One job after another, in this process; what a job raises is raised here."""

    remote = False
    at_once = 1

    @contextmanager
    def work(self, data: Any, progress: Progress) -> Iterator[Work]:
        yield _InTurn(data, progress)


class _InTurn:
    def __init__(self, data: Any, progress: Progress) -> None:
        self._data, self._progress = data, progress
        self._waiting: list[Job] = []

    def submit(self, job: Job) -> None:
        self._waiting.append(job)

    def results(self) -> Iterator[tuple[Job, Any]]:
        while self._waiting:
            job = self._waiting.pop(0)
            yield job, done(job.call, self._data, self._progress)
