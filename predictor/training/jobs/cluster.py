"""Jobs on a Dask cluster (https://distributed.dask.org): the driver's side.

The data that jobs share is sent once and copied to every worker; whatever else a job needs, such as augmented copies,
it makes itself. If a worker dies, Dask does its jobs again elsewhere, and sends the data again. Every key is new:
one that was just cancelled would be cancelled again.

joblib's backend for Dask is not used: when a job fails for good, its unordered generator leaves the job out without an
error, and its ordered one drops the others.
"""

import asyncio
import hashlib
import logging
import pickle
import queue
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from predictor.training.errors import TrainingError
from predictor.training.jobs.fingerprint import Fingerprint, fingerprint
from predictor.training.jobs.job import Job, Work
from predictor.training.jobs.worker import described, faults, perform, restore
from predictor.training.progress import Progress

if TYPE_CHECKING:
    from distributed import Client, Future

log = logging.getLogger(__name__)
ANSWER: Final = 5  # seconds that a scheduler, and then its workers, have to answer
PAUSE: Final = 0.5  # seconds until they are asked again
LOOK: Final = 10.0  # seconds without news, after which it is asked whether there is a worker
WAITING: Final = "waiting for a worker"
LOGGERS: Final = ("distributed", "distributed.client")
QUIET: Final = logging.CRITICAL  # for what Dask logs of lost connections, which is said in our own words
CONFIG: Final = {"distributed.admin.large-graph-warning-threshold": "100 GB"}  # the data is large on purpose


class ClusterError(TrainingError):
    """The cluster does not answer, or its workers would not compute what this machine would."""


class Cluster:
    """Where jobs are done by workers, each one at a time, that were compared with this process."""

    remote = True

    def __init__(self, client: "Client", address: str, workers: int) -> None:
        self._client, self._address, self.at_once = client, address, workers

    @contextmanager
    def work(self, data: Any, progress: Progress) -> Iterator[Work]:
        work = _Work(self._client, self._address, data, progress)
        try:
            yield work
        finally:
            work.end()


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster whose scheduler answers at an address, such as tcp://10.0.0.7:8786.

    Raises:
        ClusterError: the scheduler does not answer; there is no worker; or one of them differs from this process, or
            does several jobs at a time.
        ModuleNotFoundError: Dask is not installed.
    """
    import dask
    from distributed import Client

    with _quiet(), dask.config.set(CONFIG):
        try:
            asyncio.run(asyncio.wait_for(_ask(address), ANSWER))  # a client would wait for ever for a silent one
            client = Client(address, timeout=ANSWER, set_as_default=False)
        except (OSError, TypeError, ValueError) as error:  # a TypeError: TLS without certificates
            raise ClusterError(f"No Dask scheduler answers at {address} ({_reason(error)}).") from error
        with client:
            yield Cluster(client, address, _compare(client, address))


@contextmanager
def _quiet() -> Iterator[None]:
    levels = [(each, each.level) for each in map(logging.getLogger, LOGGERS)]
    for each, _ in levels:
        each.setLevel(QUIET)
    try:
        yield
    finally:
        for each, level in levels:
            each.setLevel(level)


async def _ask(address: str) -> None:
    """Raise an OSError unless a scheduler answers at an address."""
    from distributed import Security, rpc

    async with rpc(address, connection_args=Security().get_connection_args("client")) as server:
        found = await server.identity()
    if found["type"] != "Scheduler":
        raise ConnectionError(f"it is a {found['type']}")


def _compare(client: "Client", address: str) -> int:
    """The number of workers.

    Raises:
        ClusterError: there is none, or one differs.
    """
    try:
        client.wait_for_workers(1, timeout=ANSWER)
        found = _described(client)
    except (OSError, TimeoutError) as error:
        why = "A worker does not answer to" if client.nthreads() else "No worker is connected to"
        raise ClusterError(f"{why} the Dask scheduler at {address}.") from error
    ours, lines = fingerprint(), []
    for worker, theirs in sorted(found.items()):
        wrong = [_reason(theirs)] if isinstance(theirs, Exception) else faults(theirs[0], theirs[1], ours)
        lines += [f"{worker}: {'; '.join(wrong)}."] if wrong else []
    if lines:
        raise ClusterError("\n".join(["Some workers cannot be used; nothing was trained.", *lines]))
    return len(found)


def _described(client: "Client") -> dict[str, tuple[Fingerprint, int] | Exception]:
    """What each worker says of itself, or why it says nothing; one that has just died is not among them for long."""
    deadline = time.monotonic() + ANSWER
    while True:
        found: dict[str, tuple[Fingerprint, int] | Exception] = client.sync(
            client._run, described, on_error="return", callback_timeout=ANSWER
        )
        if not any(isinstance(each, OSError) for each in found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(PAUSE)


class _Work:
    def __init__(self, client: "Client", address: str, data: Any, progress: Progress) -> None:
        from distributed.client import ClosedClientError

        self._client, self._address, self._progress = client, address, progress
        self._gone = (CancelledError, OSError, ClosedClientError)  # what a lost scheduler makes of a call
        self._jobs: dict[Future, Job] = {}
        self._news: queue.SimpleQueue[Future | Sequence[Any]] = queue.SimpleQueue()  # from Dask's threads
        self._is_waiting = False
        self._topic = f"progress-{uuid.uuid4().hex}"
        pickled = pickle.dumps(data, protocol=pickle.HIGHEST_PROTOCOL)
        digest = hashlib.sha256(pickled).hexdigest()
        try:
            client.subscribe_topic(self._topic, lambda event: self._news.put(event[1]))
            self._data = client.submit(restore, pickled, key=f"data-{digest}-{uuid.uuid4().hex}")
            self._wait_for_data()
            client.replicate([self._data])
        except self._gone as error:
            raise self._lost() from error

    def submit(self, job: Job) -> None:
        key = f"{job.name}-{uuid.uuid4().hex}"
        try:
            future = self._client.submit(perform, self._data, job.call, fingerprint(), self._topic, key=key)
        except self._gone as error:
            raise self._lost() from error
        self._jobs[future] = job
        future.add_done_callback(self._news.put)

    def results(self) -> Iterator[tuple[Job, Any]]:
        while self._jobs:
            try:
                news = self._news.get(timeout=LOOK)
            except queue.Empty:
                self._look()
                continue
            if self._is_waiting:
                self._look()
            if isinstance(news, Sequence):
                self._progress(*news)
            else:
                yield self._jobs.pop(news), self._result(news)

    def end(self) -> None:
        """Dask forgets what nobody asks for any more, and the workers end it: see `worker`."""
        with suppress(*self._gone):
            self._client.unsubscribe_topic(self._topic)
            self._client.cancel([*self._jobs, self._data])

    def _wait_for_data(self) -> None:
        from distributed import wait

        while True:
            try:
                with self._client.as_current():
                    wait(self._data, timeout=LOOK)
            except TimeoutError:
                self._look()
            else:
                break
        if self._is_waiting:
            self._look()

    def _look(self) -> None:
        """Say that there is no worker, and when there is one again."""
        is_waiting = not self._has_workers()
        if is_waiting == self._is_waiting:
            return
        self._is_waiting = is_waiting
        self._progress(WAITING, 0 if is_waiting else 1, 1)
        if is_waiting:
            log.warning("No worker is connected to the Dask scheduler at %s: waiting for one.", self._address)

    def _has_workers(self) -> bool:
        client = self._client
        try:
            return bool(client.sync(client.scheduler.ncores, workers=None, callback_timeout=ANSWER))
        except Exception:  # noqa: BLE001  the scheduler is away, of which Dask tells by itself
            return True

    def _lost(self) -> ClusterError:
        return ClusterError(f"The Dask scheduler at {self._address} does not answer any more.")

    def _result(self, future: "Future") -> Any:
        from distributed import KilledWorker

        try:
            return future.result()
        except TrainingError as error:
            return error
        except CancelledError:
            return self._lost()
        except KilledWorker as error:
            return TrainingError(f"Each worker that trained was killed, perhaps for lack of memory: {error}")
        except Exception as error:  # whatever the job raised
            log.exception("A job on the cluster failed.")
            return TrainingError(f"A job failed on the cluster: {_reason(error)}")


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
