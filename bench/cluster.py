"""Ten folds on a Dask cluster of two workers against one worker, and with a worker killed in each of ten runs.

    make setup-dask
    .venv/bin/python bench/cluster.py [--rounds 3] [--epochs 10] [--kills 10] [--drawings 200]

It starts two schedulers on free ports, one with a worker and one with two, and cross-validates the SVM on the
ancestor's 500 images on each in turn. The ratio of the times is that of two workers with a core each only if nothing
else runs: so the load is printed, and also the ratio of the processor time of the only worker to that of the busier of
the two, which is what the times would tend to. Then it kills, in each run on the cluster of two, a worker that trains a
fold, and compares the answers to all drawings with those of a run in this process. Takes five minutes of processor
time.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.training.data.dataset import Dataset, Mnist  # noqa: E402
from predictor.training.errors import TrainingError  # noqa: E402
from predictor.training.evaluation.crossvalidate import CrossValidation, cross_validate  # noqa: E402
from predictor.training.jobs import cluster  # noqa: E402
from predictor.training.jobs.cluster import Cluster, connected  # noqa: E402
from predictor.training.progress import no_progress  # noqa: E402

FOLDS = 10
SEED = 42
PATIENCE = 60  # seconds until a cluster has its workers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10, help="augmented copies of a drawing")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--drawings", type=int, default=200, help="of the 500, in the runs in which a worker is killed")
    options = parser.parse_args()
    cluster.ANSWER = PATIENCE  # the workers have only just been started
    data = Mnist.read(ROOT / "data/mnist").mnist500()
    with ExitStack() as stack:
        one, two = (stack.enter_context(_cluster(n)) for n in (1, 2))
        for each in (one, two):
            _validated(each, data, 1, n=4)  # so that all is imported
        if options.rounds:
            _compare(one, two, data, options.rounds, options.epochs)
        _kill(two, data[np.arange(options.drawings)], options.kills)


def _compare(one: Cluster, two: Cluster, data: Dataset, rounds: int, epochs: int) -> None:
    print(f"{FOLDS} folds of the SVM, {epochs} epochs")
    print(f"{'load':>6} {'one worker':>12} {'two workers':>12} {'ratio':>6} {'of processor time':>18}")
    ratios, shares, answers = [], [], []
    for _ in range(rounds):
        load, times, busy = os.getloadavg()[0], [], []
        for each in (one, two):
            before, began = each._client.run(time.process_time), time.monotonic()
            answers.append(_validated(each, data, epochs).answers)
            times.append(time.monotonic() - began)
            after = each._client.run(time.process_time)
            busy.append(max(after[worker] - before[worker] for worker in before))
        ratios.append(times[0] / times[1])
        shares.append(busy[0] / busy[1])
        figures = f"{times[0]:10.1f} s {times[1]:10.1f} s {ratios[-1]:6.2f} {shares[-1]:18.2f}"
        print(f"{load:6.1f} {figures}", flush=True)
    same = all(np.array_equal(answers[0], found) for found in answers)
    print(
        f"median ratios {median(ratios):.2f} and {median(shares):.2f}; answers {'equal' if same else 'DIFFER'}",
        flush=True,
    )


def _kill(two: Cluster, data: Dataset, runs: int) -> None:
    here = cross_validate("svm", data, n=FOLDS, seed=SEED, epochs=1)
    failed = differ = killed = 0
    for run in range(runs):
        _wait(two, 2)
        kill = _Killer(two, after=random.Random(run).randrange(1, FOLDS - 2))
        try:
            found = _validated(two, data, 1, progress=kill)
        except TrainingError as error:
            failed += 1
            print(error)
            continue
        killed += kill.done
        differ += not np.array_equal(found.answers, here.answers)
    print(f"{runs} runs, {killed} workers killed in mid-fold: {failed} failed, {differ} with other answers than here")


class _Killer:
    """Kills one of the workers that train after so many folds."""

    def __init__(self, pool: Cluster, after: int) -> None:
        self._client, self._after, self.done = pool._client, after, False
        self._pids = self._client.run(os.getpid)

    def __call__(self, task: str, done: int, total: int, accuracy: float | None = None, /) -> None:
        while done >= self._after and not self.done:
            busy = [worker for worker, keys in self._client.processing().items() if keys and worker in self._pids]
            if busy:
                os.kill(self._pids[busy[0]], signal.SIGKILL)
                self.done = True


def _validated(
    pool: Cluster, data: Dataset, epochs: int, *, n: int = FOLDS, progress: Callable[..., None] = no_progress
) -> CrossValidation:
    return cross_validate("svm", data, n=n, seed=SEED, epochs=epochs, pool=pool, progress=progress)


@contextmanager
def _cluster(n: int) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        written = Path(directory) / "scheduler.json"
        common = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(written)]
        stack.enter_context(_dask("scheduler", "--port", "0", *common))
        _until(written.exists)
        local = ["--local-directory", directory, "--nthreads", "1", "--nworkers", str(n)]
        stack.enter_context(_dask("worker", *common, *local))
        with connected(_address(written)) as found:
            _wait(found, n)
            yield found


def _address(written: Path) -> str:
    return str(json.loads(written.read_text())["address"])


@contextmanager
def _dask(*command: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *command], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(pool: Cluster, n: int) -> None:
    _until(lambda: len(pool._client.nthreads()) == n)


def _until(found: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, "the cluster does not come up"
        time.sleep(0.1)


if __name__ == "__main__":
    main()
