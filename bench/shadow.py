"""What versions in the shadow cost a request that is answered and stored, and whether bad ones delay or change answers.

    .venv/bin/python bench/shadow.py [--rounds 20] [--postgres [URL]]

A process for each case calls the WSGI application, by turns with the others, as bench/hot.py does: without a version in
the shadow, with one, with three, with one that sleeps for a second, and with one that raises. Every drawing is new.
`cpu` is the processor time of all threads for one request: what the request takes, and what is done about it later, up
to the row that is written; `later` is this second part. `answer` is the time until the response. In milliseconds: the
medians of the rounds, each of `REQUESTS` requests, and the medians of the differences and ratios in the same round.
`p99` is that of all answers. What raises is not asked again within a minute: its difference from `none` shows how busy
the machine is.
"""

import argparse
import contextlib
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hot import RATE, drawing, png, post
from scratch import SERVER, scratch

HERE = Path(__file__).resolve()
ROOT = HERE.parent.parent
REQUESTS = 60
CASES = {
    "none": "",
    "one": "cnn:3",
    "three": "cnn:3,mlp:3,svm:3",
    "sleeping": "cnn:3",
    "raising": "cnn:3",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--postgres", nargs="?", const=SERVER, metavar="URL")
    parser.add_argument("--measure", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    with contextlib.ExitStack() as stack:
        subjects = {case: stack.enter_context(subject(case, options.postgres)) for case in CASES}
        rounds = [
            {case: subjects[case]() for case in random.sample([*CASES], len(CASES))} for _ in range(options.rounds)
        ]
    heads = ("cpu ms", "more", "later", "answer ms", "ratio", "p99 ms", "ratio", "failed", "rows")
    print(f"{'':9} " + " ".join(f"{head:>9}" for head in heads))
    plain = percentile(rounds, "none")
    for case in CASES:
        found = [each[case] for each in rounds]
        more = statistics.median(each[case]["cpu"] - each["none"]["cpu"] for each in rounds)
        ratio = statistics.median(each[case]["answer"] / each["none"]["answer"] for each in rounds)
        figures = (
            median(found, "cpu"),
            more,
            median(found, "later"),
            median(found, "answer"),
            ratio,
            percentile(rounds, case),
        )
        figures += (percentile(rounds, case) / plain,)
        counts = (sum(each["failed"] for each in found), found[-1]["rows"])
        print(f"{case:9} " + " ".join([*(f"{each:9.2f}" for each in figures), *(f"{each:9}" for each in counts)]))


def median(found: list[dict[str, Any]], name: str) -> float:
    return statistics.median(each[name] for each in found)


def percentile(rounds: list[dict[str, Any]], case: str) -> float:
    return float(np.percentile([time for each in rounds for time in each[case]["times"]], 99))


@contextlib.contextmanager
def subject(case: str, server: str | None) -> Iterator[Callable[[], dict[str, Any]]]:
    """A process that measures a round of one case each time it is asked."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(scratch(server)) if server else f"sqlite:///{directory}/db.sqlite3"
        given = {"DATABASE_URL": url, "REDIS_URL": "", "STATIC_ROOT": directory, "PREDICT_RATE": RATE}
        given |= {"SHADOW": CASES[case], "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR", "CLIENT_QUOTA_MB": "0"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=os.environ | given, check=True)
        process = subprocess.Popen(
            [sys.executable, str(HERE), "--measure", case],
            cwd=ROOT, env=os.environ | given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout

        def ask() -> dict[str, Any]:
            print("round", file=process.stdin, flush=True)
            return dict(json.loads(process.stdout.readline()))

        yield ask
        process.communicate()


def measure(case: str) -> None:
    """A line on stdin is answered by a round."""
    from mnistsite.wsgi import application
    from predictor.models import ShadowAnswer
    from predictor.services.answering.champions import champions, follow
    from predictor.services.collecting.shadows import process as shadows

    champions()
    follow()
    if case in ("sleeping", "raising"):
        shadows.here.loaded.load = lambda version: Fake(version, case)
    shadows.follow()
    while len(shadows.here.loaded.classifiers) < len([each for each in CASES[case].split(",") if each]):
        time.sleep(0.05)
    _round(application)
    gc.collect()
    gc.freeze()
    for _ in sys.stdin:
        print(json.dumps(_round(application) | {"rows": ShadowAnswer.objects.count()}), flush=True)


class Fake:
    """A classifier that sleeps, or raises."""

    def __init__(self, version: tuple[str, int], does: str) -> None:
        from predictor.ml.inputs import INPUTS

        self.kind, self.version = version
        self.does, self.takes = does, INPUTS["pixels"]

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        if self.does == "raising":
            raise RuntimeError("It cannot.")
        time.sleep(1)
        return np.eye(10, dtype=np.float32)[np.zeros(len(inputs), int)]


def _round(application: Callable[..., Any]) -> dict[str, Any]:
    ready = [post(application, "/api/predict/", "image/png", png(drawing())) for _ in range(REQUESTS)]
    started, before_later, failed, times = time.process_time(), _later(), 0, []
    for each in ready:
        before = time.perf_counter()
        try:
            each()
        except AssertionError:
            failed += 1
        times.append(1000 * (time.perf_counter() - before))
    _settle()
    later = 1000 * (_later() - before_later) / REQUESTS
    cpu = 1000 * (time.process_time() - started) / REQUESTS
    return {"cpu": cpu, "later": later, "answer": statistics.median(times), "times": times, "failed": failed}


def _later() -> float:
    """Seconds of processor time of the threads that ask in the shadow."""
    from predictor.services.collecting.shadows import process as shadows

    threads = [each._thread.ident for each in shadows.here.asking.values()]
    return sum(time.clock_gettime(time.pthread_getcpuclockid(each)) for each in threads)


def _settle() -> None:
    """Wait until all is asked and written, or long enough."""
    from predictor.services.collecting.shadows import asking
    from predictor.services.collecting.shadows import process as shadows

    deadline = time.monotonic() + 10
    while any(each._waiting for each in shadows.here.asking.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(2 * asking.PAUSE)


if __name__ == "__main__":
    main()
