"""Upload published versions to the store."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from predictor.ml.errors import MlError
from predictor.services.learning.publishing import introduce
from predictor.services.store.objects import store


class Command(BaseCommand):
    help = (
        "Upload published versions to the store that MODELS_STORE names, from MODELS_DIR or another directory such as "
        "an image's models/: of each kind those above the highest that is there. Versions that are there and here, but "
        "have lost their row in the database, get it back. A kind that was never promoted gets the champion of that "
        "directory."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, nargs="?", help="the directory; default: MODELS_DIR")

    def handle(self, *, source: Path | None, **options: Any) -> None:
        if source is not None and not source.is_dir():
            raise CommandError(f"There is no directory {source}.")
        remote = store()
        if remote is None:
            raise CommandError("There is no store: MODELS_STORE is not set.")
        try:
            done = introduce(remote, source or settings.MODELS_DIR)
        except (MlError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Versions uploaded: {_names(done.versions)}")
        if done.again:
            self.stdout.write(f"Uploaded again, because files of theirs were missing: {_names(done.again)}")
        if done.restored:
            self.stdout.write(f"Versions that got back their row: {_names(done.restored)}")
        if done.taken:
            self.stdout.write(f"Left out, because another version has the number: {_names(done.taken)}")
        if done.promoted:
            self.stdout.write(f"First champions: {_names(done.promoted)}")


def _names(found: list[tuple[str, int]]) -> str:
    return ", ".join(f"{kind} v{version}" for kind, version in found) or "none"
