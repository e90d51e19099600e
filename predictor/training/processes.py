"""Child processes that compute: spawned, one job at a time, and ended with their parent.

They are spawned, not forked: TensorFlow, if it is loaded, does not survive a fork. A child never outlives its parent,
whatever it computes and however its parent ended. A terminal's Ctrl-C reaches only the parent, which ends its children.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any, Final, TypeAlias

from predictor.training.errors import TrainingError

Send: TypeAlias = Callable[[Any], None]
Job: TypeAlias = Callable[..., None]  # called with a `Send` for its messages to the parent, then with its arguments

PR_SET_PDEATHSIG: Final = 1  # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html


class Child:
    """A process that does jobs; `pipe` becomes readable when it has sent a message, or died."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _without_interrupts():
            self._process.start()
        theirs.close()

    def begin(self, job: Job, *arguments: Any) -> None:
        """Let it do a job; both are pickled."""
        with suppress(OSError):  # it died: `receive` says so
            self.pipe.send((job, arguments))

    def receive(self) -> Any:
        """Wait for its next message.

        Raises:
            TrainingError: it died; if by an error, its traceback is on stderr.
        """
        try:
            return self.pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            killed = (self._process.exitcode or 0) < 0
            reason = "was killed, perhaps for lack of memory." if killed else "failed; see its traceback."
            raise TrainingError(f"The training process {reason}") from error

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self.pipe.close()


def each(job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """Do a job with each of these arguments, on all cores; yield the one message of each, in their order.

    A process that may have no children of its own, as a child here or a worker of Dask, does them itself.

    Raises:
        TrainingError: a process died.
    """
    if multiprocessing.current_process().daemon:
        yield from _in_turn(job, arguments)
        return
    waiting, done, running = list(enumerate(arguments)), dict[int, Any](), dict[Child, int]()
    idle = [Child() for _ in range(min(os.cpu_count() or 1, len(waiting)))]
    try:
        for number in range(len(waiting)):
            while number not in done:
                while idle and waiting:
                    child = idle.pop()
                    running[child], given = waiting.pop(0)
                    child.begin(job, *given)
                ready = wait([child.pipe for child in running])
                for child in [child for child in running if child.pipe in ready]:
                    done[running[child]] = child.receive()
                    del running[child]
                    idle.append(child)
            yield done.pop(number)
    finally:
        for child in [*idle, *running]:
            child.end()


def _in_turn(job: Job, arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    for given in arguments:
        messages: list[Any] = []
        job(messages.append, *given)
        yield from messages


def end_with_parent() -> None:
    """End this process, a child, as soon as its parent has died.

    Linux kills it even while it computes in C without letting other threads run; elsewhere, a thread waits.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
        if os.getppid() != parent.pid:  # it died before it was asked for
            os._exit(1)
    threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _serve(pipe: Connection) -> None:
    """What a child does."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError):  # the parent has closed its end
        while True:
            job, arguments = pipe.recv()
            job(pipe.send, *arguments)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that is started here inherits that SIGINT is blocked, and so cannot die of it before it ignores it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
