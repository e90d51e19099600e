"""Import labelled pictures into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from predictor.management.interruptible import InterruptibleCommand
from predictor.services.datasets import layouts
from predictor.services.datasets.imports import import_dataset
from predictor.training.errors import TrainingError


class Command(InterruptibleCommand):
    help = (
        "Import a dataset: a ZIP or a directory of pictures in directories 0 to 9 (x for pictures that are not a "
        "digit), .npz, comma-separated values, or a directory of IDX files such as MNIST's. Pictures are normalised "
        "like drawings, except those from export_dataset, which are normalised already. A known drawing is not stored "
        "again, and a reviewer's label is not overruled. Bad entries are reported, and the rest is imported. No model "
        "is asked, so the rows have no prediction. Of the metadata only the labels are used, not prompts or claims. "
        "The columns of a table are found by their names, in any order: label (or class, digit, target, y) and pixel0 "
        "to pixel783 (or pixel1 to pixel784, or 1x1 to 28x28). A table without names must have the label first. A "
        "table whose columns are not understood is refused as a whole. Files that systems leave behind (.DS_Store, "
        "Thumbs.db and the like) are ignored. The command fails if every row was refused, but not if every drawing was "
        "known already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", choices=layouts.LAYOUTS, help="if the path's ending does not tell the format")
        parser.add_argument(
            "--all-or-nothing", action="store_true",
            help="import nothing if anything is refused; on SQLite, other writers wait until the end",
        )  # fmt: skip

    def handle(self, *, path: Path, all_or_nothing: bool, **options: Any) -> None:
        try:
            outcome = import_dataset(
                path,
                layout=layouts.of_existing(path, options["format"]),
                all_or_nothing=all_or_nothing,
                report=self.stderr.write,
            )
        except TrainingError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        self.stdout.write(
            f"{outcome.imported:,} imported, {outcome.known:,} already there, {outcome.labelled:,} newly labelled, "
            f"{outcome.refused:,} refused"
        )
        if outcome.refused and not (outcome.imported or outcome.known or outcome.labelled):
            raise CommandError("Nothing was imported: everything was refused.")
