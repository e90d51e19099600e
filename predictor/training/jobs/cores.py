"""Jobs on this machine's cores, each in a process that ends with this one, whatever ends this one.

Neither joblib's processes nor Dask's promise that, so these are our own: see `processes`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from predictor.training.errors import TrainingError
from predictor.training.jobs.job import Job, Work, done
from predictor.training.processes import Child, Send
from predictor.training.progress import Progress


class Cores:
    """As many jobs at a time as there are cores, or `at_once`."""

    remote = False

    def __init__(self, at_once: int | None = None) -> None:
        self.at_once = at_once or os.cpu_count() or 1

    @contextmanager
    def work(self, data: Any, progress: Progress) -> Iterator[Work]:
        work = _Work(self.at_once, data, progress)
        try:
            yield work
        finally:
            work.end()


class _Work:
    def __init__(self, at_once: int, data: Any, progress: Progress) -> None:
        self._at_once, self._data, self._progress = at_once, data, progress
        self._waiting: list[Job] = []
        self._running: dict[Child, Job] = {}

    def submit(self, job: Job) -> None:
        self._waiting.append(job)

    def results(self) -> Iterator[tuple[Job, Any]]:
        while self._waiting or self._running:
            self._begin()
            ready = wait([child.pipe for child in self._running])
            for child in [each for each in self._running if each.pipe in ready]:
                is_step, message = _received(child)
                if is_step:
                    self._progress(*message)
                    continue
                job = self._running.pop(child)
                self._go_on(child, job, died=isinstance(message, TrainingError))
                yield job, message

    def end(self) -> None:
        for child in self._running:
            child.end()

    def _go_on(self, child: Child, last: Job, *, died: bool) -> None:
        """Do another job of the same name in a process that has imported all for it; others end, to free memory."""
        if self._waiting and self._waiting[0].name == last.name and not died:
            self._running[child] = self._waiting.pop(0)
            child.begin(_do, self._running[child].call, self._data)
        else:
            child.end()

    def _begin(self) -> None:
        free = self._at_once - len(self._running)
        fresh, self._waiting = {Child(): job for job in self._waiting[:free]}, self._waiting[free:]
        self._running |= fresh
        for child, job in fresh.items():  # all were started first, so that they import side by side
            child.begin(_do, job.call, self._data)


def _received(child: Child) -> tuple[bool, Any]:
    """Whether it is a step of the progress, and the step, or the job's result."""
    try:
        message: tuple[bool, Any] = child.receive()
    except TrainingError as error:
        return False, error
    return message


def _do(send: Send, call: Callable[..., Any], data: Any) -> None:
    """In a child: send each step of the progress, then the result."""
    send((False, done(call, data, lambda *step: send((True, step)))))
