"""A Dask scheduler and its workers on this machine, as processes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ending import PROJECT
from tests.site import wait_for

# A job whose worker died twice is given up; nothing but the machine's own speed decides when a worker counts as lost.
ENVIRONMENT = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}


@contextmanager
def scheduler(directory: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address and its process."""
    written = directory / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(written)]
    with _running(directory / "scheduler.log", "scheduler", *options) as process:
        yield wait_for(lambda: _address(written)), process


@contextmanager
def workers(directory: Path, address: str, n: int) -> Iterator[None]:
    """They connect as soon as they can."""
    options = ["--host", "127.0.0.1", "--nworkers", str(n), "--nthreads", "1", "--local-directory", str(directory)]
    with _running(directory / "workers.log", "worker", address, *options):
        yield


def _address(written: Path) -> str:
    try:
        return str(json.loads(written.read_text())["address"])
    except (OSError, ValueError):  # not yet, or not yet whole
        return ""


@contextmanager
def _running(log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--no-dashboard"],
            cwd=PROJECT, env=os.environ | ENVIRONMENT, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
