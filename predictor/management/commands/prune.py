"""Delete old drawings that nobody labelled."""

from argparse import ArgumentParser
from typing import Any

from predictor.management.arguments import number
from predictor.management.interruptible import InterruptibleCommand
from predictor.services.collecting import deletion


class Command(InterruptibleCommand):
    help = (
        "Delete drawings that are older than a number of days and that no reviewer has labelled, whatever their "
        "visitors claimed, with everything that is stored about them. Drawings that are disputed, or labelled unsure, "
        "stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=number(0, 36_500), required=True, metavar="DAYS", dest="days")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *, days: int, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"Drawings that would be deleted: {deletion.prunable(days=days).count():,}")
        else:
            self.stdout.write(f"Drawings deleted: {deletion.prune(days=days):,}")
