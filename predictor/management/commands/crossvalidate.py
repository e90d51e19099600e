"""Cross-validate classifiers on the ancestor's 500 images."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from predictor.management.arguments import how_to_install, number, scheduler
from predictor.management.interruptible import InterruptibleCommand
from predictor.management.progress import Progress
from predictor.services.answering.champions import PIXEL_KINDS
from predictor.services.learning.crossvalidate import cross_validate
from predictor.training.errors import TrainingError


class Command(InterruptibleCommand):
    help = (
        "Cross-validate classifiers on the ancestor's 500 images, in stratified folds. Augmentation uses the training "
        "folds only. Choose settings by this score, never by the test set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--kinds",
            nargs="+",
            choices=PIXEL_KINDS,
            default=["svm"],
            metavar="KIND",
            help="cnn mlp svm: MNIST has no strokes",
        )
        parser.add_argument("--folds", type=number(2, 50), default=10)
        parser.add_argument("--seed", type=number(0, 2**31), default=42)
        parser.add_argument(
            "--epochs",
            type=number(1, 10_000),
            help="augmented copies of a drawing; fewer are faster and less accurate",
        )

        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--processes", type=number(1, 1000), metavar="N", help="folds at a time on this machine; default: its cores"
        )
        where.add_argument(
            "--dask",
            type=scheduler,
            metavar="ADDRESS",
            help="train the folds on a Dask cluster; default: the setting DASK",
        )

    def handle(
        self,
        *,
        kinds: list[str],
        folds: int,
        seed: int,
        epochs: int | None,
        processes: int | None,
        dask: str | None,
        **options: Any,
    ) -> None:
        try:
            with Progress(self.stdout) as progress:
                for kind, found in cross_validate(
                    kinds=kinds,
                    folds=folds,
                    seed=seed,
                    epochs=epochs,
                    processes=processes,
                    dask=dask or (None if processes else settings.DASK),
                    report=progress.say,
                    progress=progress,
                ):
                    progress.say(
                        f"{kind}: {found.mean:.2%} ± {found.spread:.2%} over {len(found.accuracies)} folds, "
                        f"{found.misses} misses of {len(found.data)}"
                    )
        except ModuleNotFoundError as error:
            raise CommandError(how_to_install(error)) from error
        except TrainingError as error:
            raise CommandError(str(error)) from error
