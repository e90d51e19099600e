"""Which workers live: each has a row that it touches every few seconds, and that it deletes when it ends."""

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.db import Error, connection
from django.db.models.functions import Now

from predictor.models import Worker

BEAT: Final = 5.0  # seconds between signs of life
SILENCE: Final = 20  # seconds without one after which a worker counts as dead
JOIN: Final = 2.0  # seconds that an ending worker waits for its row to be deleted
log = logging.getLogger(__name__)


def any_lives() -> bool:
    """Whether a worker runs; one that was killed seems to for `SILENCE` seconds."""
    return Worker.objects.filter(beat_at__gte=Now() - dt.timedelta(seconds=SILENCE)).exists()


@contextmanager
def living(name: str) -> Iterator[None]:
    """Say that a worker of this name lives, until the body ends; the body never waits for the database."""
    over = threading.Event()
    thread = threading.Thread(target=_live, args=(name, over), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(JOIN)


def beat(name: str) -> None:
    """Give a sign of life, and forget the workers that were killed."""
    Worker.objects.filter(beat_at__lt=Now() - dt.timedelta(seconds=SILENCE)).exclude(name=name).delete()
    if not Worker.objects.filter(name=name).update(beat_at=Now()):
        Worker.objects.create(name=name, beat_at=Now())


def _live(name: str, over: threading.Event) -> None:
    missed = False
    while not over.is_set():
        try:
            beat(name)
            missed = False
        except Error as error:
            if not missed:
                log.warning("Worker %s could not give a sign of life: %s", name, error)
            missed = True
            connection.close()
        over.wait(BEAT)
    with suppress(Error):  # it will be forgotten soon enough
        Worker.objects.filter(name=name).delete()
    connection.close()
