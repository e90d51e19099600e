"""How far a run is: its stage, the steps of each task, the time left, and the last lines that it said."""

import threading
import time
from collections import deque
from typing import Any, Final

LINES: Final = 200  # of the log


class Tracker:
    """Keeps what a run tells; safe to use from several threads.

    `progress()` is plain JSON: the stage, its tasks with steps done and in all, the seconds left of the slowest of
    them, and the accuracy of each challenger that was judged. A network's task has its last accuracy on the
    validation set, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: deque[str] = deque(maxlen=LINES)
        self._stage = "starting"
        self._tasks: dict[str, dict[str, Any]] = {}
        self._begun: dict[str, tuple[float, int]] = {}  # when, and with how many steps done
        self._accuracy: dict[str, float] = {}
        self._changes = 0

    @property
    def changes(self) -> int:
        """A number that grows with everything that is told."""
        return self._changes

    def stage(self, name: str) -> None:
        with self._lock:
            self._stage, self._tasks, self._begun = name, {}, {}
            self._changes += 1

    def step(self, task: str, done: int, total: int, accuracy: float | None = None) -> None:
        with self._lock:
            began, first = self._begun.setdefault(task, (time.monotonic(), done))
            left = None  # unknown before the first step
            if done >= total:
                left = 0
            elif done > first:
                left = round((time.monotonic() - began) / (done - first) * (total - done))
            known = self._tasks.get(task, {}) if accuracy is None else {"accuracy": round(accuracy, 5)}
            self._tasks[task] = known | {"done": done, "total": total, "seconds_left": left}
            self._changes += 1

    def judged(self, kind: str, accuracy: float) -> None:
        with self._lock:
            self._accuracy[kind] = round(accuracy, 5)
            self._changes += 1

    def say(self, text: str) -> None:
        with self._lock:
            self._lines.extend(text.replace("\0", "").splitlines())
            self._changes += 1

    def progress(self) -> dict[str, Any]:
        with self._lock:
            left = [each["seconds_left"] for each in self._tasks.values()]
            known = max((seconds for seconds in left if seconds is not None), default=None)
            return {
                "stage": self._stage,
                "tasks": {name: dict(task) for name, task in self._tasks.items()},
                "seconds_left": None if None in left else known,
                "accuracy": dict(self._accuracy),
            }

    def log(self) -> str:
        with self._lock:
            return "\n".join(self._lines)
