"""The labelled drawings as a file: what reviewers and imports agree on, in the order of their digests.

One statement reads them all. So a file shows the database at one moment, whatever is written meanwhile, and this
process never holds more than a few hundred rows.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

from django.db.models import BinaryField, Case, Func, IntegerField, QuerySet, Subquery, When

from predictor.ml import files, images
from predictor.models import NOT_A_DIGIT, Submission
from predictor.services.datasets import idx, imagefolder, npz, table
from predictor.services.datasets.layouts import Layout, Streamed
from predictor.services.datasets.rows import Row
from predictor.services.submissions import pixels_now
from predictor.training.errors import DatasetError

CHUNK: Final = 250  # rows at once: one may hold a megabyte of strokes or of picture
BLOCK: Final = 65_536
FACTS: Final = ("source", "prompt", "claim", "created_at", "labelled_at")
Review = Submission.Review


def export_dataset(
    path: Path, *, layout: Layout, not_a_digit: bool = False, strokes: bool = False, overwrite: bool = False
) -> int:
    """Write a dataset, whole or not at all, and return how many drawings it holds.

    Args:
        path: a file, or the directory of an IDX pair.
        layout: see `layouts.of_new`.
        not_a_digit: with what was labelled so.
        strokes: with the strokes, where there are any.
        overwrite: what was there is replaced.

    Raises:
        DatasetError: there is no labelled drawing, something is there already, or the layout has no place for it.
        ImageError: a row of an older preprocessing cannot be normalised anew.
        OSError: it could not be written; what was there still is.
    """
    paths = [path / name for name in idx.FILES] if layout == "idx" else [path]
    for each in paths:
        if each.exists() and not overwrite:
            raise DatasetError(f"{each} is there already.")
    count, rows = _labelled(Submission.objects.all(), layout, not_a_digit=not_a_digit, strokes=strokes)
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    with _aside(paths) as opened:
        if layout == "idx":
            idx.write(opened, count, rows)
        else:
            opened[0].writelines(_blocks(_chunks(layout, count, rows)))
    return count


def stream(layout: Streamed, *, rows: QuerySet[Submission]) -> Iterator[bytes]:
    """The same of these rows, in blocks for a response; `layouts` says of what type and how to call it.

    Raises:
        DatasetError: as `export_dataset` does; it is this call that raises, before there is a response.
    """
    return _blocks(_chunks(layout, *_labelled(rows, layout)))


def _labelled(
    rows: QuerySet[Submission], layout: Layout, *, not_a_digit: bool = False, strokes: bool = False
) -> tuple[int, Iterator[Row]]:
    """How many of these there are, and they: some files begin with their number."""
    if (not_a_digit or strokes) and layout != "imagefolder":
        raise DatasetError("Only an imagefolder has a place for strokes and for what is not a digit.")
    chosen = rows.filter(review__in=[Review.DIGIT, *([Review.NONE] if not_a_digit else [])])
    total = chosen.order_by().values(n=Func("pk", function="COUNT", output_field=IntegerField()))
    older = Case(When(preprocessing=images.PREPROCESSING, then=None), default="image", output_field=BinaryField())
    names = ("id", "label", "preprocessing", "pixels", *FACTS, *(["strokes"] if strokes else []))
    found = chosen.order_by("digest").values(*names, total=Subquery(total), older=older).iterator(CHUNK)
    first = next(found, None)
    if first is None:
        raise DatasetError("There is no drawing that is labelled a digit.")
    return first["total"], map(_row, chain([first], found))


def _row(found: dict[str, Any]) -> Row:
    pixels = pixels_now(
        submission_id=found["id"], preprocessing=found["preprocessing"], pixels=found["pixels"], image=found["older"]
    )
    facts = {name: found[name] for name in ("source", "prompt", "claim")}
    facts |= {name: found[name] and found[name].isoformat() for name in ("created_at", "labelled_at")}
    facts |= {"preprocessing": images.PREPROCESSING, "digest": images.digest(pixels)}
    if "strokes" in found:
        facts["strokes"] = found["strokes"]
    return Row(str(found["id"]), NOT_A_DIGIT if found["label"] is None else str(found["label"]), pixels, facts)


def _chunks(layout: Streamed, count: int, rows: Iterator[Row]) -> Generator[bytes]:
    match layout:
        case "imagefolder":
            return imagefolder.chunks(rows)
        case "npz":
            return npz.chunks(count, rows)
        case "csv":
            return table.chunks(rows)


def _blocks(chunks: Generator[bytes]) -> Iterator[bytes]:
    block = bytearray()
    with closing(chunks):  # what waits on the disk may fail even then
        for chunk in chunks:
            block += chunk
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)


@contextmanager
def _aside(paths: list[Path]) -> Iterator[list[IO[bytes]]]:
    """Open files beside these, and put them in their places once all are on the disk."""
    asides = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in paths}
    try:
        with ExitStack() as stack:
            opened = [stack.enter_context(aside.open("wb")) for aside in asides]
            yield [*opened]
            for file in opened:
                file.flush()
                os.fsync(file.fileno())
        for aside, path in asides.items():
            aside.replace(path)
    except BaseException:
        for aside in asides:
            aside.unlink(missing_ok=True)
        raise
    files.flush(paths[0].parent)
