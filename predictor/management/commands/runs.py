"""List training runs."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from predictor.management.arguments import number
from predictor.models import TrainingRun
from predictor.services.learning import runs
from predictor.services.learning.wording import lasted, who

FIELDS: Final = (
    "id", "state", "sentence", "origin", "parameters", "environment", "progress", "created_at", "started_at",
    "finished_at",
)  # fmt: skip


class Command(BaseCommand):
    help = "List training runs, the newest first: number, state, kinds, by whom, when, how long, and what came of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--last", type=number(1, 10_000), default=20, metavar="N", help="how many (default: 20)")
        parser.add_argument("--json", action="store_true", help="one object per line, for scripts")

    def handle(self, *, last: int, json: bool, **options: Any) -> None:
        runs.reap()
        rows = runs.listed()[:last]
        for run in rows:
            self.stdout.write(_json(run) if json else _line(run))
        if not rows and not json:
            self.stdout.write("There has been no training run.")


def _line(run: TrainingRun) -> str:
    kinds = ",".join(run.parameters.get("kinds", []))
    when = timezone.localtime(run.created_at)
    parts = (f"{run.pk:>4}", f"{run.state:<9}", f"{kinds:<15}", f"{when:%Y-%m-%d %H:%M}", f"{lasted(run):>8}", who(run))
    return f"{'  '.join(parts)}  {run.sentence}".rstrip()


def _json(run: TrainingRun) -> str:
    return json.dumps({name: getattr(run, name) for name in FIELDS} | {"by": who(run)}, default=str)
