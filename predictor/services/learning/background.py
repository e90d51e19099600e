"""Training in the background: a queued run is a task that `manage.py worker` takes and supervises.

The training itself is a child process, in a session of its own. The supervisor only waits for it, passes on that it
should stop, and writes down how it ended. So a worker never imports TensorFlow; SIGTERM, to a worker, cancels its run
within seconds; and a trainer that is killed is noticed at once. If the worker itself is killed, the trainer finds its
parent gone and ends: see `recording`.
"""

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import Error, connection, transaction
from django.utils import timezone
from django_tasks import task

from mnistsite.database.outages import is_outage, report
from predictor.models import TrainingRun
from predictor.services.learning import runs
from predictor.services.learning.progress import LINES
from predictor.services.learning.runs import State

POLL: Final = 0.5  # seconds
GRACE: Final = 20.0  # seconds from SIGTERM to SIGKILL
DRAIN: Final = 5.0  # seconds that what a dead trainer has said may take to arrive
ATTEMPTS: Final = 60  # to write how a run ended
STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
log = logging.getLogger(__name__)


def retrain_in_background(
    *, parameters: Mapping[str, Any], by: User | AnonymousUser, origin: TrainingRun.Origin
) -> TrainingRun:
    """Queue a run for the next worker that is free.

    Raises:
        RunInProgress: one is queued or running.
    """
    with transaction.atomic():  # the run and its task, or neither
        run = runs.request(parameters=parameters, by=by, origin=origin)
        supervise.enqueue(run.pk)
    return run


def requeue() -> None:
    """Queue the task of a queued run again: a worker that was killed may have taken it along. Twice does no harm."""
    if run := TrainingRun.objects.filter(state=State.QUEUED).first():
        supervise.enqueue(run.pk)


@task
def supervise(pk: int) -> str:
    """Train a queued run in a child process, and see to its end; returns how it ended."""
    run = runs.listed().filter(pk=pk).first()
    if run is None or run.state != State.QUEUED:
        return "There was nothing to do."
    try:
        runs.start(run)
    except runs.RunEnded as ended:  # somebody was faster
        return str(ended)
    except runs.RunInProgress as other:
        runs.fail(run, sentence=str(other))
        return str(other)
    with _told_to_stop() as stop:
        Supervisor(run, stop).run()
    run.refresh_from_db()
    return f"{run.state}: {run.sentence}"


def trainer(run: TrainingRun) -> list[str]:
    """The command that trains a run."""
    manage = str(settings.BASE_DIR / "manage.py")
    return [sys.executable, manage, "retrain", "--run", str(run.pk), "--supervisor", str(os.getpid())]


class Supervisor:
    """Of one run and its child process; `stop` is set when the worker is asked to end."""

    def __init__(self, run: TrainingRun, stop: threading.Event) -> None:
        self._run, self._stop = run, stop
        self._lines: deque[str] = deque(maxlen=LINES)

    def run(self) -> None:
        try:
            child = subprocess.Popen(  # noqa: S603  our own command
                trainer(self._run),
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
                errors="replace",
            )
        except OSError as error:
            runs.fail(self._run, sentence=f"The trainer could not be started: {error}")
            return
        reader = threading.Thread(target=self._listen, args=(child,), daemon=True)
        reader.start()
        try:
            self._wait(child)
        finally:
            _kill(child)
        reader.join(DRAIN)
        self._write_down(child.returncode)

    def _wait(self, child: subprocess.Popen[str]) -> None:
        while child.poll() is None:
            if self._stop.wait(POLL) or self._is_unwanted():
                child.terminate()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(GRACE)
                return

    def _is_unwanted(self) -> bool:
        """Whether to stop the trainer; not known while the database is away."""
        try:
            run = runs.listed().filter(pk=self._run.pk).first()
        except Error as error:
            _tolerate(error)
            return False
        if run is None or run.state in (State.CANCELLED, State.LOST):
            return True
        if run.finished_at:  # the process is about to end
            return timezone.now() - run.finished_at > dt.timedelta(seconds=GRACE)
        return run.cancel_at is not None

    def _listen(self, child: subprocess.Popen[str]) -> None:
        """Keep what the trainer says, and say it on: it must never wait for a reader."""
        for line in child.stdout or ():
            self._lines.append(line.rstrip("\n").replace("\0", ""))
            with suppress(OSError):  # nobody listens to this process
                print(line, end="", flush=True)  # noqa: T201

    def _write_down(self, code: int) -> None:
        for attempt in range(ATTEMPTS):
            try:
                self._end(code)
                return
            except Error as error:
                _tolerate(error)
            if self._stop.is_set() and attempt > 2:
                break
            time.sleep(1)
        log.error("How run %s ended could not be written down: exit code %s.", self._run.pk, code)

    def _end(self, code: int) -> None:
        """Give the run its end, if it has not written that itself, and note how its process ended."""
        run = TrainingRun.objects.select_related("cancelled_by").get(pk=self._run.pk)
        if run.state == State.RUNNING:
            state, sentence = self._outcome(run, code)
            runs.end(run, state, sentence, log="\n".join(self._lines) or run.log)
        ended = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": -code}
        TrainingRun.objects.filter(pk=run.pk).update(report=run.report | {"exit": ended})

    def _outcome(self, run: TrainingRun, code: int) -> tuple[TrainingRun.State, str]:
        if run.cancel_at:
            return State.CANCELLED, runs.cancelled(run)
        if self._stop.is_set():
            return State.CANCELLED, "Its worker was asked to stop."
        if code < 0:
            return State.FAILED, killed(-code)
        last = next((line for line in reversed(self._lines) if line.strip()), "it said nothing.")
        return State.FAILED, f"The trainer ended with code {code}: {last}"


def killed(number: int) -> str:
    """What a process died of, in words."""
    name = signal.Signals(number).name if number in set(signal.Signals) else "unknown"
    why = ": did the memory suffice?" if number == signal.SIGKILL else "."
    return f"The trainer was killed by signal {number} ({name}){why}"


def _kill(child: subprocess.Popen[str]) -> None:
    """End a child and its own children, if they have not ended."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _tolerate(error: Error) -> None:
    """A database that is away will be back."""
    if not is_outage(error):
        raise error
    report(error)
    connection.close()


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that is set when this process is asked to end; whoever handled the signals before hears of it, too."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only that one gets signals
        yield stop
        return
    former = {number: signal.getsignal(number) for number in STOPS}

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()
        if callable(earlier := former[signal.Signals(number)]):
            earlier(number, frame)

    for number in STOPS:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, earlier in former.items():
            signal.signal(number, earlier)
