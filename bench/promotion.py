"""Whether a promotion under load fails a request, and how soon every process answers with the new version.

    .venv/bin/python bench/promotion.py [--seconds 60] [--clients 8] [--promotions 4] [--server postgres://…]

Two instances of two processes each share a PostgreSQL database; each has its own copy of `models/`. Clients ask both in
turn while another version of the SVM is promoted, and the former one again, by `manage.py promote` beside the first
instance. Prints the failed requests, and how long after each promotion its predecessor still answered.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from scratch import SERVER, scratch  # noqa: E402

from predictor.ml.images import to_png  # noqa: E402
from predictor.training.data.dataset import Mnist  # noqa: E402

BIN = Path(sys.executable).parent
VERSIONS = (2, 3)  # of the SVM; the second is champion at first


@dataclass
class Answers:
    """When which version answered, and what failed."""

    seen: list[tuple[float, int]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--promotions", type=int, default=4)
    parser.add_argument("--server", default=SERVER, help="a PostgreSQL server on which a database may be created")
    options = parser.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(scratch(options.server))
        first, second = (_environment(directory / name, database) for name in ("one", "two"))
        _manage(first, "prepare")
        urls = [stack.enter_context(_serving(environment)) for environment in (first, second)]
        answers, end = Answers(), threading.Event()
        clients = [threading.Thread(target=_ask, args=(urls, answers, end)) for _ in range(options.clients)]
        for client in clients:
            client.start()
        promotions = []
        for number in range(options.promotions):
            time.sleep(options.seconds / (options.promotions + 1))
            version, began = VERSIONS[number % 2], time.time()
            _manage(first, "promote", "svm", str(version))
            promotions.append((began, time.time(), version))
        time.sleep(options.seconds / (options.promotions + 1))
        end.set()
        for client in clients:
            client.join()
    print(f"{len(answers.seen) + len(answers.failures)} requests, {len(answers.failures)} failed")
    for failure in answers.failures[:5]:
        print(f"  {failure}")
    for (_, done, version), (until, _, _) in itertools.pairwise([*promotions, (time.time(), 0.0, 0)]):
        late = [sent - done for sent, answered in answers.seen if done < sent < until and answered != version]
        print(f"svm v{version}: its predecessor answered for another {max(late, default=0):.1f} s")


def _environment(directory: Path, database: str) -> dict[str, str]:
    shutil.copytree(ROOT / "models", directory / "models")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return os.environ | {
        "DATABASE_URL": database, "MODELS_DIR": str(directory / "models"), "PORT": str(port), "REDIS_URL": "",
        "WEB_CONCURRENCY": "2", "DEBUG": "false",
    }  # fmt: skip


def _manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[str]:
    url = f"http://127.0.0.1:{environment['PORT']}"
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        [BIN / "gunicorn", "mnistsite.wsgi"], cwd=ROOT, env=environment, stdout=silent, stderr=silent
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _ask(urls: list[str], answers: Answers, end: threading.Event) -> None:
    """Drawings that are in no cache: MNIST's digits with a random dot each."""
    mnist, turn = Mnist.read(ROOT / "data" / "mnist"), itertools.cycle(urls)
    while not end.is_set():
        levels = mnist.levels[random.randrange(60_000)].copy()
        levels[random.randrange(6, 22), random.randrange(6, 22)] ^= random.randrange(32, 256)
        request = urllib.request.Request(
            f"{next(turn)}/api/predict/", to_png(levels), {"Content-Type": "image/png"}, method="POST"
        )
        sent = time.time()
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answers.seen.append((sent, json.load(response)["models"]["svm"]["version"]))
        except (OSError, ValueError, KeyError) as error:
            answers.failures.append(repr(error))


if __name__ == "__main__":
    main()
