"""Training runs as rows: asked for, started, cancelled, ended. One is queued and one runs at a time.

Every change of state is one conditional UPDATE, so whoever comes second changes nothing. A run whose process dies
without a word is found by `reap`, which is called wherever somebody is about to look at runs or to start one: no
process has to run for it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from mnistsite.dates import minute
from predictor.models import TrainingRun

PERMISSION: Final = "predictor.retrain"
SILENCE: Final = 30  # seconds without a sign of life
State = TrainingRun.State
Origin = TrainingRun.Origin
ACTIVE: Final = (State.QUEUED, State.RUNNING)
SILENT: Final = (
    f"It gave no sign of life for {SILENCE} s: its process was killed, or its machine or the database was away."
)
LENGTH: Final = 500  # characters of a sentence
RECENT: Final = 1000  # runs that the overview counts


class RunInProgress(Exception):
    """A run is queued or under way, and there is only one at a time."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        super().__init__(f"Run {run.pk} is {run.state} ({asked_for(run)}): wait for its end, or cancel it.")


class RunEnded(Exception):
    """What was asked for is only possible before a run has ended, or before it has started."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        super().__init__(f"Run {run.pk} is {run.state}: {run.sentence or 'it has started already.'}")


def request(
    *, parameters: Mapping[str, Any], by: User | AnonymousUser | None, origin: TrainingRun.Origin
) -> TrainingRun:
    """Queue a run.

    Raises:
        RunInProgress: one is queued or running.
    """
    reap()
    who = by if by is not None and by.is_authenticated else None
    try:
        with transaction.atomic():
            if other := active():
                raise RunInProgress(other)
            return TrainingRun.objects.create(parameters=dict(parameters), by=who, origin=origin)
    except IntegrityError as error:  # somebody else was faster
        raise RunInProgress(active() or TrainingRun.objects.latest("pk")) from error


def start(run: TrainingRun) -> None:
    """Let a queued run begin.

    Raises:
        RunEnded: it is not queued any more.
        RunInProgress: another one is running.
    """
    reap()
    queued = TrainingRun.objects.filter(pk=run.pk, state=State.QUEUED)
    try:
        with transaction.atomic():
            started = queued.update(state=State.RUNNING, started_at=Now(), beat_at=Now())
    except IntegrityError as error:
        raise RunInProgress(TrainingRun.objects.filter(state=State.RUNNING).first() or run) from error
    run.refresh_from_db()
    if not started:
        raise RunEnded(run)


def fail(run: TrainingRun, *, sentence: str, **fields: Any) -> bool:
    """Say that a run failed, unless it has ended already."""
    return end(run, State.FAILED, sentence, **fields)


def end(run: TrainingRun, state: TrainingRun.State, sentence: str, **fields: Any) -> bool:
    """Give a run its end; False if it has one already."""
    rows = TrainingRun.objects.filter(pk=run.pk, state__in=ACTIVE)
    return bool(rows.update(state=state, sentence=short(sentence), finished_at=Now(), **fields))


def cancel(*, run: TrainingRun, by: User | AnonymousUser) -> None:
    """Cancel a queued run at once, or ask a running one to stop, which it does within seconds.

    Raises:
        RunEnded: it has ended.
    """
    rows = TrainingRun.objects.filter(pk=run.pk)
    asked = {"cancel_at": Now(), "cancelled_by": by}
    done = rows.filter(state=State.QUEUED).update(
        state=State.CANCELLED, finished_at=Now(), sentence=short(f"Cancelled by {by} before it started."), **asked
    ) or rows.filter(state=State.RUNNING, cancel_at=None).update(**asked)
    run.refresh_from_db()
    if not done and run.state not in ACTIVE:
        raise RunEnded(run)


def reap() -> int:
    """Declare lost what is running and has been silent for too long; returns how many runs that were."""
    silent = TrainingRun.objects.filter(state=State.RUNNING, beat_at__lt=Now() - dt.timedelta(seconds=SILENCE))
    return silent.update(state=State.LOST, sentence=SILENT, finished_at=Now())


def active() -> TrainingRun | None:
    """The run that is queued or running; the running one, if there are both."""
    return listed().filter(state__in=ACTIVE).order_by("-state").first()


@dataclass(frozen=True)
class Overview:
    """The last `RECENT` runs by state, and how many seconds ago the queued and the running one were asked for."""

    states: Counter[str]
    ages: dict[str, float]


def overview() -> Overview:
    """Only reads: a silent run, which `reap` would declare lost, is counted as lost."""
    rows = list(TrainingRun.objects.annotate(now=Now()).values_list("state", "created_at", "beat_at", "now")[:RECENT])
    found = Overview(Counter(dict.fromkeys(State.values, 0)), {})
    for state, created_at, beat_at, now in rows:
        silent = state == State.RUNNING and beat_at and now - beat_at > dt.timedelta(seconds=SILENCE)
        found.states[State.LOST if silent else state] += 1
        if state in ACTIVE and not silent:
            found.ages[state] = (now - created_at).total_seconds()
    return found


def listed() -> QuerySet[TrainingRun]:
    """All runs, the newest first, without what may be long: the dataset's ids, the log, the report."""
    return TrainingRun.objects.select_related("by", "cancelled_by").defer("dataset", "log", "report")


def asked_for(run: TrainingRun) -> str:
    """When a run was asked for, and by whom or what."""
    who = f"by {run.by}" if run.by else f"by {run.get_origin_display()}"
    return f"asked for {minute(run.created_at)} {who}"


def cancelled(run: TrainingRun) -> str:
    """The sentence of a running run that was cancelled."""
    return f"Cancelled by {run.cancelled_by or 'somebody'}."


def short(sentence: str) -> str:
    """What fits in the row, without what PostgreSQL cannot store."""
    text = sentence.replace("\0", "")
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1]}…"
