"""Kill trainers and workers in the middle of training runs, and see what is left; and how fast a run stops when asked.

    make setup-train
    .venv/bin/python bench/runs.py [--times 20] [--asked 5] [--seed 1] [--kinds svm]

Runs of `manage.py retrain` on the ancestor's 500 images are queued as the admin does, and trained by `manage.py
worker`, on a database and artifacts of their own. Each is killed (SIGKILL) at a random moment of the time that a whole
run takes here: the trainer, the worker, or both; then a worker is started again and the runs are listed every few
seconds until the killed one has its end. Other runs are cancelled, or their worker gets SIGTERM. The exit code is 1 if

- after any of these a published version did not load with its SHA-256 and its self-test, or no champion answered,
- a killed run was not shown as failed or lost within 45 s (a run that had just succeeded counts as untouched),
- a cancelled run did not stop within 5 s, or the run of a worker that got SIGTERM within 25 s,
- the run after them did not succeed.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.services import descendants  # noqa: E402
from predictor.ml import artifacts, champions, kinds, runtime  # noqa: E402
from tests.site import Site, wait_for  # noqa: E402

SHOWN, CANCELLED, STOPPED = 45.0, 5.0, 25.0  # seconds
ENDED = {"succeeded", "failed", "cancelled", "lost"}
ASK = """
from django.contrib.auth.models import AnonymousUser
from predictor.services.learning.background import retrain_in_background
parameters = {"base": "mnist500", "kinds": %r, "seed": %d, "robustness": 50, "epochs": 1}
print(retrain_in_background(parameters=parameters, by=AnonymousUser(), origin="api").pk)
"""


class Bench:
    def __init__(self, site: Site, kinds: list[str], seed: int) -> None:
        self._site, self._kinds, self._random = site, kinds, random.Random(seed)
        self._worker: subprocess.Popen[bytes] | None = None
        self._is_ending = False  # the worker was asked to
        self._log = (site.directory / "worker.log").open("ab")
        self.seconds = 0.0  # that a whole run takes

    def work(self) -> None:
        if self._worker is None or self._worker.poll() is not None:
            self._is_ending = False
            self._worker = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT, env=os.environ | self._site.variables, stdout=self._log, stderr=self._log,
            )  # fmt: skip

    @contextmanager
    def training(self) -> Iterator[int]:
        """A run that was started, at a random moment of it; checked afterwards."""
        self.work()
        run = self.ask()
        wait_for(lambda: self.state(run) != "queued")
        time.sleep(self._random.uniform(0, self.seconds))
        yield run
        self.check()

    def ask(self) -> int:
        script = ASK % (self._kinds, self._random.randrange(10_000))
        return int(self._site.manage("shell", "--no-imports", "--command", script).split()[-1])

    def whole(self) -> None:
        self.work()
        run = self.ask()
        wait_for(lambda: self.state(run) != "queued")
        started = time.monotonic()
        wait_for(lambda: self.state(run) in ENDED)
        self.seconds = time.monotonic() - started
        assert self.state(run) == "succeeded", self._site.rows("SELECT sentence FROM predictor_trainingrun")
        self.check()

    def killed(self, whom: str) -> tuple[str, float]:
        """How the run of whoever was killed was shown, and after how many seconds."""
        with self.training() as run:
            assert self._worker
            trainers = descendants(self._worker.pid)[:1]  # its own children end with it
            for pid in {"trainer": trainers, "worker": [self._worker.pid], "both": [self._worker.pid, *trainers]}[whom]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            if whom != "trainer":
                self._worker.wait()
            self.work()
            while (state := self.state(run)) not in ENDED:
                self._site.manage("runs")
            return state, time.monotonic() - began

    def asked(self, ask: Callable[[int], None]) -> tuple[str, float]:
        """How a run ended that was asked to, and after how many seconds."""
        with self.training() as run:
            ask(run)
            began = time.monotonic()
            wait_for(lambda: self.state(run) in ENDED)
            wait_for(self._is_idle)
            return self.state(run), time.monotonic() - began

    def cancel(self, run: int) -> None:
        self._site.rows("UPDATE predictor_trainingrun SET cancel_at = datetime('now') WHERE id = ?", run)

    def terminate(self, run: int) -> None:
        assert self._worker
        self._is_ending = True
        self._worker.terminate()

    def state(self, run: int) -> str:
        return str(self._site.rows("SELECT state FROM predictor_trainingrun WHERE id = ?", run)[0][0])

    def check(self) -> None:
        """All that is published is whole, and the champion answers: raises ArtifactError if not."""
        root = self._site.models_dir
        for kind in kinds.PIXEL_KINDS:
            for version in artifacts.published_versions(root, kind):
                runtime.load(artifacts.version_directory(root, kind, version))
        assert champions.read_champions(root)["svm"] in artifacts.published_versions(root, "svm")

    def close(self) -> None:
        if self._worker:
            self._worker.terminate()
            self._worker.wait()
        self._log.close()

    def _is_idle(self) -> bool:
        """Whether the trainer has ended, and the worker too, if it was asked to."""
        if self._is_ending:
            return self._worker is None or self._worker.poll() is not None
        return not (self._worker and descendants(self._worker.pid))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="kills of each kind")
    parser.add_argument("--asked", type=int, default=5, help="cancellations, and SIGTERMs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", default=["svm"])
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory))
        site.models_dir.mkdir()
        shutil.copytree(ROOT / "models/svm/v1", site.models_dir / "svm/v1")
        champions.promote(site.models_dir, {"svm": 1})
        site.manage("migrate", "--verbosity", "0")
        bench = Bench(site, options.kinds, options.seed)
        try:
            for _ in range(2):  # the first one reads everything from the disk
                bench.whole()
            print(f"a whole run: {bench.seconds:.0f} s", flush=True)
            for whom in ("trainer", "worker", "both"):
                found = [bench.killed(whom) for _ in range(options.times)]
                failed |= told(f"SIGKILL to {whom}", found, SHOWN, {"failed", "lost", "succeeded"})
            for name, ask, limit in (("cancelled", bench.cancel, CANCELLED), ("SIGTERM", bench.terminate, STOPPED)):
                found = [bench.asked(ask) for _ in range(options.asked)]
                failed |= told(name, found, limit, {"cancelled", "succeeded"})
            bench.whole()
            print("the next run: succeeded")
        finally:
            bench.close()
    return int(failed)


def told(name: str, found: list[tuple[str, float]], limit: float, allowed: set[str]) -> bool:
    """Print what was found; whether it is not as it should be."""
    if not found:
        return False
    states, slowest = Counter(state for state, _ in found), max(seconds for _, seconds in found)
    words = ", ".join(f"{count} {state}" for state, count in states.items())
    print(f"{name}: {words} of {len(found)}, the slowest after {slowest:.1f} s (limit {limit:.0f} s)", flush=True)
    return slowest > limit or not set(states) <= allowed


if __name__ == "__main__":
    sys.exit(main())
