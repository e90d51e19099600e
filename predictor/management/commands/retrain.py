"""Train on a base and the labelled submissions; publish what is not worse than the champion."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from predictor.management.arguments import number
from predictor.management.progress import Progress
from predictor.ml.errors import MlError
from predictor.services.champions import KINDS
from predictor.services.retrain import BASES, Recipe, retrain
from predictor.training.errors import TrainingError


class Command(BaseCommand):
    help = (
        "Train challengers on a base and on the submissions that reviewers labelled, compare them with the champions "
        "on the same held-out images, and publish those that are not worse. A running server answers with them at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base", choices=BASES, default="mnist500", help="what to train on beside the labels")
        parser.add_argument(
            "--strokes", type=Path, metavar="PATH", help="a file of pen strokes to train on as well, see fetch_strokes"
        )
        parser.add_argument(
            "--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND", help="cnn mlp svm"
        )
        parser.add_argument("--seed", type=number(0, 2**31), default=42)
        parser.add_argument("--epochs", type=number(1, 10_000), help="of the networks; fewer are faster and worse")
        parser.add_argument(
            "--robustness", type=number(1, 9_940), metavar="N", help="altered test images for the model cards, all"
        )

    def handle(
        self,
        *,
        base: str,
        strokes: Path | None,
        kinds: list[str],
        seed: int,
        epochs: int | None,
        robustness: int | None,
        **options: Any,
    ) -> None:
        recipe = Recipe(base, strokes, seed, epochs, robustness)
        try:
            with Progress(self.stdout) as progress:
                outcome = retrain(recipe, kinds=kinds, report=progress.say, progress=progress)
        except (MlError, TrainingError, OSError, ModuleNotFoundError) as error:
            raise CommandError(_reason(error)) from error
        for each in outcome.published:
            sidecar = each.challenge.sidecar
            test = sidecar.metrics["mnist_test"]
            result = f"published as v{each.version}" if each.version else "not published"
            misses = f"{test['misses']} misses of {test['n']:,}"
            self.stdout.write(
                f"{sidecar.kind}: {result}; MNIST test {test['accuracy']:.2%}, {misses}; "
                f"parity {sidecar.parity:.1e}, {sidecar.seconds:.0f} s"
            )
        if outcome.suspects is not None:
            self.stdout.write(f"labels to check: {outcome.suspects}")
        if outcome.failures:
            raise CommandError(" ".join(f"{each.kind} failed: {_reason(each.error)}" for each in outcome.failures))


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed: run `make setup-train` first."
    return str(error)
