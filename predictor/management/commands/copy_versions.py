"""Copy published versions from another directory."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from predictor.ml.errors import ArtifactError
from predictor.services.store.versions import copy


class Command(BaseCommand):
    help = (
        "Copy published versions to MODELS_DIR from a directory such as an image's models/: of each kind those above "
        "the highest that is there. Champions change only if there are none yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="the directory")

    def handle(self, *, source: Path, **options: Any) -> None:
        if not source.is_dir():
            raise CommandError(f"There is no directory {source}.")
        try:
            copied = copy(source)
        except (ArtifactError, OSError) as error:
            raise CommandError(f"The versions cannot be copied: {error}") from error
        names = ", ".join(f"{kind} v{version}" for kind, version in copied) or "none"
        self.stdout.write(f"Versions copied: {names}")
