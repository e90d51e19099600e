"""UCI's pen digits, converted from their authors' recordings to files of strokes.

E. Alpaydin, F. Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI Machine Learning Repository, 1996,
https://doi.org/10.24432/C5MG6K, CC BY 4.0: 10,992 digits by 44 people on a tablet. The original files are UNIPEN text
compressed by UNIX `compress`; after a few lines about the file, each digit looks like this:

    .SEGMENT DIGIT 0-1 ? "7"    the numbers of its strokes in the file, and its label
    .COMMENT 7  19  234         the label, the writer, and the number of the writer's digit
    .PEN_DOWN
      272  350                  x and y in pixels of the tablet, 0–500, y up
    .PEN_UP
    .DT 100                     milliseconds; ignored
    .PEN_DOWN
      293  247
    .PEN_UP
    .DT 100
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from predictor.ml import files
from predictor.training.data import lzw
from predictor.training.errors import DatasetError

BOX: Final = 500  # side of the box that people wrote in, in pixels of the tablet
LABELS: Final = frozenset("0123456789")
LIMIT: Final = 16_000_000  # bytes of one file; the larger has about 4,000,000
SEGMENT: Final = re.compile(r'\.SEGMENT\s+DIGIT\s+(\d+)(?:-(\d+))?\s+\S+\s+"(.*)"')


@dataclass(frozen=True)
class Part:
    """One of the two original files, by different people, and the file that it is converted to."""

    name: str  # the original's suffix; also a prefix for its writers, since both files number them from 1
    target: str
    digest: str  # see `digest`

    @property
    def original(self) -> str:
        return f"pendigits-orig.{self.name}"


PARTS: Final = (
    Part("tra", "pendigits-train.jsonl.gz", "e4974892e9fca534781644fc5360f116ef7a2b0d6c1838e8487efbbbadf43dd3"),
    Part("tes", "pendigits-test.jsonl.gz", "da28f3b55aa2566cb680c1c2485615396e97415565ce806fa72522def4ce261d"),
)


def convert(source: Path | BinaryIO, name: str) -> dict[str, list[str]]:
    """Convert both originals to the lines of files of strokes, by file name, and check that the digits are UCI's.

    Args:
        source: UCI's ZIP archive, or the directory that it was extracted to; the originals may be decompressed, too.
        name: what to call the source in errors.

    Raises:
        DatasetError: a file is missing or damaged, or holds other digits; the message gives the line, if it is one.
    """
    try:
        if isinstance(source, Path) and source.is_dir():
            return {part.target: _converted(source, part, name) for part in PARTS}
        if isinstance(source, Path):
            files.require_regular(source)
        with zipfile.ZipFile(source) as archive:
            return {part.target: _converted(zipfile.Path(archive), part, name) for part in PARTS}
    except FileNotFoundError as error:
        raise DatasetError(f"{name} is missing.") from error
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetError(f"{name} cannot be read: {error}") from error


def digest(lines: Iterable[str]) -> str:
    """SHA-256, in hexadecimal, of the lines of a file of strokes as `parse` returns them; their order does not matter.

    It covers each label, writer, number and coordinate, but not how UCI compresses and formats its files. Those in
    `PARTS` come from a separate conversion of the originals.
    """
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def parse(content: bytes, name: str, writers: str) -> list[str]:
    """Convert a decompressed original to lines of JSON as in `strokes`, in its order, with y down.

    Raises:
        DatasetError: a line is not of the form above, or a digit is incomplete; the message gives `name` and the line.
    """
    reader = _Reader(writers)
    try:
        for line in content.decode("ascii", "replace").splitlines():
            reader.feed(line.strip())
        reader.finish()
    except ValueError as error:
        raise DatasetError(f"{name}, line {reader.number}: {error}.") from error
    if not reader.digits:
        raise DatasetError(f"{name} holds no digit.")
    return [json.dumps(each, separators=(",", ":")) for each in reader.digits]


def _converted(root: Path | zipfile.Path, part: Part, name: str) -> list[str]:
    file = root / f"{part.original}.Z"
    if not file.exists():
        file = root / part.original
    if not file.exists():
        raise DatasetError(f"{name} holds neither {part.original}.Z nor {part.original}.")
    with file.open("rb") as stream:
        content = stream.read(LIMIT + 1)
    name = f"{name}: {file.name}"
    if len(content) > LIMIT:
        raise DatasetError(f"{name} is too long to be the original.")
    if content[:2] == lzw.MAGIC:
        try:
            content = lzw.decompress(content, limit=LIMIT)
        except ValueError as error:
            raise DatasetError(f"{name} is damaged: {error}.") from error
    lines = parse(content, name, part.name)
    if digest(lines) != part.digest:
        raise DatasetError(f"{name} does not hold the published digits: their SHA-256 differs.")
    return lines


class _Reader:
    """Reads line by line; a ValueError says what is wrong with a line, or with the digit that it ends."""

    def __init__(self, writers: str) -> None:
        self.digits: list[dict[str, Any]] = []
        self.number = 0  # of the line
        self._writers = writers
        self._digit: dict[str, Any] = {}  # empty before the first one
        self._declared = 0  # strokes
        self._stroke: list[tuple[int, int]] | None = None  # None while the pen is up

    def feed(self, line: str) -> None:
        self.number += 1
        match line.split():
            case [".SEGMENT", *_]:
                self.finish()
                self._begin(line)
            case [".COMMENT", *words] if self._digit:
                self._sign(words)
            case [".PEN_DOWN"] if self._digit and self._stroke is None:
                self._stroke = []
                self._digit["strokes"].append(self._stroke)
            case [".PEN_UP"] if self._stroke:
                self._stroke = None
            case [".PEN_DOWN" | ".PEN_UP" as word, *_]:
                raise ValueError(f"{word} is out of place")
            case [x, y] if self._stroke is not None and x.isdecimal() and y.isdecimal():
                self._stroke.append(_point(int(x), int(y)))
            case [word, *_] if not word.startswith("."):
                raise ValueError(f"{line[:60]!r} is not a point of a stroke")

    def finish(self) -> None:
        """End the current digit, if there is one."""
        if not self._digit:
            return
        strokes = len(self._digit["strokes"])
        if self._stroke is not None:
            raise ValueError("the digit that ends here leaves the pen down")
        if strokes != self._declared:
            raise ValueError(f"the digit that ends here has {strokes} of its {self._declared} strokes")
        if "id" not in self._digit:
            raise ValueError("the digit that ends here has no .COMMENT")
        self.digits.append(self._digit)
        self._digit = {}

    def _begin(self, line: str) -> None:
        segment = SEGMENT.fullmatch(line)
        if not segment:
            raise ValueError(f"{line[:60]!r} is not the segment of a digit")
        first, last, label = segment.groups()
        if label not in LABELS:
            raise ValueError(f"{label!r} is not a digit")
        self._declared = int(last or first) - int(first) + 1
        self._digit = {"label": int(label), "writer": None, "strokes": []}

    def _sign(self, words: list[str]) -> None:
        """Take label, writer and number from a comment."""
        if len(words) != 3 or not all(word.isdecimal() for word in words):
            raise ValueError(f"{words} are not a label, a writer and a number")
        label, writer, number = map(int, words)
        if label != self._digit["label"]:
            raise ValueError(f"the comment says {label}, the segment {self._digit['label']}")
        self._digit["writer"] = f"{self._writers}-{writer}"
        self._digit["id"] = f"pendigits-{self._writers}-{writer}-{number}"


def _point(x: int, y: int) -> tuple[int, int]:
    if max(x, y) > BOX:
        raise ValueError(f"({x}, {y}) lies outside the box of {BOX}×{BOX}")
    return x, BOX - y
