"""Pictures in directories that are named after their labels, in a ZIP archive or not, with a `metadata.jsonl`.

    0/6f0c….png  …  9/a1b2….png  x/c3d4….png  metadata.jsonl

Hugging Face's imagefolder reads this. So the label is in the metadata too, and always as text: a column has one type
there, and "x" is not a number.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from predictor.ml.images import to_png
from predictor.services.datasets import zips
from predictor.services.datasets.lines import read_lines
from predictor.services.datasets.rows import LABELS, Picture, Refusal, Row
from predictor.services.datasets.zips import UNREADABLE, Deflated, ZipWriter
from predictor.training.data.hidden import is_hidden
from predictor.training.data.labels import label_of
from predictor.training.errors import DatasetError

METADATA_FILE: Final = "metadata.jsonl"
SUFFIXES: Final = {".png", ".jpg", ".jpeg", ".webp"}
MAX_FILE: Final = 1024 * 1024  # bytes, as much as the API takes
MAX_LINE: Final = 4 * MAX_FILE
MAX_VALUE: Final = 100  # characters that are kept of a value; a digest has 64
MAX_NAME: Final = 255  # characters of a name that are reported

Metadata = tuple[str | None, float | None, str | None]  # label, preprocessing and digest; None if unknown
UNKNOWN: Final[Metadata] = (None, None, None)


@dataclass(frozen=True, slots=True)
class File:
    """A file in an archive or a directory: its path there, its declared sizes, and how to open it."""

    path: PurePosixPath
    size: int
    packed: int
    open: Callable[[], IO[bytes]]


def chunks(rows: Iterable[Row]) -> Generator[bytes]:
    """The archive: pictures as they come, then the metadata, which wait in a temporary file."""
    with tempfile.TemporaryFile() as aside, ZipWriter() as archive:
        lines = Deflated(aside)
        for row in rows:
            path = f"{row.label}/{row.id}.png"
            metadata = {"file_name": path, "label": row.label, "id": row.id, **row.metadata}
            lines.write(json.dumps(metadata, separators=(",", ":")).encode() + b"\n")
            yield archive.add_stored(path, to_png(row.pixels))
        yield from archive.add_deflated(METADATA_FILE, lines)
        yield from archive.finish()


def read(path: Path) -> Iterator[Picture | Refusal]:
    """The pictures of a directory or of an archive, which is not unpacked to the disk.

    Files that are hidden or left behind by a system are ignored, and so is whatever is neither a picture nor among
    pictures; links to directories are not followed. Missing pictures that the metadata name are refused, and the rest
    is read.

    Raises:
        DatasetError: it is not an archive, or its metadata have more lines than they can name files.
    """
    if path.is_dir():
        yield from _read(path, partial(_of_directory, path))
        return
    with zips.opened(path) as archive:
        yield from _read(path, partial(_of_archive, archive))


def _of_directory(root: Path) -> Iterator[File]:
    for path in sorted(root.rglob("*")):
        if not path.is_dir():
            inside = PurePosixPath(path.relative_to(root).as_posix())
            size = path.stat().st_size if path.is_file() else 0
            yield File(inside, size, size, partial(_open, path))


def _open(path: Path) -> IO[bytes]:
    """Raises OSError if it is not a regular file: a pipe would block, and a device may have no end."""
    if not path.is_file():
        raise OSError("it is not a file")
    return path.open("rb")


def _of_archive(archive: zipfile.ZipFile) -> Iterator[File]:
    for info in archive.infolist():
        if not info.filename.endswith("/"):  # `is_dir` fails on an empty name
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            yield File(inside, info.file_size, info.compress_size, partial(zips.entry, archive, info))


def _read(root: Path, files: Callable[[], Iterator[File]]) -> Iterator[Picture | Refusal]:
    known: dict[str, Metadata | None] = dict.fromkeys(str(file.path) for file in files())
    for file in files():
        if file.path.name == METADATA_FILE and not is_hidden(file.path):
            yield from _read_metadata(known, root, file)
    for file in files():
        metadata = known.pop(str(file.path), None)
        is_meant = metadata or file.path.parent.name in LABELS or file.path.suffix.lower() in SUFFIXES
        if is_meant and file.path.name != METADATA_FILE and not is_hidden(file.path):
            yield _picture(file, *metadata or UNKNOWN)


def _read_metadata(known: dict[str, Metadata | None], root: Path, file: File) -> Iterator[Refusal]:
    """Collect what the metadata say about the files that exist.

    A small archive can unpack to any number of lines. But each line that names another file takes at least one of its
    bytes.
    """
    try:
        with file.open() as content, closing(read_lines(content, MAX_LINE)) as lines:
            for number, line in enumerate(lines, 1):
                if number > len(known) + file.packed:
                    raise DatasetError(f"{root}: {file.path} has more lines than it can name files.")
                if not line.strip():
                    continue
                try:
                    path, metadata = _parse(file.path.parent, json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    yield Refusal(f"{file.path}, line {number}", "it is not JSON that names a file")
                    continue
                if path in known:
                    known[path] = _merge(known[path], metadata)
                else:
                    yield Refusal(path[:MAX_NAME], f"{METADATA_FILE} names it, but it is not there")
    except UNREADABLE as error:
        yield Refusal(str(file.path), f"it cannot be read: {error}")


def _parse(directory: PurePosixPath, line: Any) -> tuple[str, Metadata]:
    """The path of the file that a line names, and the values that are used; a line may have megabytes of others."""
    label, preprocessing, digest = (line.get(name) for name in ("label", "preprocessing", "digest"))
    version = preprocessing if isinstance(preprocessing, int | float) else None
    return str(directory / line["file_name"].replace("\\", "/")), (_text(label), version, _text(digest))


def _merge(earlier: Metadata | None, later: Metadata) -> Metadata:
    """The later line counts; but if their labels differ, the picture is refused with both of them."""
    if earlier is None or earlier[0] is None or later[0] is None or label_of(earlier[0]) == label_of(later[0]):
        return later
    return f"{earlier[0]} and {later[0]}"[:MAX_VALUE], *later[1:]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:MAX_VALUE]


def _picture(file: File, given: str | None, preprocessing: float | None, digest: str | None) -> Picture | Refusal:
    name, directory = str(file.path), file.path.parent.name
    label = directory if given is None else given
    if file.path.is_absolute() or ".." in file.path.parts:
        return Refusal(name, "its path leads out of the dataset")
    if file.size > MAX_FILE:
        return Refusal(name, f"it has {file.size:,} bytes; the limit is {MAX_FILE:,}")
    if directory in LABELS and label_of(label) != directory:
        return Refusal(name, f"{METADATA_FILE} says that it is {label[:20]!r}")
    try:
        with file.open() as opened:
            return Picture(name, label, opened.read(MAX_FILE), preprocessing, digest)
    except UNREADABLE as error:
        return Refusal(name, f"it cannot be read: {error}")
