"""What a run would learn from and how long it may take, before it starts."""

from dataclasses import dataclass

from predictor.models import TrainingRun
from predictor.services.answering.champions import PIXEL_KINDS
from predictor.services.collecting.counts import counts
from predictor.services.learning.runs import State
from predictor.services.reviewing.progress import Progress, progress

CONSIDERED = 50  # runs


@dataclass(frozen=True)
class Prospect:
    """The labelled drawings, and how the reviewers' progress judges them; both may be a minute old."""

    labelled: int
    progress: Progress


def prospect() -> Prospect:
    return Prospect(sum(counts().labels.values()), progress())


def seconds() -> dict[tuple[bool, str], float]:
    """How long the last run took that succeeded, of all kinds or of all that read pixels.

    By whether it was quick, and by its base, "" being the champions'.
    """
    rows = TrainingRun.objects.filter(state=State.SUCCEEDED).order_by("-pk")
    found: dict[tuple[bool, str], float] = {}
    for parameters, start, end in rows.values_list("parameters", "started_at", "finished_at")[:CONSIDERED]:
        if {*PIXEL_KINDS} <= {*parameters.get("kinds", [])} and start and end and not parameters.get("epochs"):
            key = bool(parameters.get("quick")), parameters.get("base") or ""
            found.setdefault(key, (end - start).total_seconds())
    return found
