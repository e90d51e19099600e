"""Pictures in directories that are named by what they show, in a ZIP archive or not, with `metadata.jsonl` beside them.

    0/6f0c….png  …  9/a1b2….png  x/c3d4….png  metadata.jsonl

It is what Hugging Face's imagefolder reads. So the label stands in the metadata too, and always as text: a column has
one type there, and "x" is no number.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from predictor.ml.images import to_png
from predictor.services.datasets import zips
from predictor.services.datasets.rows import LABELS, Picture, Refusal, Row
from predictor.services.datasets.zips import UNREADABLE, Archive, Deflated
from predictor.training.errors import DatasetError

METADATA: Final = "metadata.jsonl"
SUFFIXES: Final = {".png", ".jpg", ".jpeg", ".webp"}
MAX_FILE: Final = 1024 * 1024  # bytes, as much as the API takes
MAX_LINE: Final = 4 * MAX_FILE
MAX_FACT: Final = 100  # characters that are kept of what a line says; a digest has 64
MAX_NAME: Final = 255  # characters of a name that are reported

Facts = tuple[str | None, float | None, str | None]  # label, preprocessing and digest, None where nothing is said
UNKNOWN: Final[Facts] = (None, None, None)


@dataclass(frozen=True, slots=True)
class File:
    """One of an archive or of a directory: its path there, its size as announced, and what opens it."""

    path: PurePosixPath
    size: int
    open: Callable[[], IO[bytes]]

    @property
    def is_hidden(self) -> bool:
        return any((part[0] == "." and part != "..") or part == "__MACOSX" for part in self.path.parts)


def chunks(rows: Iterable[Row]) -> Generator[bytes]:
    """The archive: pictures as they come, then the metadata, which wait on the disk."""
    with tempfile.TemporaryFile() as aside, Archive() as archive:
        metadata = Deflated(aside)
        for row in rows:
            path = f"{row.label}/{row.id}.png"
            facts = {"file_name": path, "label": row.label, "id": row.id, **row.facts}
            metadata.write(json.dumps(facts, separators=(",", ":")).encode() + b"\n")
            yield archive.picture(path, to_png(row.pixels))
        yield from archive.text(METADATA, metadata)
        yield from archive.end()


def read(path: Path) -> Iterator[Picture | Refusal]:
    """The pictures of a directory or of an archive, of which nothing is unpacked to the disk.

    What is hidden is passed over, and what is neither a picture nor among pictures; links to directories are not
    followed.

    Raises:
        DatasetError: it is no archive, or its metadata name more files than there are.
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
            yield File(inside, path.stat().st_size if path.is_file() else 0, partial(_open, path))


def _open(path: Path) -> IO[bytes]:
    """A pipe would be waited for, and a device may have no end."""
    if not path.is_file():
        raise OSError("it is no file")
    return path.open("rb")


def _of_archive(archive: zipfile.ZipFile) -> Iterator[File]:
    for info in archive.infolist():
        if not info.is_dir():
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            yield File(inside, info.file_size, partial(zips.entry, archive, info))


def _read(root: Path, files: Callable[[], Iterator[File]]) -> Iterator[Picture | Refusal]:
    known: dict[str, Facts | None] = dict.fromkeys(str(file.path) for file in files())
    for file in files():
        if file.path.name == METADATA and not file.is_hidden:
            yield from _note(known, root, file)
    for file in files():
        facts = known.pop(str(file.path), None)
        is_meant = facts or file.path.parent.name in LABELS or file.path.suffix.lower() in SUFFIXES
        if is_meant and not file.is_hidden:
            yield _picture(file, *facts or UNKNOWN)


def _note(known: dict[str, Facts | None], root: Path, metadata: File) -> Iterator[Refusal]:
    """Learn what the metadata say of the files that there are. A small archive can unpack to any number of lines."""
    try:
        with metadata.open() as lines:
            for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE), b""), 1):
                if number > len(known):
                    raise DatasetError(f"{root}: {metadata.path} has more lines than there are files.")
                try:
                    path, facts = _facts(metadata.path.parent, json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    yield Refusal(f"{metadata.path}, line {number}", "it is not JSON that names a file")
                    continue
                if path in known:
                    known[path] = facts
                else:
                    yield Refusal(path[:MAX_NAME], f"{METADATA} names it, but it is not there")
    except UNREADABLE as error:
        yield Refusal(str(metadata.path), f"it cannot be read: {error}")


def _facts(directory: PurePosixPath, line: Any) -> tuple[str, Facts]:
    """The path of the file that a line names, and what is used of all that it says: a line may have megabytes."""
    label, preprocessing, digest = (line.get(name) for name in ("label", "preprocessing", "digest"))
    version = preprocessing if isinstance(preprocessing, int | float) else None
    return str(directory / line["file_name"]), (_text(label), version, _text(digest))


def _text(said: Any) -> str | None:
    return None if said is None else str(said)[:MAX_FACT]


def _picture(file: File, said: str | None, preprocessing: float | None, digest: str | None) -> Picture | Refusal:
    name, directory = str(file.path), file.path.parent.name
    label = directory if said is None else said
    if file.path.is_absolute() or ".." in file.path.parts:
        return Refusal(name, "its path leads out of the dataset")
    if file.size > MAX_FILE:
        return Refusal(name, f"it has {file.size:,} bytes; at most {MAX_FILE:,} are taken")
    if directory in LABELS and label != directory:
        return Refusal(name, f"{METADATA} says that it is {label[:20]!r}")
    try:
        with file.open() as opened:
            return Picture(name, label, opened.read(MAX_FILE), preprocessing, digest)
    except UNREADABLE as error:
        return Refusal(name, f"it cannot be read: {error}")
