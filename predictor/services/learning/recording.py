"""A run writes itself down: a thread with a database connection of its own beats for it and tells how far it is.

The training never waits for the database. A beat that is missed is logged, and the next one is tried; whoever finds
no beat for `runs.SILENCE` declares the run lost. The thread also finds out that the run was cancelled, or declared
lost, or that the worker that supervises it is gone; then it ends the process as SIGTERM does.
"""

import logging
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.db import Error, connection
from django.db.models.functions import Now

from mnistsite.database.outages import is_outage
from predictor.models import TrainingRun
from predictor.services.learning import runs
from predictor.services.learning.progress import Tracker

POLL: Final = 1.0  # seconds between looks at the row, and at least between two writes
BEAT: Final = 5.0  # seconds between signs of life
ATTEMPTS: Final = 10  # to write how it ended, a second apart
State = TrainingRun.State
log = logging.getLogger(__name__)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


class Recording:
    """The watch over one running run; see `recording`."""

    def __init__(
        self, run: TrainingRun, *, supervisor: int | None = None, interrupt: Callable[[], None] = terminate
    ) -> None:
        self.run, self.tracker = run, Tracker()
        self._supervisor, self._interrupt = supervisor, interrupt
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
        self._written, self._beat_at = -1, 0.0
        self._missed = False
        self.stage, self.judged = self.tracker.stage, self.tracker.judged

    def freeze(self, dataset: Mapping[str, Any]) -> None:
        self._update(dataset=dict(dataset))

    def describe(self, environment: Mapping[str, Any]) -> None:
        self._update(environment=dict(environment))

    def confirm(self) -> None:
        """Raise RunEnded unless the run is still running, or what the database raises if it is away."""
        _reconnect()
        if not self._update(beat_at=Now()):
            self.run.refresh_from_db()
            raise runs.RunEnded(self.run)

    def end(self, state: TrainingRun.State, sentence: str, **fields: Any) -> None:
        """Write how it ended; if the database is away, try again for some seconds."""
        self.close()
        fields |= {"progress": self.tracker.progress(), "log": self.tracker.log()}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _reconnect()
                runs.end(self.run, state, sentence, **fields)
                return
            except Error as error:
                if not is_outage(error) or attempt == ATTEMPTS:
                    log.error("The end of run %s could not be written (%s): %s", self.run.pk, sentence, error)
                    return
                time.sleep(POLL)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _update(self, **fields: Any) -> int:
        return TrainingRun.objects.filter(pk=self.run.pk, state=State.RUNNING).update(**fields)

    def _watch(self) -> None:
        try:
            while not self._over.wait(POLL):
                if self._must_end():
                    self._interrupt()
                    return
        finally:
            connection.close()

    def _must_end(self) -> bool:
        try:
            if self._supervisor is not None and os.getppid() != self._supervisor:
                runs.end(self.run, State.LOST, "The worker that supervised it is gone.", **self._news())
                return True
            if self._is_unwanted():
                return True
            self._beat()
        except Error as error:
            self._miss(error)
            return self._supervisor is not None and os.getppid() != self._supervisor
        self._missed = False
        return False

    def _is_unwanted(self) -> bool:
        row = TrainingRun.objects.select_related("cancelled_by").only("state", "cancel_at", "cancelled_by__username")
        found = row.filter(pk=self.run.pk).first()
        if found is None:
            raise Error(f"Run {self.run.pk} has no row.")
        if found.state == State.RUNNING and found.cancel_at:
            runs.end(self.run, State.CANCELLED, runs.cancelled(found), **self._news())
            return True
        return bool(found.state != State.RUNNING)

    def _beat(self) -> None:
        """Write what is new, or a sign of life if it is time for one."""
        changes, now = self.tracker.changes, time.monotonic()
        news = self._news() if changes != self._written else {}
        if news or now - self._beat_at >= BEAT:
            self._update(beat_at=Now(), **news)
            self._written, self._beat_at = changes, now

    def _news(self) -> dict[str, Any]:
        return {"progress": self.tracker.progress(), "log": self.tracker.log()}

    def _miss(self, error: Exception) -> None:
        if not self._missed:
            log.warning("Run %s could not give a sign of life: %s", self.run.pk, error)
        self._missed = True
        connection.close()


@contextmanager
def recording(run: TrainingRun, *, supervisor: int | None = None) -> Iterator[Recording]:
    """Watch over a running run while the body trains; the body calls `end` itself, unless it raises.

    An exception makes the run failed, with its message as the sentence. KeyboardInterrupt, which a signal raises,
    makes it cancelled. `supervisor` is the process that must be this one's parent as long as the run goes on.
    """
    watch = Recording(run, supervisor=supervisor)
    watch.open()
    try:
        yield watch
    except KeyboardInterrupt as stopped:
        watch.end(State.CANCELLED, _why(run, supervisor, stopped))
        raise
    except Exception as error:
        watch.tracker.say("".join(traceback.format_exception(error)))
        watch.end(State.FAILED, str(error) or type(error).__name__)
        raise
    finally:
        watch.close()


def _reconnect() -> None:
    """The database may have gone and come back since it was last asked."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _why(run: TrainingRun, supervisor: int | None, stopped: KeyboardInterrupt) -> str:
    with suppress(Error):  # the database is away: whoever cancelled it is not known
        asked = TrainingRun.objects.select_related("cancelled_by").filter(pk=run.pk, cancel_at__isnull=False).first()
        if asked:
            return runs.cancelled(asked)
    return "Its worker was asked to stop." if supervisor is not None else str(stopped) or "Interrupted."
