"""Metrics of several worker processes, in files that outlive them.

Each worker writes to files of its own, mapped into memory, so that not even SIGKILL loses a count; a scrape adds them
up. By default the client library names the files by process id and would leave some behind at each restart. Here a
worker takes the lowest number that is free, and goes on with the counts of whoever had it before. It holds a lock on
the number, which the kernel releases when the process ends, however it ends: no two processes ever write to one file,
not even while new workers start beside old ones.
"""

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

LOCKS: Final = "workers.lock"  # one byte for each number
KINDS: Final = ("counter", "histogram", "gauge_livesum")  # one file for each, as the library names them
# Written in full beforehand: a worker that maps a file with holes is killed when it fills one and the disk is full.
SIZE: Final = 1024 * 1024  # bytes, for 4,000 values
VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_numbered = re.compile(rf"(?:{'|'.join(KINDS)})_(\d+)\.db").fullmatch
log = logging.getLogger(__name__)


class _State:
    """Of this process: where the files are, its number, and the open files whose locks it holds."""

    directory: Path | None = None
    number = "0"
    lock: int | None = None
    held: int | None = None


def share(place: Path, address: str) -> None:
    """Keep metrics in files from now on; without this, they are in this process's memory.

    The files are in a directory of their own in `place`, for this user and the server at `address`. Call it in the
    parent of the workers, before the metrics are defined. A second call changes nothing.

    Raises:
        OSError: the directory cannot be used.
    """
    if _State.directory is not None:
        return
    directory = place / f"draw-a-digit-{os.geteuid()}-{re.sub(r'[^.0-9A-Za-z]', '-', address)}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
        raise PermissionError(f"{directory} belongs to somebody else")
    os.close(_open(directory))
    _State.held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(_State.held, fcntl.LOCK_SH)  # systemd-tmpfiles, which deletes what is old, leaves it alone
    os.environ[VARIABLE] = str(directory)
    _State.directory, _State.number = directory, "parent"
    values.ValueClass = values.MultiProcessValue(number)  # type: ignore[no-untyped-call]


def directory() -> Path | None:
    """Where the files are; None if the metrics are in this process's memory."""
    return _State.directory


def number() -> str:
    """The number of this worker process."""
    return _State.number


def take() -> None:
    """Take the lowest free number, in a new worker process.

    A worker that cannot, because the disk is full, answers all the same. Only its counts are in nobody's sum.
    """
    if _State.directory is None:
        return
    try:
        _State.lock = _open(_State.directory)
        free = 0
        while not _locked(_State.lock, free):
            free += 1
        _State.number = str(free)
        mark_process_dead(free, str(_State.directory))  # type: ignore[no-untyped-call]
        _allocate(_State.directory, free)
    except OSError as error:
        log.error("This worker's requests will be missing in /metrics: %s", error)
        values.ValueClass = values.MutexValue


def clear() -> None:
    """Delete the files of processes that have ended, for a new start."""
    for dead in _dead():
        for path in _files(dead):
            path.unlink(missing_ok=True)


def remove() -> None:
    """Leave nothing behind when the server ends, unless another one is taking its place."""
    if _State.directory is None:
        return
    clear()
    if not any(_numbered(path.name) for path in _State.directory.iterdir()):
        (_State.directory / LOCKS).unlink(missing_ok=True)
        with suppress(OSError):  # somebody has put something there
            _State.directory.rmdir()


def bury() -> None:
    """Forget what only counts while a process lives, after one has ended."""
    for dead in _dead():
        mark_process_dead(dead, str(_State.directory))  # type: ignore[no-untyped-call]


def _dead() -> Iterator[int]:
    """The numbers that no process has; nobody can take one before the loop goes on."""
    if _State.directory is None:
        return
    found = {int(match[1]) for path in _State.directory.iterdir() if (match := _numbered(path.name))}
    with _opened(_State.directory) as locks:
        for each in sorted(found):
            if _locked(locks, each):
                yield each
                fcntl.lockf(locks, fcntl.LOCK_UN, 1, each)


def _allocate(directory: Path, number: int) -> None:
    """Whole files, put there by one step: a scrape must not find half of one."""
    for path in _files(number):
        if not path.exists():
            new = path.with_suffix(".new")
            new.write_bytes(bytes(SIZE))
            new.rename(path)


def _files(number: int) -> list[Path]:
    return [Path(f"{_State.directory}/{kind}_{number}.db") for kind in KINDS]


def _locked(locks: int, number: int) -> bool:
    """Whether the lock on a number could be had; it lasts until the process ends, or closes any file of this name."""
    try:
        fcntl.lockf(locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    locks = _open(directory)
    try:
        yield locks
    finally:
        os.close(locks)


def _open(directory: Path) -> int:
    return os.open(directory / LOCKS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
