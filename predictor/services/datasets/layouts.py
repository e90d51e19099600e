"""The layouts of a dataset, and how a path tells them apart."""

from pathlib import Path
from typing import Final, Literal, cast, get_args

from predictor.services.datasets import pairs
from predictor.training.errors import DatasetError

Streamed = Literal["imagefolder", "npz", "csv"]  # a single file that can be written as a stream
Layout = Literal["imagefolder", "npz", "idx", "csv"]

LAYOUTS: Final = get_args(Layout)
ENDINGS: Final[dict[str, Layout]] = {".zip": "imagefolder", ".npz": "npz", ".csv": "csv", "": "idx"}
FOREIGN_ENDINGS: Final[dict[str, Layout]] = {".tsv": "csv", ".tab": "csv"}  # are read, but not written
MEDIA_TYPES: Final[dict[Streamed, str]] = {
    "imagefolder": "application/zip",
    "npz": "application/octet-stream",
    "csv": "text/csv; charset=ascii",
}


def of_new(path: Path, layout: str | None = None) -> Layout:
    """The layout to write: the one that is named, or by the path's ending.

    Raises:
        DatasetError: the ending is unknown.
    """
    return _named(path, layout or ENDINGS.get(path.suffix.lower()))


def of_existing(path: Path, layout: str | None = None) -> Layout:
    """The layout to read: the one that is named, or by the path's ending or the files in the directory.

    Raises:
        DatasetError: the path does not exist, is a pipe or a device, or its ending is unknown.
    """
    if not path.exists():
        raise DatasetError(f"{path} is missing.")
    if not (path.is_file() or path.is_dir()):  # a pipe would block, and a device may have no end
        raise DatasetError(f"{path} is neither a file nor a directory.")
    if path.is_dir():
        return _named(path, layout or ("idx" if pairs.has_images(path) else "imagefolder"))
    if layout == "idx":
        raise DatasetError(f"{path} is not a directory: IDX files come in pairs, so name their directory.")
    return _named(path, layout or ((ENDINGS | FOREIGN_ENDINGS).get(path.suffix.lower()) if path.suffix else None))


def _named(path: Path, layout: str | None) -> Layout:
    if layout is None:
        raise DatasetError(f"{path} does not end in .zip, .npz or .csv: name its format with --format.")
    return cast(Layout, layout)
