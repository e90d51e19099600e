"""Labelled pictures from elsewhere: a folder of files, or a pair of IDX files, normalised as the server does.

    digits/0/anything.png  digits/0/another.jpg  …  digits/9/some.webp

Files whose name begins with a dot are passed over, as are files beside the ten sub-directories.
"""

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels, normalise
from predictor.ml.pictures import Gray, decode
from predictor.training.dataset import Dataset, read_idx
from predictor.training.errors import DatasetError


def read_folder(path: Path) -> Dataset:
    """Read a folder that has a sub-directory for each digit, or for some of them, named 0 to 9, of PNG, JPEG or WebP.

    Raises:
        DatasetError: the folder is missing, a sub-directory is not a digit, a file is not a usable picture, or there is
            none at all; the file or the sub-directory is named.
    """
    try:
        rows = [(_picture(file), digit) for digit, directory in _classes(path) for file in _files(directory)]
    except OSError as error:
        raise DatasetError(f"{error.filename or path} cannot be read: {error.strerror}.") from error
    if not rows:
        raise DatasetError(f"{path} holds no picture in sub-directories 0 to 9.")
    pixels, labels = zip(*rows, strict=True)
    return Dataset(np.array(pixels), np.array(labels, np.uint8))


def read_idx_pair(images: Path, labels: Path) -> Dataset:
    """Read images, (n, h, w) of any size, and their labels, (n,), from IDX files, gzipped or not.

    Raises:
        DatasetError: a file is missing, damaged or not of that shape, they do not go together, or an image is blank;
            the file is named.
    """
    levels, digits = _read_idx(images), _read_idx(labels)
    if levels.ndim != 3:
        raise DatasetError(f"{images} holds an array of {levels.ndim} dimensions, not images.")
    if digits.ndim != 1:
        raise DatasetError(f"{labels} holds an array of {digits.ndim} dimensions, not labels.")
    if len(levels) != len(digits):
        raise DatasetError(f"{images} holds {len(levels)} images, {labels} {len(digits)} labels.")
    if not levels.size:
        raise DatasetError(f"{images} holds no image.")
    if digits.max() > 9:
        raise DatasetError(f"{labels} holds {digits.max()}, which is not a digit.")
    pixels = [_normalised(f"{images}, image {number}", gray) for number, gray in enumerate(levels)]
    return Dataset(np.array(pixels), digits)


def _classes(path: Path) -> Iterator[tuple[int, Path]]:
    if not path.is_dir():
        raise DatasetError(f"{path} is not a folder." if path.exists() else f"{path} is missing.")
    for directory in sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith(".")):
        if directory.name not in set("0123456789"):
            raise DatasetError(f"{directory} is not named by a digit, 0 to 9.")
        yield int(directory.name), directory


def _files(directory: Path) -> list[Path]:
    return sorted(file for file in directory.iterdir() if not file.name.startswith("."))


def _picture(file: Path) -> Pixels:
    try:
        gray = decode(file.read_bytes())
    except ImageError as error:
        raise DatasetError(f"{file}: {error}") from error
    return _normalised(str(file), gray)


def _normalised(name: str, gray: Gray) -> Pixels:
    try:
        return normalise(gray)
    except ImageError as error:
        raise DatasetError(f"{name}: {error}") from error


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """`read_idx`, which takes gzipped files, for plain ones too: they are packed aside, without compression."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing.") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error
    if content[:2] == b"\x1f\x8b":
        return read_idx(path)
    with tempfile.TemporaryDirectory() as directory:
        aside = Path(directory) / "idx.gz"
        aside.write_bytes(gzip.compress(content, 0))
        try:
            return read_idx(aside)
        except DatasetError as error:
            raise DatasetError(str(error).replace(str(aside), str(path))) from error
