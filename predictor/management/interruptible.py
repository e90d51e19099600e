"""The base of commands that take long: SIGINT (Ctrl-C) and SIGTERM end them with one sentence and 130 or 143.

What they write is whole or not there, and locks are the kernel's, so they may end anywhere.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
GRACE: Final = 2.0  # seconds to tidy up; a computation in C may take longer to notice the signal
SHOW_CURSOR: Final = b"\x1b[?25h"  # progress bars hide it


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end; libraries know how to leave off at a KeyboardInterrupt."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        self.sentence = f"Stopped by {signal.Signals(number).name}."
        super().__init__(self.sentence)


class InterruptibleCommand(BaseCommand):
    """A command that signals may end at any time."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            with _stoppable():
                return super().execute(*args, **options)
        except Stopped as stopped:
            raise CommandError(stopped.sentence, returncode=stopped.code) from None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Raise Stopped at the first of SIGNALS, and end the process after GRACE if that has not ended it."""
    if threading.current_thread() is not threading.main_thread():  # only that one gets signals
        yield
        return
    ended = threading.Event()
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    threading.Thread(target=_end_in_time, args=(readable, ended), daemon=True).start()
    former = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    stop = _stop_once()
    handlers = {number: signal.signal(number, stop) for number in SIGNALS}
    stopped = False
    try:
        yield
    except Stopped:
        stopped = True
        raise
    finally:
        for number, handler in handlers.items():  # a process that is about to end ignores further signals
            signal.signal(number, signal.SIG_IGN if stopped else handler)
        signal.set_wakeup_fd(former)
        ended.set()
        os.close(writable)


def _stop_once() -> Callable[[int, FrameType | None], None]:
    """A handler for all of SIGNALS that ignores what comes after the first: `timeout` sends two."""
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            raise Stopped(number)

    return stop


def _end_in_time(readable: int, ended: threading.Event) -> None:
    """Wait for a signal, which arrives here even while the main thread computes in C."""
    with open(readable, "rb", buffering=0) as pipe:
        number = next((byte for byte in iter(lambda: pipe.read(1), b"") if byte[0] in SIGNALS), None)
        if number and not ended.wait(GRACE):
            stopped = Stopped(number[0])
            if sys.stdout.isatty():
                os.write(1, SHOW_CURSOR)
            os.write(2, f"CommandError: {stopped.sentence}\n".encode())
            os._exit(stopped.code)
