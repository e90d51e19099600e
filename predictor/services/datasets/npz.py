"""NumPy's archive of arrays: `pixels`, uint8 (n, 28, 28), `labels`, uint8 (n,), `ids`, and `preprocessing`, a number.

`numpy.load` reads what is written here. It holds whole arrays in memory, though, so archives are read here image by
image, and never unpickled. In archives from elsewhere, the arrays may have other names and other types of numbers, and
images may be rows of 784 levels.
"""

import tempfile
import tokenize
import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final, cast

import numpy as np
from numpy.lib import format as npy

from predictor.ml.images import PREPROCESSING, SIDE
from predictor.services.datasets import arrays, zips
from predictor.services.datasets.arrays import Array
from predictor.services.datasets.rows import Picture, Refusal, Row
from predictor.services.datasets.scales import Scale
from predictor.services.datasets.zips import UNREADABLE
from predictor.training.errors import DatasetError

BLOCK: Final = 65_536
PAIR: Final = ("pixels", "labels")
OTHER_PAIRS: Final = (
    ("x_train", "y_train"),
    ("x_test", "y_test"),
    ("images", "labels"),
    ("X", "y"),
    ("data", "target"),
)
ID: Final = 36  # characters of a UUID


class Pipe:
    """What `zipfile` writes into; as it cannot seek, what was written can be taken out at once."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is buffered."""

    def take(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def chunks(count: int, rows: Iterable[Row]) -> Generator[bytes]:
    """The archive of `count` rows: pixels as they come, then labels and ids, which wait in temporary files."""
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
    """Raises DatasetError if it is not such an archive, lacks an array, or an array has another type."""
    with ExitStack() as stack:
        archive = stack.enter_context(zips.opened(path))
        preprocessing = _preprocessing(stack, path, archive)
        found = []
        complete, lacking = _pairs(archive)
        for names in complete:
            pair = _images(stack, path, archive, names[0]), _labels(stack, path, archive, names[1])
            arrays.check(path, *pair)
            version = preprocessing if names == PAIR else None
            found.append((*pair, version, _scale(path, archive, names[0], are_own=version is not None)))
        for images, labels in lacking:
            n = _images(stack, path, archive, images).shape[0]
            yield Refusal(f"{images}.npy", f"its labels, {labels}.npy, are missing", count=n)
        for each in found:
            yield from arrays.pictures(*each)


def _scale(path: Path, archive: zipfile.ZipFile, name: str, *, are_own: bool) -> Scale:
    with ExitStack() as stack:
        try:
            return arrays.scale(_images(stack, path, archive, name), are_own=are_own)
        except DatasetError as error:
            raise DatasetError(f"{path}: {name}.npy: {error}") from error


def _pairs(archive: zipfile.ZipFile) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The names of each array of images and of its labels: those that are there, and those whose labels are missing."""
    present = {name.removesuffix(".npy") for name in archive.namelist()}
    begun = [pair for pair in OTHER_PAIRS if pair[0] in present]
    complete = [pair for pair in begun if pair[1] in present]
    if PAIR[0] in present or not complete:
        return [PAIR], []
    return complete, [pair for pair in begun if pair not in complete]


def _images(stack: ExitStack, path: Path, archive: zipfile.ZipFile, name: str) -> Array:
    """As (n, h, w), even if the array is (n, 784) or has a channel."""
    images = _array(stack, path, archive, name)
    match images.shape:
        case (n, area) if area == SIDE * SIDE:
            return replace(images, shape=(n, SIDE, SIDE))
        case (n, height, width, 1) | (n, 1, height, width):
            return replace(images, shape=(n, height, width))
    return images


def _labels(stack: ExitStack, path: Path, archive: zipfile.ZipFile, name: str) -> Array:
    labels = _array(stack, path, archive, name)
    return replace(labels, shape=labels.shape[:1]) if labels.shape[1:] == (1,) else labels


def _member(archive: zipfile.ZipFile, name: str, kind: Any, shape: tuple[int, ...]) -> IO[bytes]:
    info = zipfile.ZipInfo(f"{name}.npy")  # without a time, so that the same drawings give the same archive
    info.compress_type = zipfile.ZIP_DEFLATED
    member = archive.open(info, "w", force_zip64=True)
    head = {"descr": npy.dtype_to_descr(np.dtype(kind)), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(member, head)
    return member


def _preprocessing(stack: ExitStack, path: Path, archive: zipfile.ZipFile) -> object:
    if "preprocessing.npy" not in archive.namelist():
        return None
    try:
        return arrays.first(_array(stack, path, archive, "preprocessing"))
    except UNREADABLE as error:
        raise DatasetError(f"{path}: preprocessing.npy is damaged: {error}") from error


def _array(stack: ExitStack, path: Path, archive: zipfile.ZipFile, name: str) -> Array:
    try:
        content = stack.enter_context(zips.entry(archive, archive.getinfo(f"{name}.npy")))
        shape, fortran, kind = _head(content)
    except KeyError as error:
        found = ", ".join(archive.namelist()[:9]) or "nothing"
        raise DatasetError(f"{path} holds {found}, but no {name}.npy.") from error
    except UNREADABLE as error:
        raise DatasetError(f"{path}: {name}.npy is damaged: {error}") from error
    if kind.kind not in "uif":
        raise DatasetError(f"{path}: {name}.npy is an array of {kind}, not of numbers.")
    if fortran:
        raise DatasetError(f"{path}: {name}.npy is stored column by column, not row by row.")
    return Array(f"{name}.npy", shape, content, kind)


def _head(content: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Only version 1.0 of the format, which all but structured arrays have: the length of its header is limited.

    The header is a Python literal. NumPy does not catch the errors of parsing it and of making a type of it.
    """
    if npy.read_magic(content) != (1, 0):
        raise ValueError("its format is not version 1.0")
    try:
        return npy.read_array_header_1_0(content)
    except (SyntaxError, tokenize.TokenError, TypeError, LookupError, MemoryError, RecursionError) as error:
        raise ValueError("its header does not describe an array") from error
