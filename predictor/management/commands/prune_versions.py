"""Delete published versions that are no champions and were none lately."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from predictor.services.learning.pruning import prunable, prune_versions


class Command(BaseCommand):
    help = (
        "Delete published versions from MODELS_DIR; with a store, from the database and the store too, for all "
        "machines. Of each kind the champion, the last three champions, the highest version and those in the shadow "
        "stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list them")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        try:
            found = prunable() if dry_run else prune_versions()
        except (OSError, Error) as error:
            raise CommandError(f"The versions cannot be deleted: {error}") from error
        names = ", ".join(f"{kind} v{version}" for kind, version in found) or "none"
        self.stdout.write(f"{'Versions that would be deleted' if dry_run else 'Versions deleted'}: {names}")
