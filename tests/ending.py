"""Processes that are ended from outside, and what stands in for their long computations."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from predictor.training.data.dataset import EMPTY

PROJECT = Path(__file__).parent.parent
PATIENCE = 60  # seconds until a test gives up waiting


def forever() -> None:
    """Compute in C for hours without letting another thread run."""
    sum(range(10**13))


def endless_job(send: Callable[[object], None]) -> None:
    send(os.getpid())
    forever()


def endless_attempt(kind: str, *_: object, progress: Callable[[str, int, int], None]) -> None:
    progress(f"{kind} in process {os.getpid()}", 4, 4)
    forever()


@contextmanager
def running(program: str, *arguments: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A program in Python, in a process group of its own, whose members are gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=PROJECT, env=os.environ | environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def end(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)
    wait_until_gone([pid])


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, f"{left} are still running"
        time.sleep(0.02)


class Told(Exception):
    """As much was written as was waited for."""


class Ending(io.StringIO):
    """Ends what writes it with `Told` after so many lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._lines = lines

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.getvalue().count("\n") >= self._lines:
            raise Told
        return written


class NoData:
    """Stands in for the data of a training."""

    base, training, held_out, strokes = "none", EMPTY, EMPTY, None

    def require_all_classes(self) -> None:
        """None is missing."""

    def read_by(self, kind: str) -> "NoData":
        return self

    def prepared(self, kinds: object, **_: object) -> None:
        """Nothing is prepared."""
