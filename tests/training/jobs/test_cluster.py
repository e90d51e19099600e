"""Jobs on a Dask cluster: a scheduler and two workers on this machine, in processes of their own."""

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from predictor.training.data.dataset import Dataset
from predictor.training.errors import TrainingError
from predictor.training.evaluation.challenge import Challenge
from predictor.training.evaluation.crossvalidate import cross_validate
from predictor.training.evaluation.parallel import challenges
from predictor.training.jobs import cluster as module
from predictor.training.jobs.cluster import Cluster, ClusterError, connected
from predictor.training.jobs.cores import Cores
from predictor.training.jobs.job import InTurn, Job, Pool, Work
from predictor.training.jobs.worker import UnlikeTheDriver
from predictor.training.preparation.splits import Splits
from predictor.training.progress import Progress, no_progress
from tests import clusters, ending
from tests.site import wait_for
from tests.training.jobs import deeds

Steps = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a scheduler with two workers."""
    directory = tmp_path_factory.mktemp("cluster")
    with clusters.scheduler(directory) as (address, _), clusters.workers(directory, address, 2):
        yield address


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no cluster that does not answer."""
    monkeypatch.setattr(module, "ANSWER", ending.PATIENCE)


@pytest.fixture
def cluster(address: str) -> Iterator[Cluster]:
    with connected(address) as found:
        wait_for(lambda: len(found._client.nthreads()) == 2)  # also after one was killed
        yield found


def results(work: Work) -> dict[str, Any]:
    return {job.name: result for job, result in work.results()}


class Gated:
    """A pool whose jobs say in which processes they are, to `progress`, before they begin; see `deeds.after`."""

    remote = True

    def __init__(self, pool: Pool, gate: Path, progress: Progress) -> None:
        self._pool, self._gate, self._progress, self.at_once = pool, gate, progress, pool.at_once

    @contextmanager
    def work(self, data: Any, _: Progress) -> Iterator[Work]:
        with self._pool.work(data, self._progress) as self._work:
            yield self

    def submit(self, job: Job) -> None:
        self._work.submit(Job(job.name, partial(deeds.after, self._gate, job.call)))

    def results(self) -> Iterator[tuple[Job, Any]]:
        return self._work.results()


# The same results.


def test_all_jobs_are_done_with_the_same_data_and_their_progress_arrives(cluster: Cluster) -> None:
    steps: Steps = []
    with cluster.work(100, lambda *step: steps.append(step)) as work:
        for number in range(5):
            work.submit(Job(f"job {number}", partial(deeds.doubled, number)))
        assert results(work) == {f"job {number}": 100 + 2 * number for number in range(5)}
    assert steps == [("doubling", 1, 1, None)] * 5


def test_folds_have_the_same_answers_here_in_two_processes_and_on_the_cluster(
    cluster: Cluster, training: Dataset
) -> None:
    pools: list[Pool] = [InTurn(), Cores(2), cluster]
    here, cores, there = (cross_validate("svm", training, n=2, seed=1, epochs=1, pool=pool) for pool in pools)
    assert np.array_equal(here.answers, cores.answers)
    assert np.array_equal(here.answers, there.answers)
    assert here.accuracies == cores.accuracies == there.accuracies


def test_a_network_is_the_same_here_and_on_the_cluster_where_its_members_are_jobs_of_their_own(
    cluster: Cluster, few: Splits, tmp_path: Path
) -> None:
    steps: Steps = []
    given = partial(challenges, ["mlp"], few, tmp_path, seed=1, epochs=1, folds=2)
    (here,), (there,) = given(), given(pool=cluster, progress=lambda *step: steps.append(step))
    assert isinstance(here, Challenge)
    assert isinstance(there, Challenge)
    assert np.array_equal(there.shown_answers, here.shown_answers)
    assert np.array_equal(there.trial.challenger, here.trial.challenger)
    assert there.curves == here.curves
    assert there.sidecar.metrics == here.sidecar.metrics
    assert there.sidecar.hyperparameters == here.sidecar.hyperparameters
    assert there.sidecar.calibration == here.sidecar.calibration
    assert there.machine == here.machine
    assert {"mlp 1/2", "mlp 2/2"} <= {step[0] for step in steps}


# Failures.


def test_a_worker_that_is_killed_in_mid_fold_costs_nothing(cluster: Cluster, training: Dataset, tmp_path: Path) -> None:
    gate, pids = tmp_path / "gate", list[int]()

    def kill_the_first(*step: Any) -> None:
        if not pids:
            os.kill(deeds.pid(step), signal.SIGKILL)
        pids.append(deeds.pid(step))
        if len({*pids}) > 1:
            gate.touch()

    found = cross_validate("svm", training, n=2, seed=1, epochs=1, pool=Gated(cluster, gate, kill_the_first))
    assert len(pids) == 3, "two folds, and one of them again"
    assert np.array_equal(found.answers, cross_validate("svm", training, n=2, seed=1, epochs=1).answers)
    again = cross_validate("svm", training, n=2, seed=1, epochs=1, pool=cluster)
    assert np.array_equal(found.answers, again.answers), "the same data can be sent again at once"


def test_a_job_that_fails_is_an_error_and_the_others_finish(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    with cluster.work(0, no_progress) as work:
        work.submit(Job("failing", deeds.failing))
        work.submit(Job("doubled", partial(deeds.doubled, 1)))
        found = results(work)
    assert found["doubled"] == 2
    assert isinstance(found["failing"], TrainingError)
    assert str(found["failing"]) == "A job failed on the cluster: ZeroDivisionError: by nothing"
    assert "deeds.py" in caplog.text, "the traceback"


def test_a_job_that_kills_each_worker_is_an_error_and_the_others_finish(cluster: Cluster) -> None:
    with cluster.work(0, no_progress) as work:
        work.submit(Job("fatal", deeds.fatal))
        work.submit(Job("doubled", partial(deeds.doubled, 1)))
        found = results(work)
    assert found["doubled"] == 2
    assert isinstance(found["fatal"], TrainingError)
    assert str(found["fatal"]).startswith("Each worker that trained was killed, perhaps for lack of memory: ")


def test_a_scheduler_that_is_killed_is_an_error(tmp_path: Path) -> None:
    with (
        clusters.scheduler(tmp_path) as (address, process),
        clusters.workers(tmp_path, address, 1),
        connected(address) as cluster,
        cluster.work(0, lambda *_: process.kill()) as work,
    ):
        work.submit(Job("endless", deeds.endless))
        found = results(work)["endless"]
    assert isinstance(found, ClusterError)
    assert str(found) == f"The Dask scheduler at {address} does not answer any more."


def test_a_scheduler_that_is_killed_before_there_is_work_is_the_same_error(tmp_path: Path) -> None:
    with (
        clusters.scheduler(tmp_path) as (address, process),
        clusters.workers(tmp_path, address, 1),
        connected(address) as cluster,
    ):
        process.kill()
        wait_for(lambda: cluster._client.status == "closed")
        with pytest.raises(ClusterError, match=r"does not answer any more\.$"), cluster.work(0, no_progress):
            pass


# Without workers.


def test_without_a_worker_it_says_that_it_waits_and_goes_on_when_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.1)
    steps: Steps = []
    with clusters.scheduler(tmp_path) as (address, _), ExitStack() as stack:

        def start_one(*step: Any) -> None:
            steps.append(step)
            if step == (module.WAITING, 0, 1):
                stack.enter_context(clusters.workers(tmp_path, address, 1))

        client = stack.enter_context(Client(address, set_as_default=False))
        with Cluster(client, address, 0).work(1, start_one) as work:
            work.submit(Job("doubled", partial(deeds.doubled, 1)))
            assert results(work) == {"doubled": 3}
    assert steps == [(module.WAITING, 0, 1), (module.WAITING, 1, 1), ("doubling", 1, 1, None)]
    assert f"No worker is connected to the Dask scheduler at {address}: waiting for one." in caplog.text


def test_it_says_so_while_jobs_are_waited_for_too(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    answers = iter([False, False])  # then there is one
    monkeypatch.setattr(module._Work, "_has_workers", lambda _: next(answers, True))
    gate, steps = tmp_path / "gate", list[tuple[Any, ...]]()

    def open_the_gate(*step: Any) -> None:
        steps.append(step)
        if step == (module.WAITING, 1, 1):
            gate.touch()

    with cluster.work(1, open_the_gate) as work:
        work.submit(Job("doubled", partial(deeds.after, gate, partial(deeds.doubled, 1))))
        assert results(work) == {"doubled": 3}
    waiting = [step for step in steps if step[0] == module.WAITING]
    assert waiting == [(module.WAITING, 0, 1), (module.WAITING, 1, 1)]


def test_what_dask_logs_is_kept_silent_only_meanwhile(address: str) -> None:
    loggers = [logging.getLogger(name) for name in module.LOGGERS]
    before = [each.level for each in loggers]
    assert logging.CRITICAL not in before
    with connected(address):
        assert [each.level for each in loggers] == [logging.CRITICAL] * 2
    assert [each.level for each in loggers] == before


# What nobody wants any more.


def test_a_job_that_nobody_waits_for_ends_whatever_it_computes(cluster: Cluster) -> None:
    pids: list[int] = []

    def interrupt_both(*step: Any) -> None:
        pids.append(deeds.pid(step))
        if len(pids) == 2:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), cluster.work(0, interrupt_both) as work:
        work.submit(Job("endless", deeds.endless))
        work.submit(Job("endless", deeds.endless))
        list(work.results())
    ending.wait_until_gone(pids)


DRIVER = """
import sys
from predictor.training.jobs.cluster import connected
from predictor.training.jobs.job import Job
from tests.training.jobs import deeds
if __name__ == "__main__":
    with connected(sys.argv[1]) as cluster, cluster.work(0, lambda *step: print(*step, flush=True)) as work:
        work.submit(Job("endless", deeds.endless))
        list(work.results())
"""


def test_a_job_ends_when_its_driver_is_killed(cluster: Cluster) -> None:
    with ending.running(DRIVER, cluster._address) as driver:
        pid = deeds.pid((driver.stdout.readline().rsplit(" ", 3)[0],))
        driver.kill()
        ending.wait_until_gone([pid])


# Refusals.


def refusal(address: str) -> str:
    with pytest.raises(ClusterError) as error, connected(address):
        pass
    return str(error.value)


def test_a_scheduler_that_is_not_there_or_is_silent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER", 1)  # nobody is there who might be slow
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert (
            refusal(f"tcp://127.0.0.1:{port}") == f"No Dask scheduler answers at tcp://127.0.0.1:{port} (TimeoutError)."
        )
    assert refusal(f"tcp://127.0.0.1:{port}").startswith(f"No Dask scheduler answers at tcp://127.0.0.1:{port} (")
    assert "TLS" in refusal("tls://127.0.0.1:1"), "there are no certificates"


def test_a_worker_is_no_scheduler(cluster: Cluster) -> None:
    worker = next(iter(cluster._client.nthreads()))
    assert refusal(worker) == f"No Dask scheduler answers at {worker} (ConnectionError: it is a Worker)."


def test_a_scheduler_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wait = Client.wait_for_workers  # this alone is impatient: the scheduler may be slow to answer
    monkeypatch.setattr(Client, "wait_for_workers", lambda client, n, **_: wait(client, n, timeout=0.1))
    with clusters.scheduler(tmp_path) as (address, _):
        assert refusal(address) == f"No worker is connected to the Dask scheduler at {address}."


def test_workers_that_differ_are_refused_each_with_what_differs(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = module.fingerprint()
    monkeypatch.setattr(module, "fingerprint", lambda: {**ours, "numpy": "9.9", "code": "f" * 64})
    first, *lines = refusal(cluster._address).splitlines()
    assert first == "Some workers cannot be used; nothing was trained."
    assert [line.split(": ", 1)[0] for line in lines] == sorted(cluster._client.nthreads())
    for line in lines:
        assert f"code {ours['code'][:12]}, here ffffffffffff; numpy {ours['numpy']}, here 9.9." in line


def test_a_worker_that_came_later_and_differs_is_an_error(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    with cluster.work(0, no_progress) as work:
        monkeypatch.setattr(module, "fingerprint", lambda: {"Python": "2.7"})
        work.submit(Job("doubled", partial(deeds.doubled, 1)))
        found = results(work)["doubled"]
    assert isinstance(found, UnlikeTheDriver)
    assert str(found).endswith(", here 2.7.")
