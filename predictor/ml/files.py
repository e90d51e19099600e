"""Files that survive a crash: read with a limit, written to the disk whole or not at all, and locked."""

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO


def read(path: Path, at_most: int) -> bytes:
    """Read a regular file of at most so many bytes.

    Raises:
        OSError: it cannot be read, is larger, or is not a regular file: a pipe would block, and a device may have no
            end. `strerror` says which.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        _require_regular(status, path)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(max(min(at_most, status.st_size), 0) + 1)  # the limit may be any number
    finally:
        os.close(descriptor)
    if len(content) > at_most:
        raise OSError(errno.EFBIG, f"it has more than {at_most:,} bytes", str(path))
    return content


def require_regular(path: Path) -> None:
    """Raise OSError if it is not a regular file, or a link to one: see `read`."""
    _require_regular(path.stat(), path)


def write(path: Path, content: bytes) -> None:
    """Write a whole file and flush it; raises OSError if that fails."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush(directory: Path) -> None:
    """Flush the creations, renamings and deletions in a directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(paths: Sequence[Path]) -> Iterator[list[IO[bytes]]]:
    """Open temporary files beside these paths, and rename them once all are on the disk; after an error none is left.

    The paths lie in one directory. A link is replaced, not followed.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(_temporary(path)) for path in paths]
        yield opened
        for file in opened:
            file.flush()
            os.fsync(file.fileno())
        for file, path in zip(opened, paths, strict=True):
            Path(file.name).replace(path)
        flush(paths[0].parent)


def sweep(paths: Sequence[Path]) -> None:
    """Delete what `replacing` left beside these paths when its process was killed; files in use stay."""
    for path in paths:
        left = re.compile(rf"\.{re.escape(path.name)}(\.[0-9a-f]+)?\.new")
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        for each in [each for each in siblings if left.fullmatch(each.name) and each.is_file()]:
            with suppress(BlockingIOError, PermissionError, FileNotFoundError), each.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                each.unlink()


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock that a file stands for; the kernel releases it if its holder dies.

    Raises:
        BlockingIOError: another process holds it, and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def _require_regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


@contextmanager
def _temporary(path: Path) -> Iterator[IO[bytes]]:
    """A file that is deleted if it was not renamed, and locked as long as it is in use."""
    file = _create(path)
    try:
        with file:
            yield file
    finally:
        Path(file.name).unlink(missing_ok=True)


def _create(path: Path) -> IO[bytes]:
    while True:
        file = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new").open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # another process swept it before it was locked
