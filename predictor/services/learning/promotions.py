"""The log of promotions: who made which version champion, when and why. Its last row of each kind says who answers."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error, transaction
from django.db.models import QuerySet

from mnistsite.database.outages import report
from predictor.ml import champions
from predictor.ml.errors import ArtifactError
from predictor.models import ModelVersion, Promotion, TrainingRun
from predictor.services.answering.champions import KINDS, champion_versions, promoted, refresh, sync_model_versions
from predictor.services.learning import versions

UNDELETABLE = 3  # of a kind's last champions, so that a promotion can be taken back


def promote(
    kind: str, version: int | str, *, by: User | None = None, reason: str = "", run: TrainingRun | None = None
) -> Promotion:
    """Make a published version, given as 2, "2" or "v2", the champion of its kind. Every server follows in seconds.

    A rollback is a promotion of an earlier version.

    Raises:
        ArtifactError: see `versions.load`; the champion stays.
        OSError, Error: it could not be written; the champion stays.
    """
    return promote_all({kind: versions.load(kind, version).version}, by=by, reason=reason, run=run)[0]


@transaction.atomic
def _record(chosen: Mapping[str, int], by: User | None, reason: str, run: TrainingRun | None) -> list[Promotion]:
    """The rows and the files say the same, or nothing changes. One promotion of a kind waits for another."""
    list(ModelVersion.objects.select_for_update().filter(kind__in=chosen).values_list("pk"))
    earlier = _answering()
    rows = [
        Promotion.objects.create(kind=kind, earlier=earlier.get(kind), version=version, by=by, run=run, reason=reason)
        for kind, version in chosen.items()
    ]
    champions.promote(settings.MODELS_DIR, chosen)
    return rows


def promote_all(
    chosen: Mapping[str, int], *, by: User | None = None, reason: str = "", run: TrainingRun | None = None
) -> list[Promotion]:
    """Make published versions the champions of their kinds, all at once; otherwise as `promote`."""
    sync_model_versions()
    rows = _record(chosen, by, reason, run)
    try:
        refresh()
    except Error as error:  # it is promoted all the same
        report(error)
    return rows


def synchronise() -> None:
    """Let `champions.json` say what the table says, which another machine's promotions may have changed.

    Raises:
        ArtifactError: a promoted version was not published here, or does not work.
        OSError, Error: it could not be read or written.
    """
    refresh()
    chosen = promoted()
    with suppress(ArtifactError):  # then they are written anew
        if champions.answering(settings.MODELS_DIR).items() >= chosen.items():
            return
    champions.promote(settings.MODELS_DIR, chosen)


def history(kind: str | None = None) -> QuerySet[Promotion]:
    """All promotions, or those of a kind, the last first."""
    rows = Promotion.objects.select_related("by", "run").order_by("-id")
    return rows if kind is None else rows.filter(kind=kind)


def champions_at(moment: dt.datetime) -> dict[str, int]:
    """Which version of each kind was the champion at a moment, as far as the log reaches back.

    Before a kind's first promotion that is the version which this promotion replaced, if it is known; and without any
    promotion, the one that `champions.json` names.
    """
    found, current = {}, _answering()
    for kind in KINDS:
        rows = Promotion.objects.filter(kind=kind)
        last = rows.filter(at__lte=moment).order_by("-id").first()
        first = rows.order_by("id").first()
        version = last.version if last else first.earlier if first else current.get(kind)
        if version is not None:
            found[kind] = version
    return found


def undeletable() -> dict[str, set[int]]:
    """The versions of each kind that must stay: the champion, and the last ones before it."""
    current = _answering()
    return {kind: _last(kind) | ({current[kind]} if kind in current else set()) for kind in KINDS}


def _last(kind: str) -> set[int]:
    """The last champions of a kind."""
    found: list[int] = []
    for version, earlier in Promotion.objects.filter(kind=kind).order_by("-id").values_list("version", "earlier"):
        found += [each for each in (version, earlier) if each is not None and each not in found]
        if len(found) >= UNDELETABLE:
            break
    return set(found[:UNDELETABLE])


def _answering() -> dict[str, int]:
    try:
        return champion_versions()
    except ArtifactError:  # a promotion repairs it
        return champions.last_good(settings.MODELS_DIR)
