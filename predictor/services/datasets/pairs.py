"""Which files of a directory are IDX files of images, and which hold the labels of each.

They are recognised by their content, because programs that unpack them rename them: `train-images.idx3-ubyte`,
`train_images`. The names of a pair are the same except for the words that all such files have. If there is only one
pair, one of its names may consist of such words alone.
"""

import gzip
import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Literal

from predictor.services.datasets.zips import UNREADABLE
from predictor.training.data.hidden import is_hidden
from predictor.training.errors import DatasetError

GZIP: Final = b"\x1f\x8b"
HEADS: Final[dict[bytes, "Kind"]] = {b"\0\0\x08\3": "images", b"\0\0\x08\1": "labels"}
OTHERS: Final = {".png", ".jpg", ".jpeg", ".webp", ".json", ".jsonl", ".csv", ".txt", ".md"}  # they are not opened
Kind = Literal["images", "labels"]

_stated = re.compile(r"idx[-_. ]?([13])", re.IGNORECASE)
_common = re.compile(r"idx[-_. ]?[13]?|ubyte|images?|pictures?|pixels|labels?|classes|targets?")
_common_if_whole = {"", "x", "y", "img", "imgs", "lbl", "lbls", "class", "digits", "data", "bin", "dat", "raw", "gz"}


@dataclass(frozen=True)
class Files:
    """The IDX files of a directory."""

    images: list[Path]
    labels: list[Path]

    def labels_of(self, images: Path) -> Path:
        """The labels of a file of images; raises DatasetError if they are missing, or cannot be told from others."""
        wanted = re.sub("idx3", "idx1", re.sub("image", "label", images.name, flags=re.IGNORECASE), flags=re.IGNORECASE)
        if exactly := [each for each in self.labels if each.name.lower() == wanted.lower()]:
            return exactly[0]
        found = [each for each in self.labels if _name(each) == _name(images)]
        if not found and len(self.images) == len(self.labels) == 1 and not (_name(images) and _name(self.labels[0])):
            found = self.labels
        if not found:
            raise DatasetError(f"its labels, such as {wanted}, are missing")
        if len(found) > 1 or sum(_name(each) == _name(images) for each in self.images) > 1:
            raise DatasetError("its labels cannot be told from those of a file with a similar name")
        return found[0]


def find(directory: Path) -> Files:
    """Raises DatasetError if there are no images, and OSError if the directory cannot be read."""
    images = _of_kind(directory, "images")
    if not images:
        raise DatasetError(f"{directory} holds no images-idx3-ubyte, gzipped or not.")
    return Files(images, _of_kind(directory, "labels"))


def has_images(directory: Path) -> bool:
    """Whether a directory holds an IDX file of images."""
    return bool(_of_kind(directory, "images"))


def _of_kind(directory: Path, kind: Kind) -> list[Path]:
    files = (each for each in sorted(directory.iterdir()) if each.is_file() and each.suffix.lower() not in OTHERS)
    return [each for each in files if not is_hidden(PurePath(each.name)) and _kind(each) == kind]


def _kind(path: Path) -> Kind | None:
    """The kind of a file, according to its name or else to its content."""
    if number := _stated.search(path.name):
        return "images" if number[1] == "3" else "labels"
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(GZIP):
            with gzip.open(path) as unpacked:
                head = unpacked.read(4)
    except UNREADABLE:  # it is not a file of this kind, and need not be readable
        return None
    return HEADS.get(head)


def _name(path: Path) -> tuple[str, ...]:
    """What distinguishes a pair from others, such as "train" or "t10k"."""
    words = re.split(r"[\W_]+", _common.sub(" ", path.name.lower()))
    return tuple(word for word in words if word not in _common_if_whole)
