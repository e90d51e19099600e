"""Training runs in words: who, how long, how far, and whether anybody works on them."""

from typing import Final

from django.utils import timezone

from predictor.models import TrainingRun
from predictor.services.learning import workers

PATIENCE: Final = 10  # seconds that a worker may take to take a queued run
NO_WORKER: Final = "No worker is running: `make worker` starts one, on a machine where `make setup-train` was run."
State = TrainingRun.State


def who(run: TrainingRun) -> str:
    return str(run.by) if run.by else run.get_origin_display()


def lasted(run: TrainingRun) -> str:
    """How long it took, or takes so far; empty before it has started."""
    if run.started_at is None:
        return ""
    return duration(((run.finished_at or timezone.now()) - run.started_at).total_seconds())


def duration(seconds: float) -> str:
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def standing(run: TrainingRun) -> str:
    """How a run stands or how it ended, in one sentence."""
    match run.state:
        case State.QUEUED:
            return _waiting(run)
        case State.RUNNING if run.cancel_at:
            return "Asked to stop."
        case State.RUNNING:
            return _under_way(run)
    return run.sentence


def _waiting(run: TrainingRun) -> str:
    if not workers.any_lives():
        return NO_WORKER
    waited = (timezone.now() - run.created_at).total_seconds()
    if waited > PATIENCE:
        return f"The worker has not taken this run for {duration(waited)}: it may still be ending another one."
    return "Waiting for the worker."


def _under_way(run: TrainingRun) -> str:
    stage = run.progress.get("stage", "starting")
    left = run.progress.get("seconds_left")
    words = f"{stage[:1].upper()}{stage[1:]}"
    unfinished = [name for name, task in run.progress.get("tasks", {}).items() if task["done"] < task["total"]]
    if len(unfinished) == 1:
        words += f" ({unfinished[0]})"  # whose time it is
    return f"{words}: about {duration(left)} left." if left else f"{words} …"
