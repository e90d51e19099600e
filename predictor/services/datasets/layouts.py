"""The layouts of a dataset, and how a path tells them apart."""

from pathlib import Path
from typing import Final, Literal, cast, get_args

from predictor.training.errors import DatasetError

Streamed = Literal["imagefolder", "npz", "csv"]  # one file, written from its first byte to its last
Layout = Literal["imagefolder", "npz", "idx", "csv"]

LAYOUTS: Final = get_args(Layout)
ENDINGS: Final[dict[str, Layout]] = {".zip": "imagefolder", ".npz": "npz", ".csv": "csv", "": "idx"}
MEDIA_TYPES: Final[dict[Streamed, str]] = {
    "imagefolder": "application/zip",
    "npz": "application/octet-stream",
    "csv": "text/csv; charset=ascii",
}


def of_new(path: Path, layout: str | None = None) -> Layout:
    """The layout to write: the one that is named, or what the path's ending says.

    Raises:
        DatasetError: it says nothing.
    """
    return _named(path, layout or ENDINGS.get(path.suffix.lower()))


def of_existing(path: Path, layout: str | None = None) -> Layout:
    """The layout to read: the one that is named, or what the path's ending, or the files of the directory, say.

    Raises:
        DatasetError: there is nothing, or nothing that says it.
    """
    if not path.exists():
        raise DatasetError(f"{path} is missing.")
    if path.is_dir():
        return _named(path, layout or ("idx" if any(path.glob("*idx3-ubyte*")) else "imagefolder"))
    if layout == "idx":
        raise DatasetError(f"{path} is not a directory: IDX files come in pairs, give the directory that they are in.")
    return _named(path, layout or (ENDINGS.get(path.suffix.lower()) if path.suffix else None))


def _named(path: Path, layout: str | None) -> Layout:
    if layout is None:
        raise DatasetError(f"{path} ends neither in .zip, .npz nor .csv: say with --format what it is.")
    return cast(Layout, layout)
