"""Download UCI's pen digits and convert them to files of strokes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from predictor.management.interruptible import InterruptibleCommand
from predictor.services.learning.fetch import fetch_strokes
from predictor.training.errors import TrainingError


class Command(InterruptibleCommand):
    help = (
        "Download UCI's Pen-Based Recognition of Handwritten Digits (E. Alpaydin and F. Alimoglu, 1996, CC BY 4.0, "
        "https://doi.org/10.24432/C5MG6K), 2 MB, and write its 10,992 digits by 44 people as two files of strokes, "
        "pendigits-train.jsonl.gz and pendigits-test.jsonl.gz, which `evaluate --strokes` reads."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "directory", type=Path, nargs="?", default=settings.BASE_DIR / "var/strokes", help="var/strokes by default"
        )
        parser.add_argument(
            "--from", type=Path, dest="source", metavar="PATH",
            help="convert this copy instead of downloading: UCI's ZIP archive, or the directory it was unpacked to",
        )  # fmt: skip

    def handle(self, *, directory: Path, source: Path | None, **options: Any) -> None:
        try:
            fetch_strokes(directory=directory, source=source, report=self.stdout.write, progress=self._progress)
        except TrainingError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{directory} cannot be written: {error}") from error

    def _progress(self, line: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(line, ending="\r")
            self.stdout.flush()
