"""A queue of drawings, and the thread that asks the versions in the shadow about them: no request waits for it."""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from django.db import Error, connection

from mnistsite.database.gate import leave
from mnistsite.database.outages import is_outage, report
from mnistsite.metrics.definitions import shadow_answers, shadow_dropped
from predictor.ml.images import Pixels
from predictor.ml.inputs import Stored
from predictor.ml.kinds import ALL
from predictor.ml.runtime import Probabilities
from predictor.ml.strokes.trajectory import Trajectory
from predictor.models import ShadowAnswer
from predictor.services.collecting.shadows import storing
from predictor.services.collecting.shadows.chosen import Version
from predictor.services.collecting.shadows.loaded import Loaded

PAUSE: Final = 0.5  # seconds between two writes
MOST_WAITING: Final = 1000  # drawings; one takes 2 kB
BATCH: Final = 256  # drawings between two writes
CHUNK: Final = 32  # drawings that are asked about at once
MOST_UNSTORED: Final = 3000  # answers that are kept while the database is away
DRAIN: Final = 5.0  # seconds at most that an ending process goes on for what waits
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """A stored drawing, and what the champions said to it.

    Attributes:
        pixels: what the champions that read pixels were given,
        trajectory: and those that read strokes, if they were asked.
        champions: the version and the digit of each kind that answered.
        consensus: their digit; None where one answered.
    """

    submission_id: uuid.UUID
    pixels: Pixels
    trajectory: Trajectory | None
    champions: Mapping[str, tuple[int, int]]
    consensus: int | None

    def given(self, kind: str) -> Stored:
        """What a version of a kind that answered is given."""
        return self.pixels if self.trajectory is None or ALL[kind].reads == "pixels" else self.trajectory


@dataclass
class Asking:
    """The queue of a process. `offer` may be called by any thread, `work` by one."""

    loaded: Loaded
    _waiting: deque[Task] = field(default_factory=deque)
    _unstored: list[ShadowAnswer] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _deadline: float = float("inf")
    _thread: threading.Thread | None = None

    def offer(self, task: Task) -> None:
        """Have a drawing asked about later, if there is room for it. Returns at once."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(task)
        else:
            shadow_dropped.labels("queue_full").inc(len(self.loaded.classifiers))

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="shadows", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Work on for at most `DRAIN` seconds; what waits then is dropped."""
        self._deadline = time.monotonic() + DRAIN
        self._end.set()
        if self._thread:
            self._thread.join(DRAIN + PAUSE)
        if left := len(self._waiting) * len(self.loaded.classifiers) + len(self._unstored):
            shadow_dropped.labels("ended").inc(left)

    def work(self) -> None:
        """Ask about a batch of what waits, and store the answers."""
        tasks = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]
        if tasks:
            try:
                self._unstored += self._answers(tasks)
            except Exception:
                shadow_dropped.labels("failed").inc(len(tasks) * len(self.loaded.classifiers))
                raise
        if self._unstored:
            self._store()

    def _run(self) -> None:
        while not self._end.wait(PAUSE):
            self._work_safely()
        while self._waiting and time.monotonic() < self._deadline:
            self._work_safely()
        if self._unstored:
            self._work_safely()  # for the last time

    def _work_safely(self) -> None:
        try:
            self.work()
        except Exception:
            log.exception("A batch of drawings was not asked about in the shadow.")
        finally:
            connection.close()

    def _answers(self, tasks: Sequence[Task]) -> list[ShadowAnswer]:
        known, rows = self._known(tasks), list[ShadowAnswer]()
        leave()  # requests need the database while versions answer
        for version in self.loaded.classifiers:
            asked = dict[uuid.UUID, Task]()  # once, however often it was sent
            for task in tasks:
                if _answers_beside(task, version) and (task.submission_id, version) not in known:
                    asked.setdefault(task.submission_id, task)
            wanted = list(asked.values())
            for start in range(0, len(wanted), CHUNK):
                rows += self._ask(version, wanted[start : start + CHUNK])
        return rows

    def _ask(self, version: Version, tasks: Sequence[Task]) -> list[ShadowAnswer]:
        classifier = self.loaded.classifiers.get(version)
        if classifier is None or time.monotonic() > self._deadline:
            shadow_dropped.labels("failed" if classifier is None else "ended").inc(len(tasks))
            return []
        stored = np.stack([task.given(version[0]) for task in tasks])
        answers = self.loaded.ask(version, classifier.takes.to_floats(stored))
        if answers is None:
            shadow_dropped.labels("failed").inc(len(tasks))
            return []
        return [_row(task, version, each) for task, each in zip(tasks, answers, strict=True)]

    def _known(self, tasks: Sequence[Task]) -> set[tuple[uuid.UUID, Version]]:
        try:
            return storing.known({task.submission_id for task in tasks})
        except Error as error:
            if not is_outage(error):
                raise
            report(error)
            return set()  # those that are stored already stay as they are

    def _store(self) -> None:
        rows, self._unstored = self._unstored, []
        try:
            storing.store(rows)
        except Error as error:
            if not is_outage(error):
                shadow_dropped.labels("failed").inc(len(rows))
                raise
            report(error)
            self._unstored = rows[-MOST_UNSTORED:]
            shadow_dropped.labels("database").inc(len(rows) - len(self._unstored))


def _answers_beside(task: Task, version: Version) -> bool:
    """Whether the champion of the kind answered, and is another version."""
    kind, number = version
    return kind in task.champions and task.champions[kind][0] != number


def _row(task: Task, version: Version, probabilities: Probabilities) -> ShadowAnswer:
    kind, number = version
    champion, digit = task.champions[kind]
    prediction = int(probabilities.argmax())
    shadow_answers.labels(kind, number, "same" if prediction == digit else "different").inc()
    return ShadowAnswer(
        submission_id=task.submission_id,
        kind=kind,
        version=number,
        prediction=prediction,
        confidence=round(float(probabilities.max()), 6),
        champion_version=champion,
        champion_prediction=digit,
        consensus=task.consensus,
    )
