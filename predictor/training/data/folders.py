"""Labelled pictures from elsewhere: a folder of files or a pair of IDX files, normalised as the server does.

    digits/0/anything.png  digits/0/another.jpg  …  digits/9/some.webp

Hidden files and those left behind by operating systems are ignored, and so are files outside the subdirectories.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePath
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml import files
from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels, normalise
from predictor.ml.pictures import Gray, decode
from predictor.training.data.dataset import Dataset, parse_idx, read_idx
from predictor.training.data.exported import METADATA
from predictor.training.data.hidden import is_hidden
from predictor.training.data.labels import NOT_A_DIGIT
from predictor.training.errors import DatasetError
from predictor.training.progress import Report, no_report

Folder: TypeAlias = Path | zipfile.Path  # or a file of it


def read_folder(path: Path, report: Report = no_report) -> Dataset:
    """Read PNG, JPEG or WebP files from subdirectories named 0 to 9, or some of these, of a folder or a ZIP archive.

    A subdirectory `x` holds what is not a digit; it is left out, and `report` gets the number of its pictures.

    Raises:
        DatasetError: the folder is missing, a subdirectory is not named by a digit, a file is not a usable picture, or
            there is no file; the message names the file or subdirectory.
    """
    with ExitStack() as stack:
        try:
            root = path if path.is_dir() else _root(stack, path)
            rows = [(_picture(file), digit) for digit, folder in _classes(root, report) for file in _inside(folder)]
        except OSError as error:
            raise DatasetError(f"{error.filename or path} cannot be read: {error.strerror or error}.") from error
    if not rows:
        raise DatasetError(f"{path} holds no picture in subdirectories 0 to 9.")
    pixels, labels = zip(*rows, strict=True)
    return Dataset(np.array(pixels), np.array(labels, np.uint8))


def read_idx_pair(images: Path, labels: Path) -> Dataset:
    """Read images, (n, h, w) of any size, and their labels, (n,), from IDX files, gzipped or not.

    Raises:
        DatasetError: a file is missing, damaged or of another shape, the two do not match, or an image is blank; the
            message names the file.
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


def _root(stack: ExitStack, path: Path) -> zipfile.Path:
    try:
        files.require_regular(path)
        return zipfile.Path(stack.enter_context(zipfile.ZipFile(path)))
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing.") from error
    except (zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise DatasetError(f"{path} is not a folder, nor a ZIP archive that can be read: {error}.") from error


def _classes(root: Folder, report: Report) -> Iterator[tuple[int, Folder]]:
    for directory in _inside(root):
        if not directory.is_dir():
            continue
        if directory.name == NOT_A_DIGIT:
            report(f"{directory}: {len(_inside(directory))} pictures are left out, as they are not digits.")
        elif directory.name in set("0123456789"):
            yield int(directory.name), directory
        else:
            raise DatasetError(f"{directory} is not named by a digit, 0 to 9.")


def _inside(directory: Folder) -> list[Folder]:
    """The content of a folder, sorted by name, without what is hidden."""
    found: list[Folder] = sorted(directory.iterdir(), key=lambda each: each.name)
    return [each for each in found if each.name != METADATA and not is_hidden(PurePath(each.name))]


def _picture(file: Folder) -> Pixels:
    try:
        if isinstance(file, Path):
            files.require_regular(file)
        gray = decode(file.read_bytes())
    except ImageError as error:
        raise DatasetError(f"{file}: {error}") from error
    except (zipfile.BadZipFile, RuntimeError, zlib.error, EOFError) as error:
        raise DatasetError(f"{file} cannot be read: {error}.") from error
    return _normalised(str(file), gray)


def _normalised(name: str, gray: Gray) -> Pixels:
    try:
        return normalise(gray)
    except ImageError as error:
        raise DatasetError(f"{name}: {error}") from error


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file, gzipped or not."""
    try:
        files.require_regular(path)
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing.") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error
    return read_idx(path) if content.startswith(b"\x1f\x8b") else parse_idx(content, path)
