"""Read labelled pictures into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from predictor.services.datasets import layouts
from predictor.services.datasets.imports import import_dataset
from predictor.training.errors import TrainingError


class Command(BaseCommand):
    help = (
        "Read a dataset: a ZIP or a directory of pictures in directories 0 to 9 (x for what is no digit), .npz, "
        "comma-separated values, or a directory of IDX files such as MNIST's. Pictures are normalised as drawings are, "
        "but for those that export_dataset wrote, which are already. A drawing that is known is not stored twice, and "
        "a reviewer's label is not overruled. What is wrong is refused by name, and the rest kept. No model answers: "
        "the rows have no prediction. Of the metadata only labels are read: prompts and claims are not taken over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", choices=layouts.LAYOUTS, help="where the path's ending does not say it")
        parser.add_argument(
            "--all-or-nothing", action="store_true",
            help="keep nothing if anything is refused; on SQLite, other writers wait until all is read",
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
            f"{outcome.imported:,} imported, {outcome.known:,} already there, {outcome.labelled:,} labelled anew, "
            f"{outcome.refused:,} refused"
        )
