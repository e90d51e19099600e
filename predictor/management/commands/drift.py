"""Compare this week's drawings with earlier ones and with what the champions were trained on."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, Final

from django.core.management.base import BaseCommand

from predictor.management.arguments import number
from predictor.services.answering.champions import refresh
from predictor.services.learning.drift import names, wording
from predictor.services.learning.drift.plain import to_json
from predictor.services.learning.drift.report import WEEKS, Report, report

CHANGED: Final = 3  # the exit code; 1 and 2 are for what went wrong
LIMITS: Final = (
    "Stability index: from 0.1 on somewhat different, from 0.25 on different, unless chance alone could explain it."
)


class Command(BaseCommand):
    help = (
        "Compare this week's drawings with those of the eight weeks before and with what the champions were trained "
        "on; claims with answers; and how often the champions are right with how sure they are. While this week has "
        "too few drawings, it is about the last one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--weeks", type=number(1, 52), default=WEEKS, metavar="N", help=f"of history (default: {WEEKS})"
        )
        parser.add_argument("--json", action="store_true", help="one object, for scripts")
        parser.add_argument(
            "--fail", action="store_true", help=f"end with code {CHANGED} if something has changed, as for cron"
        )

    def handle(self, *, weeks: int, fail: bool, **options: Any) -> None:
        refresh()  # nobody else reads the promotions in this process
        found = report(weeks=weeks)
        if options["json"]:
            self.stdout.write(json.dumps(to_json(found)))
        else:
            self.stdout.writelines(f"{line}\n" for line in _lines(found))
        if fail and found.is_raised:
            sys.exit(CHANGED)


def _lines(found: Report) -> Iterator[str]:
    yield wording.heading(found)
    yield from wording.details(found)
    yield ""
    yield LIMITS
    for figure in found.figures:
        yield f"{names.title(figure.subject)}: {wording.against_earlier(figure)}"
        yield from (f"    {line}" for line in (wording.telling(figure), wording.against_training(figure)) if line)
    yield ""
    yield f"Claims against answers: {wording.claims(found.claims[-1])}"
    yield ""
    yield "Accuracy on the fair sample, with 95 % intervals:"
    yield from (f"    {wording.span(each)}: {wording.accuracy(each)}" for each in found.accuracy)
