"""What jobs do in these tests; workers import it."""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from predictor.training.progress import Progress


def doubled(number: int, data: int, *, progress: Progress) -> int:
    progress("doubling", 1, 1)
    return 2 * number + data


def own_pid(data: object, *, progress: Progress) -> int:
    return os.getpid()


def failing(data: object, *, progress: Progress) -> None:
    raise ZeroDivisionError("by nothing")


def fatal(data: object, *, progress: Progress) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def endless(data: object, *, progress: Progress) -> None:
    """As NumPy and TensorFlow do, it computes in C and lets other threads run."""
    progress(f"process {os.getpid()}", 1, 1)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


def after(gate: Path, call: Callable[..., Any], data: Any, *, progress: Progress) -> Any:
    """Say which process this is, and go on once there is the file `gate`."""
    progress(f"process {os.getpid()}", 1, 1)
    while not gate.exists():
        time.sleep(0.02)
    return call(data, progress=progress)


def pid(step: tuple[Any, ...]) -> int:
    """The process that a step of the progress names."""
    return int(step[0].removeprefix("process "))
