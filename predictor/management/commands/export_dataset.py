"""Write the labelled drawings as a dataset."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from predictor.management.interruptible import InterruptibleCommand
from predictor.ml.errors import MlError
from predictor.services.datasets import layouts
from predictor.services.datasets.exports import export_dataset
from predictor.training.errors import TrainingError


class Command(InterruptibleCommand):
    help = (
        "Write all drawings that are labelled a digit, as the classifiers see them (28×28, white ink on black): as a "
        "ZIP of PNGs by digit with metadata.jsonl, which Hugging Face's imagefolder reads; as NumPy's .npz; as "
        "comma-separated values; or as a directory with a pair of IDX files like MNIST's."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="ends in .zip, .npz or .csv, or is the directory of the IDX files")
        parser.add_argument("--format", choices=layouts.LAYOUTS, help="if the path's ending does not tell the format")
        parser.add_argument(
            "--with-not-a-digit",
            action="store_true",
            help="also drawings that are not a digit, in the ZIP's directory x",
        )
        parser.add_argument("--with-strokes", action="store_true", help="also the strokes, in the ZIP's metadata")
        parser.add_argument("--force", action="store_true", help="replace regular files that exist")

    def handle(self, *, path: Path, with_not_a_digit: bool, with_strokes: bool, force: bool, **options: Any) -> None:
        try:
            count = export_dataset(
                path,
                layout=layouts.of_new(path, options["format"]),
                not_a_digit=with_not_a_digit,
                strokes=with_strokes,
                overwrite=force,
            )
        except (MlError, TrainingError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}") from error
        self.stdout.write(f"{path}: {count:,} drawings")
