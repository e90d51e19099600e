"""Files that are on the disk when the call returns, and not in a cache that a crash would empty."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a whole file and flush it; OSError if the disk does not take it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush(directory: Path) -> None:
    """Flush what was created, renamed or deleted in a directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
