"""Train on a base dataset and the labelled drawings; promote what the gate lets pass."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error

from mnistsite.database.outages import is_outage
from predictor.management.arguments import how_to_install, number, scheduler
from predictor.management.interruptible import InterruptibleCommand
from predictor.management.progress import Progress
from predictor.ml.errors import MlError
from predictor.models import TrainingRun
from predictor.services.answering.champions import KINDS
from predictor.services.learning import parameters, runs
from predictor.services.learning.bases import BASES
from predictor.services.learning.environment import environment
from predictor.services.learning.parameters import UnknownChoice
from predictor.services.learning.recording import Recording, recording
from predictor.services.learning.report import report, sentence
from predictor.services.learning.retrain import PROMOTE, Outcome, Recipe, retrain
from predictor.services.learning.runs import RunEnded, RunInProgress, State
from predictor.training.errors import TrainingError


class Command(InterruptibleCommand):
    help = (
        "Train challengers on a base dataset and on the labelled drawings, compare them with the champions on the same "
        "held-out images, and promote those that meet the gate's conditions. A running server switches to them at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--base",
            choices=BASES,
            help="what to train on besides the labelled drawings; default: what the champions have learned from",
        )
        parser.add_argument(
            "--strokes", type=Path, metavar="PATH", help="a file of pen strokes to train on as well; see fetch_strokes"
        )
        parser.add_argument(
            "--kinds",
            nargs="+",
            choices=KINDS,
            default=list(KINDS),
            metavar="KIND",
            help="cnn mlp svm pen; the last one only where there are pen strokes",
        )
        parser.add_argument("--seed", type=number(0, 2**31), default=42)
        parser.add_argument(
            "--quick", action="store_true", help="let the networks go on from their champions' weights: in minutes"
        )
        parser.add_argument(
            "--folds",
            type=number(2, 10),
            metavar="N",
            help="where the base has no validation set: folds to calibrate on, with a network for each; default: 5",
        )
        parser.add_argument(
            "--epochs",
            type=number(1, 10_000),
            help="augmented copies of a drawing; fewer are faster and less accurate",
        )
        parser.add_argument(
            "--robustness",
            type=number(1, 9_940),
            metavar="N",
            help="perturbed test images of each condition for the model cards; default: all",
        )
        parser.add_argument(
            "--promote",
            choices=PROMOTE,
            default=PROMOTE[0],
            help="what becomes champion: what meets the gate's conditions, nothing, or everything; default: auto",
        )
        parser.add_argument(
            "--dask",
            type=scheduler,
            metavar="ADDRESS",
            help="train on a Dask cluster, such as tcp://10.0.0.7:8786; default: the setting DASK, or this machine",
        )
        parser.add_argument(
            "--run", type=number(1), metavar="ID", dest="run_id", help="run what was queued in the admin or by the API"
        )
        parser.add_argument(
            "--supervisor", type=number(1), metavar="PID", help="with --run: go on only while this parent process lives"
        )

    def handle(self, *, run_id: int | None, supervisor: int | None, dask: str | None, **options: Any) -> None:
        try:
            run = _queued(run_id, supervisor) if run_id else _new(options)
            with recording(run, supervisor=supervisor) as watch:
                self._train(run, watch, dask or settings.DASK)
        except (RunInProgress, RunEnded, UnknownChoice) as error:
            raise CommandError(str(error)) from error
        except Error as error:
            if not is_outage(error):
                raise
            raise CommandError(f"The database is unavailable: {error}") from error

    def _train(self, run: TrainingRun, watch: Recording, dask: str) -> None:
        watch.describe(environment())
        recipe, kinds = parameters.read(run.parameters)
        try:
            with Progress(self.stdout) as progress:
                told = _Told(watch, progress)
                outcome = retrain(recipe, kinds=kinds, report=told.say, progress=told.step, watch=watch, dask=dask)
        except (MlError, TrainingError, OSError, ModuleNotFoundError) as error:
            raise CommandError(_reason(error)) from error
        self._tell(outcome)
        state = State.FAILED if outcome.failures else State.SUCCEEDED
        watch.end(state, sentence(outcome), report=report(outcome))
        if outcome.failures:
            raise CommandError(" ".join(f"{each.kind} failed: {_reason(each.error)}" for each in outcome.failures))

    def _tell(self, outcome: Outcome) -> None:
        for each in outcome.published:
            sidecar = each.challenge.sidecar
            name, test = _reported(sidecar.metrics)
            result = f"published as v{each.version}" if each.version else "not published"
            if each.version and not each.promoted:
                result += ", not promoted"
            misses = f"{test['misses']} misses of {test['n']:,}"
            self.stdout.write(
                f"{sidecar.kind}: {result}; {name} {test['accuracy']:.2%}, {misses}; "
                f"parity {sidecar.parity:.1e}, {sidecar.seconds:.0f} s"
            )
        if outcome.suspects is not None:
            self.stdout.write(f"labels to check: {outcome.suspects}")


@dataclass(frozen=True)
class _Told:
    """What a run says, to whoever reads the output and to its row."""

    watch: Recording
    progress: Progress

    def say(self, line: str) -> None:
        self.watch.tracker.say(line)
        self.progress.say(line)

    def step(self, task: str, done: int, total: int, accuracy: float | None = None, /) -> None:
        self.watch.tracker.step(task, done, total, accuracy)
        self.progress(task, done, total, accuracy)


def _new(options: dict[str, Any]) -> TrainingRun:
    """A run with these options, which has started."""
    recipe = Recipe(**{field.name: options[field.name] for field in fields(Recipe)})
    asked = parameters.written(recipe, options["kinds"])
    run = runs.request(parameters=asked, by=None, origin=runs.Origin.COMMAND)
    runs.start(run)
    return run


def _queued(run_id: int, supervisor: int | None) -> TrainingRun:
    """A run that was queued, or that a supervisor has started for this process."""
    run = TrainingRun.objects.filter(pk=run_id).first()
    if run is None:
        raise CommandError(f"There is no run {run_id}.")
    if run.state != State.RUNNING or supervisor is None:
        runs.start(run)
    return run


def _reported(metrics: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The score to report: on MNIST's test images, if it reads images."""
    return ("MNIST test", metrics["mnist_test"]) if "mnist_test" in metrics else ("held out", metrics["held_out"])


def _reason(error: Exception) -> str:
    return how_to_install(error) if isinstance(error, ModuleNotFoundError) else str(error)
