"""Whether another drawing can be stored: the database, the space that is left, and what the client stored today."""

import datetime as dt
import shutil
import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.cache import caches
from django.db import Error, connection
from django.utils import timezone

from mnistsite.counters import count
from mnistsite.database.outages import is_outage, report
from predictor.models import Probe, Submission
from predictor.services.answering.answers import NotKept

MEGABYTE: Final = 1_000_000  # bytes
DAY: Final = 24 * 3600  # seconds
FRESH: Final = 1.0  # seconds that the outcome of a trial counts

UNAVAILABLE: Final = NotKept(
    "storage_unavailable", "The database is unavailable, so the drawing was answered but not kept."
)
FULL: Final = NotKept("storage_full", "The disk is nearly full, so the drawing was answered but not kept.")
EXHAUSTED: Final = NotKept(
    "quota_exceeded", "Too much was stored from your address today, so the drawing was answered but not kept."
)


def refusal(client: str) -> NotKept | None:
    """Why a client's drawings should not be stored, before the database is asked; None if nothing speaks against it."""
    if settings.CLIENT_QUOTA_MB and _used(client) >= settings.CLIENT_QUOTA_MB * MEGABYTE:
        return EXHAUSTED
    return FULL if is_disk_full() else None


def charge(client: str, size: int) -> None:
    """Count `size` bytes against what the client may store today."""
    if client:
        count(_key(client), size, DAY)


def is_disk_full() -> bool:
    """Whether less is free than the reserve, on the disk of an SQLite database; other disks cannot be seen."""
    directory = _directory(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None
    return directory is not None and shutil.disk_usage(directory).free < settings.DISK_RESERVE_MB * MEGABYTE


@lru_cache(maxsize=1)
def _directory(name: str) -> str | None:
    """Where an SQLite database is; None if it is in memory."""
    path = Path(name)
    return str(path.parent) if path.is_absolute() else None


def state() -> str:
    """Whether a drawing could be stored now: "ok", "full" or "unavailable". Tries it, at most once a second."""
    return _trial.outcome()


class _Trial:
    """Reads a drawing and writes one row: a database that is read-only or full still answers queries."""

    def __init__(self) -> None:
        self._known: tuple[float, str] | None = None

    def outcome(self) -> str:
        known = self._known
        if known is None or time.monotonic() - known[0] >= FRESH:
            self._known = known = time.monotonic(), self._try()
        return known[1]

    def forget(self) -> None:
        self._known = None

    def _try(self) -> str:
        if is_disk_full():
            return "full"
        try:
            Submission.objects.values_list("pk").first()
            Probe.objects.bulk_create(
                [Probe(pk=1, written_at=timezone.now())],
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["written_at"],
            )
        except Error as error:
            if not is_outage(error):
                raise
            report(error)
            return "unavailable"
        return "ok"


_trial = _Trial()


def _used(client: str) -> int:
    return int(caches["process"].get(_key(client), 0)) if client else 0


def _key(client: str) -> str:
    return f"stored:{client}:{dt.datetime.now(dt.UTC).date()}"
