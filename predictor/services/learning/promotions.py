"""The log of promotions: who made which version champion, when and why. Its last row of each kind says who answers."""

import datetime as dt
from collections.abc import Mapping
from typing import TypeAlias

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error, transaction
from django.db.models import QuerySet

from mnistsite.database.outages import report
from predictor.ml import champions
from predictor.ml.errors import ArtifactError, MlError
from predictor.models import ModelVersion, Promotion, TrainingRun
from predictor.services.answering.champions import KINDS, promoted, refresh, sync_model_versions, write_down
from predictor.services.store import versions
from predictor.services.store.rows import in_store

Champion: TypeAlias = Mapping[str, int] | None  # by kind
UNDELETABLE = 3  # of a kind's last champions, so that a promotion can be taken back


class ChampionChanged(MlError):
    """Another version has become the champion since it was decided to replace the one before."""

    code = "champion_changed"

    def __init__(self, chosen: Mapping[str, int], against: Mapping[str, int], now: Mapping[str, int]) -> None:
        if chosen.items() <= now.items():
            super().__init__(f"{_names(chosen)} {'is' if len(chosen) == 1 else 'are'} the champion already.")
            return
        changes = [
            f"{kind} v{now[kind]} has become the champion meanwhile{_in_place_of(against.get(kind))}"
            if kind in now
            else f"{kind} v{against[kind]} is no longer the champion"
            for kind in chosen
            if now.get(kind) != against.get(kind)
        ]
        told = "; ".join(changes)
        super().__init__(f"{told}. Not promoted: {_names(chosen)}. Compare them, and promote again if need be.")


def _names(chosen: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} v{version}" for kind, version in chosen.items())


def _in_place_of(version: int | None) -> str:
    return "" if version is None else f", in place of v{version}"


def promote(
    kind: str,
    version: int | str,
    *,
    against: Champion = None,
    by: User | None = None,
    reason: str = "",
    run: TrainingRun | None = None,
) -> Promotion:
    """Make a published version, given as 2, "2" or "v2", the champion of its kind. Every server follows in seconds.

    A rollback is a promotion of an earlier version. One that is the champion already gets no further row, but a damaged
    `champions.json` is written anew. What is only in the store is fetched first. `against` is for
    `promote_all`.

    Raises:
        ArtifactError: see `versions.load`; the champion stays.
        ChampionChanged: see `promote_all`.
        StoreUnavailable: the version is only in the store, which does not answer; the champion stays.
        OSError, Error: it could not be written; the champion stays.
    """
    against = current() if against is None else against
    found = versions.load(kind, version)
    return promote_all({kind: found.version}, against=against, by=by, reason=reason, run=run)[0]


def promote_all(
    chosen: Mapping[str, int],
    *,
    against: Champion = None,
    by: User | None = None,
    reason: str = "",
    run: TrainingRun | None = None,
) -> list[Promotion]:
    """Make published versions the champions of their kinds, all at once; otherwise as `promote`.

    `against` names the champions, by kind, that this was decided against; by default, those of now. Of two promotions
    that were decided against the same champion, the first one counts.

    Raises:
        ChampionChanged: another version has been promoted since; the champions stay.
    """
    against = current() if against is None else against
    sync_model_versions()
    versions.require_rows(chosen)
    rows = _record(chosen, against, by, reason, run)
    try:
        refresh()
    except Error as error:  # it is promoted all the same
        report(error)
    return rows


@transaction.atomic
def _record(
    chosen: Mapping[str, int], against: Mapping[str, int], by: User | None, reason: str, run: TrainingRun | None
) -> list[Promotion]:
    """The rows and the files say the same, or nothing changes. One promotion of a kind waits for another."""
    locked = ModelVersion.objects.select_for_update().filter(kind__in=chosen).order_by("pk")
    present = set(locked.values_list("kind", "version"))
    for kind, version in chosen.items():
        if (kind, version) not in present:
            raise ArtifactError(f"{kind} v{version} has been deleted meanwhile.")
    earlier = current()
    if any(earlier.get(kind) != against.get(kind) for kind in chosen):
        raise ChampionChanged(chosen, against, earlier)
    rows = []
    for kind, version in chosen.items():
        last = history(kind).first()
        if last is None or last.version != version:  # else it is the champion already, and only the files are mended
            given = {"earlier": earlier.get(kind), "version": version, "by": by, "run": run, "reason": reason}
            last = Promotion.objects.create(kind=kind, **given)
        rows.append(last)
    champions.promote(settings.MODELS_DIR, chosen)
    return rows


def current() -> dict[str, int]:
    """The version of each kind that is the champion now, by the table, or before its first promotion by the files."""
    return _by_the_files() | promoted()


def synchronise() -> dict[str, int]:
    """Let `champions.json` say what the table says, which another machine's promotions may have changed; return it.

    What is only in the store is fetched first, with the weights from which networks go on.

    Raises:
        ArtifactError: a promoted version was not published here, or does not work.
        StoreUnavailable: it is only in the store, which does not answer.
        OSError, Error: it could not be read or written.
    """
    chosen = promoted()
    versions.fetch(in_store(chosen), weights=True)
    refresh()
    write_down(settings.MODELS_DIR, chosen)
    return current()


def history(kind: str | None = None) -> QuerySet[Promotion]:
    """All promotions, or those of a kind, the last first."""
    rows = Promotion.objects.select_related("by", "run").order_by("-id")
    return rows if kind is None else rows.filter(kind=kind)


def champions_at(moment: dt.datetime) -> dict[str, int]:
    """Which version of each kind was the champion at a moment, as far as the log reaches back.

    Before a kind's first promotion that is the version which this promotion replaced, if it is known; and without any
    promotion, the one that `champions.json` names.
    """
    found, present = {}, current()
    for kind in KINDS:
        rows = Promotion.objects.filter(kind=kind)
        last = rows.filter(at__lte=moment).order_by("-id").first()
        first = rows.order_by("id").first()
        version = last.version if last else first.earlier if first else present.get(kind)
        if version is not None:
            found[kind] = version
    return found


def undeletable() -> dict[str, set[int]]:
    """The versions of each kind that must stay: the champion, and the last ones before it."""
    present = current()
    return {kind: _last(kind) | ({present[kind]} if kind in present else set()) for kind in KINDS}


def _last(kind: str) -> set[int]:
    """The last champions of a kind."""
    found: list[int] = []
    for version, earlier in Promotion.objects.filter(kind=kind).order_by("-id").values_list("version", "earlier"):
        found += [each for each in (version, earlier) if each is not None and each not in found]
        if len(found) >= UNDELETABLE:
            break
    return set(found[:UNDELETABLE])


def _by_the_files() -> dict[str, int]:
    try:
        return champions.read_champions(settings.MODELS_DIR)
    except ArtifactError:  # a promotion repairs it
        return champions.last_good(settings.MODELS_DIR)
