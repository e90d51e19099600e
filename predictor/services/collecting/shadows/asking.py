"""The queue of a version in the shadow, and the thread that asks it: no request waits for it, and no other version."""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from django.db import Error, connection

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
MOST_WAITING: Final = 1000  # drawings; one takes 2 kB, however many versions it waits for
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
    """The queue of a version in this process. `offer` may be called by any thread, `work` by one."""

    version: Version
    loaded: Loaded
    _waiting: deque[Task] = field(default_factory=deque)
    _unstored: list[ShadowAnswer] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _deadline: float = float("inf")
    _reason: str = "ended"  # why what waits beyond the deadline is dropped
    _is_loading: bool = False
    _thread: threading.Thread | None = None

    def offer(self, task: Task) -> None:
        """Have it asked about a drawing later, if it works and there is room. Returns at once."""
        if self.version not in self.loaded.classifiers or not _answers_beside(task, self.version):
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(task)
        else:
            shadow_dropped.labels("queue_full").inc()

    def start(self) -> None:
        thread = threading.Thread(target=self._run, name="shadow {} v{}".format(*self.version), daemon=True)
        thread.start()
        self._thread = thread

    def stop(self) -> None:
        """Ask no more; what it said is still stored, if the database is there. Returns at once."""
        self._deadline, self._reason = 0.0, "stopped"
        self._end.set()
        if self._thread is None:
            self._drop_rest()

    def end(self) -> None:
        """Work on for at most `DRAIN` seconds; what waits then is dropped. Returns at once: see `wait`."""
        self._deadline = time.monotonic() + DRAIN
        self._end.set()

    def wait(self) -> None:
        """Wait for what `end` has begun, but not for a version that is being loaded: nothing waits for that."""
        if self._thread and not self._is_loading:
            self._thread.join(max(0.0, self._deadline + PAUSE - time.monotonic()))
        self._drop_rest()

    def work(self) -> None:
        """Load the version if need be, ask about a batch of what waits, and store the answers."""
        self._load()
        tasks = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]
        if tasks:
            try:
                self._unstored += self._answers(tasks)
            except Exception:
                shadow_dropped.labels("failed").inc(len(tasks))
                raise
        if self._unstored:
            self._store()

    def _run(self) -> None:
        self._work_safely()
        while not self._end.wait(PAUSE):
            self._work_safely()
        while self._waiting and time.monotonic() < self._deadline:
            self._work_safely()
        if self._unstored:
            self._work_safely()  # for the last time
        if self._reason == "stopped":
            self._drop_rest()

    def _drop_rest(self) -> None:
        if left := len(self._waiting) + len(self._unstored):
            shadow_dropped.labels(self._reason).inc(left)

    def _work_safely(self) -> None:
        try:
            self.work()
        except Exception:
            log.exception("A batch of drawings was not asked about in the shadow.")
        finally:
            connection.close()

    def _load(self) -> None:
        if self._end.is_set():
            return
        self._is_loading = True
        try:
            self.loaded.load_if_due(self.version)
        except Error as error:  # the next attempt may succeed
            report(error)
        finally:
            self._is_loading = False

    def _answers(self, tasks: Sequence[Task]) -> list[ShadowAnswer]:
        asked = dict[uuid.UUID, Task]()  # once, however often it was sent
        for task in tasks:
            asked.setdefault(task.submission_id, task)
        known = self._known(asked)
        wanted = [task for pk, task in asked.items() if pk not in known]
        parts = [wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK)]
        return [row for part in parts for row in self._ask(part)]

    def _ask(self, tasks: Sequence[Task]) -> list[ShadowAnswer]:
        classifier, is_late = self.loaded.classifiers.get(self.version), time.monotonic() > self._deadline
        if classifier is None or is_late:
            shadow_dropped.labels(self._reason if is_late else "failed").inc(len(tasks))
            return []
        stored = np.stack([task.given(self.version[0]) for task in tasks])
        answers = self.loaded.ask(self.version, classifier.takes.to_floats(stored))
        if answers is None:
            shadow_dropped.labels("failed").inc(len(tasks))
            return []
        return [_row(task, self.version, each) for task, each in zip(tasks, answers, strict=True)]

    def _known(self, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        try:
            return storing.known(ids, self.version)
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
