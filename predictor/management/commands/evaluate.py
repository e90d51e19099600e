"""Score the champions on MNIST's test images."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from predictor.services.evaluate import evaluate
from predictor.training.errors import TrainingError


class Command(BaseCommand):
    help = "Score the champions and their consensus on the 9,940 MNIST test images that no version 1 was trained on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, **options: Any) -> None:
        try:
            scores = evaluate()
        except TrainingError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(scores, indent=1))
            return
        self.stdout.write(f"{'':10} {'accuracy':>9} {'95 % interval':>16} {'misses':>7} {'of':>6} {'log loss':>9}")
        for name, score in scores.items():
            low, high = score["interval95"]
            self.stdout.write(
                f"{name:10} {score['accuracy']:9.2%} {low:7.2%} – {high:6.2%} {score['misses']:7} {score['n']:6}"
                f" {score['log_loss']:9.4f}"
            )
