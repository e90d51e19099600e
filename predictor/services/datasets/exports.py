"""Export the labelled drawings as a file, without disputed ones, in the order of their digests.

A single statement reads them all. So a file shows the database at one moment, whatever is written meanwhile, and this
process never holds more than a few hundred rows.
"""

import errno
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, Final

from django.db.models import BinaryField, Case, Func, IntegerField, QuerySet, Subquery, When

from predictor.ml import files, images
from predictor.models import NOT_A_DIGIT, Submission
from predictor.services.collecting.submissions import current_pixels
from predictor.services.datasets import idx, imagefolder, npz
from predictor.services.datasets.layouts import Layout, Streamed
from predictor.services.datasets.rows import Row
from predictor.services.datasets.tables import writer
from predictor.training.errors import DatasetError

CHUNK: Final = 250  # rows; each may hold a megabyte of strokes or of picture
BLOCK: Final = 65_536
METADATA: Final = ("source", "prompt", "claim", "created_at", "labelled_at")
Review = Submission.Review


def export_dataset(
    path: Path, *, layout: Layout, not_a_digit: bool = False, strokes: bool = False, overwrite: bool = False
) -> int:
    """Write a dataset, whole or not at all; returns how many drawings it holds.

    Args:
        path: a file, or the directory of an IDX pair.
        layout: see `layouts.of_new`.
        not_a_digit: include drawings that are labelled so.
        strokes: include the strokes, where there are any.
        overwrite: replace regular files that exist.

    Raises:
        DatasetError: no drawing is labelled a digit, a file exists, is a link or not a regular file, or the layout
            cannot hold what is asked for.
        ImageError: a row of an older preprocessing can no longer be normalised.
        OSError: it could not be written; files that existed are unchanged.
    """
    paths = [path / name for name in idx.FILES] if layout == "idx" else [path]
    if layout == "idx" and path.is_symlink():
        raise DatasetError(f"{path} is a symbolic link: name the directory itself.")
    for each in paths:
        _require_replaceable(each, overwrite=overwrite)
    files.sweep(paths)
    count, rows = _labelled(Submission.objects.all(), layout, not_a_digit=not_a_digit, strokes=strokes)
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(paths) as opened:
        if layout == "idx":
            idx.write(opened, count, rows)
        else:
            opened[0].writelines(_blocks(_chunks(layout, count, rows)))
    return count


def stream(layout: Streamed, *, rows: QuerySet[Submission]) -> Iterator[bytes]:
    """The same for these rows, in blocks for a response; `layouts` has the media types.

    Raises:
        DatasetError: as `export_dataset` does; raised by this call, before the response begins.
    """
    return _blocks(_chunks(layout, *_labelled(rows, layout)))


def _labelled(
    rows: QuerySet[Submission], layout: Layout, *, not_a_digit: bool = False, strokes: bool = False
) -> tuple[int, Iterator[Row]]:
    """The number of these rows, with which some files begin, and the rows."""
    if (not_a_digit or strokes) and layout != "imagefolder":
        raise DatasetError("Only an imagefolder can hold strokes, or drawings that are not a digit.")
    chosen = rows.filter(review__in=[Review.DIGIT, *([Review.NONE] if not_a_digit else [])])
    total = chosen.order_by().values(n=Func("pk", function="COUNT", output_field=IntegerField()))
    older = Case(When(preprocessing=images.PREPROCESSING, then=None), default="image", output_field=BinaryField())
    names = ("id", "label", "preprocessing", "pixels", *METADATA, *(["strokes"] if strokes else []))
    found = chosen.order_by("digest").values(*names, total=Subquery(total), older=older).iterator(CHUNK)
    first = next(found, None)
    if first is None:
        raise DatasetError("No drawing is labelled a digit.")
    return first["total"], map(_row, chain([first], found))


def _row(found: dict[str, Any]) -> Row:
    pixels = current_pixels(
        submission_id=found["id"], preprocessing=found["preprocessing"], pixels=found["pixels"], image=found["older"]
    )
    metadata = {name: found[name] for name in ("source", "prompt", "claim")}
    metadata |= {name: found[name] and found[name].isoformat() for name in ("created_at", "labelled_at")}
    metadata |= {"preprocessing": images.PREPROCESSING, "digest": images.digest(pixels)}
    if "strokes" in found:
        metadata["strokes"] = found["strokes"]
    return Row(str(found["id"]), NOT_A_DIGIT if found["label"] is None else str(found["label"]), pixels, metadata)


def _chunks(layout: Streamed, count: int, rows: Iterator[Row]) -> Generator[bytes]:
    match layout:
        case "imagefolder":
            return imagefolder.chunks(rows)
        case "npz":
            return npz.chunks(count, rows)
        case "csv":
            return writer.chunks(rows)


def _blocks(chunks: Generator[bytes]) -> Iterator[bytes]:
    block = bytearray()
    with closing(chunks):  # closing temporary files may fail, which must not go unnoticed
        for chunk in chunks:
            block += chunk
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)


def _require_replaceable(path: Path, *, overwrite: bool) -> None:
    """Only a regular file may be replaced: a device would be lost, and a link's target is somewhere else."""
    if path.is_symlink():
        raise DatasetError(f"{path} is a symbolic link: name the file itself.")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise DatasetError(f"{path} is not a regular file.")
    if path.exists() and not overwrite:
        raise DatasetError(f"{path} already exists.")
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
