"""NumPy's archive of arrays: `pixels`, uint8 (n, 28, 28), `labels`, uint8 (n,), `ids`, and `preprocessing`, a number.

`numpy.load` reads what is written here. It would hold whole arrays, though, so archives are read here member by member,
never unpickled.
"""

import tempfile
import tokenize
import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, cast

import numpy as np
from numpy.lib import format as npy

from predictor.ml.images import PREPROCESSING, SIDE
from predictor.services.datasets import arrays, zips
from predictor.services.datasets.arrays import Array
from predictor.services.datasets.rows import Picture, Refusal, Row
from predictor.services.datasets.zips import UNREADABLE
from predictor.training.errors import DatasetError

BLOCK: Final = 65_536
ID: Final = 36  # characters of a UUID


class Pipe:
    """What `zipfile` writes into, to be taken out again: no file, so that it never seeks."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def chunks(count: int, rows: Iterable[Row]) -> Generator[bytes]:
    """The archive of `count` rows: pixels as they come, then labels and ids, which wait on the disk."""
    pipe = Pipe()
    with (
        tempfile.TemporaryFile() as labels,
        tempfile.TemporaryFile() as ids,
        zipfile.ZipFile(cast(IO[bytes], pipe), "w") as archive,
    ):
        with _member(archive, "pixels", np.uint8, (count, SIDE, SIDE)) as pixels:
            for row in rows:
                pixels.write(row.pixels.tobytes())
                labels.write(bytes([int(row.label)]))
                ids.write(row.id.encode().ljust(ID, b"\0"))
                yield pipe.take()
        for name, kind, file in (("labels", np.uint8, labels), ("ids", f"S{ID}", ids)):
            file.seek(0)
            with _member(archive, name, kind, (count,)) as member:
                while block := file.read(BLOCK):
                    member.write(block)
                    yield pipe.take()
        with _member(archive, "preprocessing", np.uint8, ()) as member:
            member.write(bytes([PREPROCESSING]))
    yield pipe.take()


def read(path: Path) -> Iterator[Picture | Refusal]:
    """Raises DatasetError if it is no such archive, lacks an array, or holds one of another kind."""
    with ExitStack() as stack:
        archive = stack.enter_context(zips.opened(path))
        pixels, labels = (_array(stack, path, archive, name) for name in ("pixels", "labels"))
        arrays.check(path, pixels, labels)
        yield from arrays.pictures(pixels, labels, _preprocessing(stack, path, archive))


def _member(archive: zipfile.ZipFile, name: str, kind: Any, shape: tuple[int, ...]) -> IO[bytes]:
    info = zipfile.ZipInfo(f"{name}.npy")  # without a time: the same drawings make the same archive
    info.compress_type = zipfile.ZIP_DEFLATED
    member = archive.open(info, "w", force_zip64=True)
    head = {"descr": npy.dtype_to_descr(np.dtype(kind)), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(member, head)
    return member


def _preprocessing(stack: ExitStack, path: Path, archive: zipfile.ZipFile) -> object:
    if "preprocessing.npy" not in archive.namelist():
        return None
    try:
        return int.from_bytes(_array(stack, path, archive, "preprocessing").content.read(1))
    except UNREADABLE as error:
        raise DatasetError(f"{path}: preprocessing.npy is damaged: {error}") from error


def _array(stack: ExitStack, path: Path, archive: zipfile.ZipFile, name: str) -> Array:
    try:
        content = stack.enter_context(zips.entry(archive, archive.getinfo(f"{name}.npy")))
        shape, fortran, kind = _head(content)
    except KeyError as error:
        raise DatasetError(f"{path} holds {', '.join(archive.namelist()[:9]) or 'nothing'}, no {name}.npy.") from error
    except UNREADABLE as error:
        raise DatasetError(f"{path}: {name}.npy is damaged: {error}") from error
    if kind != np.uint8 or fortran:
        raise DatasetError(f"{path}: {name}.npy is an array of {kind}, not of uint8 row by row.")
    return Array(f"{name}.npy", shape, content)


def _head(content: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Only version 1.0 of the format, which all but tables have: the length of its head is limited.

    The head is a Python literal, and NumPy lets through what parsing one, and making a type of it, may raise.
    """
    if npy.read_magic(content) != (1, 0):
        raise ValueError("its version is not 1.0")
    try:
        return npy.read_array_header_1_0(content)
    except (SyntaxError, tokenize.TokenError, TypeError, LookupError, MemoryError, RecursionError) as error:
        raise ValueError("its head describes no array") from error
