"""Delete drawings that nobody labelled for long."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from predictor.management.arguments import number
from predictor.services import privacy


class Command(BaseCommand):
    help = (
        "Delete the drawings that are older than a number of days and that no reviewer labelled, whatever was claimed "
        "of them, with all that is kept of them. What a reviewer was unsure of, or what is disputed, stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=number(0, 36_500), required=True, metavar="DAYS", dest="days")
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *, days: int, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"Drawings that would be deleted: {privacy.prunable(days=days).count():,}")
        else:
            self.stdout.write(f"Drawings deleted: {privacy.prune(days=days):,}")
