"""Score published versions on MNIST's test images, on pen strokes, on photographs, or on your own pictures."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from predictor.management.arguments import number
from predictor.management.interruptible import InterruptibleCommand
from predictor.ml.errors import MlError
from predictor.services.answering.champions import KINDS, PIXEL_KINDS
from predictor.services.learning import evaluate as service
from predictor.services.learning.evaluate import Classifiers, Scores
from predictor.services.store.objects import StoreUnavailable
from predictor.training.errors import TrainingError

PENS = (12.0, 18.0, 26.0)
PHOTOGRAPHS = 200  # digits under each condition
HEADER = f"{'':9} {'accuracy':>9} {'95 % interval':>16} {'misses':>7} {'of':>6} {'log loss':>9} {'ECE':>7}"
SHARES = {"right": 7, "right and sure": 15, "refused": 8, "sure but wrong": 15}  # and their columns' widths
PHOTOGRAPHS_HEADER = f"{'':36} {'n':>5}" + "".join(f" {share:>{wide}}" for share, wide in SHARES.items())


def _kind_and_version(text: str) -> tuple[str, int]:
    kind, equals, version = text.partition("=")
    if kind not in KINDS or not equals:
        raise ArgumentTypeError(f"{text!r} is not a kind and its version, as in {PIXEL_KINDS[0]}=2")
    return kind, number(1)(version)


class Command(InterruptibleCommand):
    help = (
        "Score the champions, or other published versions, and their consensus on the 9,940 MNIST test images outside "
        "the ancestor's 500, or with --strokes, --images or --idx on other drawings. With --strokes the pen answers, "
        "too, and 'pixels' is the consensus without it."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Every Django command has a --version, which prints Django's; here it is the models' version."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--version", type=number(1), metavar="N", help="this version of those that read pictures")
        which.add_argument(
            "--models", type=_kind_and_version, nargs="+", metavar="KIND=N", help="only these, as in cnn=2 svm=1"
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--strokes",
            type=Path,
            help="a file of pen strokes, JSON lines, gzipped or not; or what export_dataset --with-strokes wrote",
        )
        what.add_argument(
            "--images",
            type=Path,
            help="a folder or a ZIP with PNG, JPEG or WebP files in subfolders 0 to 9; a subfolder x is left out",
        )
        what.add_argument("--idx", type=Path, nargs=2, metavar=("IMAGES", "LABELS"), help="IDX files, gzipped or not")
        what.add_argument("--robustness", action="store_true", help="MNIST's test images, shifted, rotated, redrawn …")
        parser.add_argument("--pens", type=float, nargs="+", default=PENS, help="pen widths; the page's default is 18")
        parser.add_argument(
            "--photographs",
            action="store_true",
            help="photographs and screenshots of MNIST's test images, or with --strokes of pen strokes",
        )
        parser.add_argument(
            "--first",
            type=number(1),
            metavar="N",
            help=f"with --robustness: only the first N images; with --photographs: by default {PHOTOGRAPHS}",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *, pens: list[float], **options: Any) -> None:
        if not all(0 < pen <= 280 for pen in pens):
            raise CommandError("A pen must be wider than 0 and at most 280 units.")
        if options["photographs"] and (options["images"] or options["idx"] or options["robustness"]):
            raise CommandError("--photographs takes digits from MNIST or --strokes, not from another test set.")
        try:
            kinds = KINDS if options["strokes"] and not options["photographs"] else PIXEL_KINDS
            classifiers = service.load(_versions(options["version"], options["models"], kinds), kinds=kinds)
            if options["photographs"]:
                self._photographs(classifiers, **options)
                return
            found = _evaluate(classifiers, pens=pens, **options)
        except (MlError, TrainingError, StoreUnavailable) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            (first, *others) = found.values()
            self.stdout.write(dumps(found if others or options["strokes"] else first, indent=1))
        else:
            self._table(found)

    def _photographs(
        self, classifiers: Classifiers, *, first: int | None, strokes: Path | None, json: bool, **options: Any
    ) -> None:
        """Each row as soon as it is known: all of them take minutes."""
        found: dict[str, dict[str, int]] = {}
        if not json:
            self.stdout.write(PHOTOGRAPHS_HEADER)
        for condition, counts in service.evaluate_photographs(classifiers, first=first or PHOTOGRAPHS, strokes=strokes):
            found[condition] = asdict(counts)
            if not json:
                self.stdout.write(_photographs_row(condition, found[condition]))
                self.stdout.flush()
        if json:
            self.stdout.write(dumps(found, indent=1))

    def _table(self, found: Mapping[str, Scores]) -> None:
        wide = max(len(title) for title in found)
        self.stdout.write(f"{'':{wide}}  {HEADER}")
        for title, scores in found.items():
            for name, score in scores.items():
                self.stdout.write(f"{title:{wide}}  {_row(name, score)}")


def _versions(version: int | None, models: list[tuple[str, int]] | None, kinds: Sequence[str]) -> dict[str, int] | None:
    if version is not None:
        return dict.fromkeys(PIXEL_KINDS, version)
    if models is None:
        return None
    if len(dict(models)) < len(models):
        raise CommandError("Each kind can be named only once.")
    for kind in dict(models).keys() - kinds:
        raise CommandError(f"The {kind} reads strokes: name a file of them with --strokes.")
    return dict(models)


def _evaluate(
    classifiers: Classifiers,
    *,
    strokes: Path | None,
    pens: list[float],
    images: Path | None,
    idx: list[Path] | None,
    robustness: bool,
    first: int | None,
    **options: Any,
) -> dict[str, Scores]:
    """Scores by the title of the test set."""
    if strokes:
        return service.evaluate_strokes(classifiers, path=strokes, pens=pens)
    if robustness:
        return service.evaluate_robustness(classifiers, first=first)
    if images:
        return {"images": service.evaluate_folder(classifiers, path=images)}
    if idx:
        return {"IDX": service.evaluate_idx(classifiers, images=idx[0], labels=idx[1])}
    return {"MNIST test": service.evaluate(classifiers)}


def _row(name: str, score: Mapping[str, Any]) -> str:
    low, high = score["interval95"]
    label = f"{name} v{score['version']}" if "version" in score else name
    condition = f"  {score['condition']}" if "condition" in score else ""
    return (
        f"{label:9} {score['accuracy']:9.2%} {low:7.2%} – {high:6.2%} {score['misses']:7} {score['n']:6}"
        f" {score['log_loss']:9.4f} {score['ece']:7.4f}{condition}"
    )


def _photographs_row(condition: str, counts: Mapping[str, int]) -> str:
    shares = (f" {counts[share.replace(' ', '_')] / counts['n']:{wide}.1%}" for share, wide in SHARES.items())
    return f"{condition:36} {counts['n']:5}" + "".join(shares)
