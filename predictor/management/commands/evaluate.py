"""Score the champions on MNIST's test images, or on pen strokes."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from predictor.services.evaluate import Scores, evaluate, evaluate_strokes
from predictor.training.errors import TrainingError

PENS = (12.0, 18.0, 26.0)


class Command(BaseCommand):
    help = (
        "Score the champions and their consensus on the 9,940 MNIST test images outside the ancestor's 500, or with "
        "--strokes on drawings made with a pen, drawn as the page draws them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--strokes", type=Path, help="a file of strokes, JSON lines, gzipped or not")
        parser.add_argument("--pens", type=float, nargs="+", default=PENS, help="widths of the pen, 18 is the page's")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *, strokes: Path | None, pens: list[float], **options: Any) -> None:
        if not all(0 < pen <= 280 for pen in pens):
            raise CommandError("A pen must be wider than 0 and at most 280 units.")
        try:
            named = evaluate_strokes(path=strokes, pens=pens) if strokes else {"MNIST test": evaluate()}
        except TrainingError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(named if strokes else named["MNIST test"], indent=1))
            return
        for title, scores in named.items():
            self._table(title, scores)

    def _table(self, title: str, scores: Scores) -> None:
        self.stdout.write(f"{title:10} {'accuracy':>9} {'95 % interval':>16} {'misses':>7} {'of':>6} {'log loss':>9}")
        for name, score in scores.items():
            low, high = score["interval95"]
            self.stdout.write(
                f"{name:10} {score['accuracy']:9.2%} {low:7.2%} – {high:6.2%} {score['misses']:7} {score['n']:6}"
                f" {score['log_loss']:9.4f}"
            )
