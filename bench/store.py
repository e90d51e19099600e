"""What becomes of a site whose versions are in an S3-compatible store when the store goes away.

    .venv/bin/python bench/store.py [--hanging 600] [--refusing 600] [--rounds 50] [--server postgres://…]

Two instances of two processes each, with empty directories of their own, share a bucket (moto's server) and a database:
SQLite, or a new one on the PostgreSQL server that is named. Versions are published by a third directory. Clients ask
both instances all the time. Then the store hangs (SIGSTOP) for so many seconds and refuses (SIGKILL) for so many; in
the middle of each a version is promoted that no instance has. Then one bit of each of its files is flipped, and finally
two versions are promoted at the same moment, again and again. Prints what failed, and how long all of it took.
"""

import argparse
import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from scratch import scratch  # noqa: E402
from services import free_port  # noqa: E402

from predictor.ml.images import to_png  # noqa: E402
from predictor.training.data.dataset import Mnist  # noqa: E402
from tests.store import BUCKET, VARIABLES, Bucket  # noqa: E402

PATIENCE = 120  # seconds
LOOKS = 24  # at /readyz, by which all processes of an instance are asked
PUBLISH = """
from pathlib import Path
from django.conf import settings
from predictor.ml import artifacts
from predictor.services.learning.publishing import publish
directory = Path("models/svm/v3")
sidecar = artifacts.read_sidecar(directory)
print(publish(settings.MODELS_DIR, sidecar, artifacts.read_artifact(directory, sidecar)).version)
"""
ACCOUNT = """
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
print(Token.objects.create(user=User.objects.create_superuser("bench")).key)
"""


@dataclass
class Moto:
    """The store, which loses all of it when it is killed: so that is kept here, and put back."""

    port: int
    process: subprocess.Popen[bytes] | None = None
    kept: dict[str, bytes] = field(default_factory=dict)

    @property
    def bucket(self) -> Bucket:
        return Bucket(f"http://127.0.0.1:{self.port}")

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        silent = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdout=silent, stderr=silent)
        wait_for(lambda: _answers(f"{self.bucket.endpoint}/moto-api/"))
        self.bucket.client.create_bucket(Bucket=BUCKET)
        for name, content in self.kept.items():
            self.bucket.write(name, content)

    def send(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process
        self.kept = {name: self.bucket.read(name) for name in self.bucket.names()}
        self.process.kill()
        self.process.wait()


@dataclass
class Answers:
    """How long each request took, and what failed."""

    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        p50, p99 = np.percentile(self.times, [50, 99]) * 1000
        worst = 1000 * max(self.times)
        return (
            f"{len(self.times)} requests answered, {len(self.failures)} failed; "
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {worst:.0f} ms"
        )


@dataclass
class Site:
    """A directory of versions of one's own, and the database and the store of all."""

    variables: dict[str, str]
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.variables | {"PORT": str(self.port)}

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        run = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code).splitlines()[-1]

    def readiness(self) -> list[dict[str, Any]]:
        """What all of its processes say of themselves, most likely: who is asked at the same time spreads over them."""
        with ThreadPoolExecutor(8) as pool:
            return [*pool.map(_get, [f"http://127.0.0.1:{self.port}/readyz"] * LOOKS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hanging", type=float, default=600, help="seconds")
    parser.add_argument("--refusing", type=float, default=600, help="seconds")
    parser.add_argument("--rounds", type=int, default=50, help="of two promotions at once")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--server", help="a PostgreSQL server on which a database may be created; default: SQLite")
    options = parser.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(scratch(options.server)) if options.server else f"sqlite:///{directory / 'db'}"
        moto = Moto(free_port())
        moto.start()
        stack.callback(lambda: moto.process and moto.process.kill())
        publisher, one, two = (Site(variables_of(directory / name, database, moto)) for name in ("third", "one", "two"))
        publisher.manage("migrate", "--verbosity", "0")
        print(publisher.manage("upload_versions", "models"))
        began = time.monotonic()
        for site in (one, two):
            stack.enter_context(serving(site))
        sites = [one, two]
        wait_for(lambda: all(each["status"] == "ready" for each in readiness_of(sites)))
        print(f"two instances with empty directories are ready {time.monotonic() - began:.1f} s after their start")
        _follows(publisher, sites)
        for how, seconds in (("hangs", options.hanging), ("refuses", options.refusing)):
            with asking(sites, options.clients) as answers:
                _outage(how, seconds, publisher, sites, moto)
            print(f"  all the time: {answers}")
            for failure in answers.failures[:5]:
                print(f"    {failure}")
        _flipped(publisher, sites, moto)
        _at_once(publisher, sites, options.rounds)


def _follows(publisher: Site, sites: list[Site]) -> None:
    """Published and promoted elsewhere, it answers everywhere."""
    version = publisher.shell(PUBLISH)
    publisher.manage("promote", "svm", version)
    began = time.monotonic()
    wait_for(lambda: all_have(sites, version))
    print(f"svm v{version}, published by a third directory, answers everywhere {time.monotonic() - began:.1f} s later")


def _outage(how: str, seconds: float, publisher: Site, sites: list[Site], moto: Moto) -> None:
    version = publisher.shell(PUBLISH)
    if how == "hangs":
        moto.send(signal.SIGSTOP)
    else:
        moto.kill()
    time.sleep(seconds / 2)
    publisher.manage("promote", "svm", version)
    time.sleep(seconds / 2)
    found = readiness_of(sites)
    if how == "hangs":
        moto.send(signal.SIGCONT)
    else:
        moto.start()
    began = time.monotonic()
    wait_for(lambda: all_have(sites, version))
    told = sum(each["status"] == "degraded" and each["store"] != "ok" for each in found)
    print(f"the store {how} for {seconds:.0f} s")
    print(f"  in the end {told} of {len(found)} looks at /readyz: degraded, {found[0]['broken'].get('svm')}")
    print(f"  svm v{version}, promoted meanwhile, answers everywhere {time.monotonic() - began:.1f} s after it is back")


def _flipped(publisher: Site, sites: list[Site], moto: Moto) -> None:
    for file in ("model.onnx", "sidecar.json", "manifest.json"):
        before = sites[0].readiness()[0]["models"]["svm"]
        version = publisher.shell(PUBLISH)
        name = moto.bucket.name(f"svm/v{version}", file)
        content = moto.bucket.flip(name)
        publisher.manage("promote", "svm", version)
        wait_for(
            lambda: all("is damaged" in each["broken"].get("svm", "") for site in sites for each in site.readiness())
        )
        found = [each for site in sites for each in site.readiness()]
        refused = sum("is damaged" in each["broken"]["svm"] and each["models"]["svm"] == before for each in found)
        moto.bucket.write(name, content)
        began = time.monotonic()
        wait_for(lambda version=version: all_have(sites, version))
        print(
            f"a bit of {file} flipped: refused in {refused} of {len(found)} looks; "
            f"{time.monotonic() - began:.1f} s after it was mended, the version answers"
        )


def _at_once(publisher: Site, sites: list[Site], rounds: int) -> None:
    token = publisher.shell(ACCOUNT)
    outcomes: dict[tuple[int, ...], int] = {}
    wrong = 0
    for _ in range(rounds):
        earlier = _get(f"http://127.0.0.1:{sites[0].port}/api/models/svm/history/", token)["results"][0]["version"]
        pair = [each for each in (1, 2, 3, 4) if each != earlier][:2]
        statuses = _both(sites, pair, earlier, token)
        key = tuple(sorted(statuses.values()))
        outcomes[key] = outcomes.get(key, 0) + 1
        last = _get(f"http://127.0.0.1:{sites[0].port}/api/models/svm/history/", token)["results"][0]
        wrong += statuses.get(last["version"]) != 200 or last["earlier"] != earlier
    print(f"two promotions at once, {rounds} rounds: {outcomes}; {wrong} times the champion was not the winner's")


def _both(sites: list[Site], pair: list[int], earlier: int, token: str) -> dict[int, int]:
    """Promote one version at each instance at the same moment; returns how each was answered."""
    barrier, statuses = threading.Barrier(2), dict[int, int]()
    headers = {"Content-Type": "application/json", "Authorization": f"Token {token}"}

    def promote(site: Site, version: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        body = json.dumps({"version": version, "earlier": earlier}).encode()
        barrier.wait()
        connection.request("POST", "/api/models/svm/promote/", body, headers)
        statuses[version] = connection.getresponse().status

    threads = [threading.Thread(target=promote, args=each) for each in zip(sites, pair, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def variables_of(directory: Path, database: str, moto: Moto) -> dict[str, str]:
    directory.mkdir()
    return VARIABLES | moto.bucket.variables | {
        "DATABASE_URL": database, "MODELS_DIR": str(directory / "models"), "METRICS_DIR": str(directory),
        "STATIC_ROOT": str(directory / "static"), "REDIS_URL": "", "WEB_CONCURRENCY": "2", "DEBUG": "false",
        "PREDICT_RATE": "none", "CLIENT_QUOTA_MB": "0",
    }  # fmt: skip


@contextmanager
def serving(site: Site) -> Iterator[None]:
    log = (Path(site.variables["METRICS_DIR"]) / "log").open("w")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=site.environment, stdout=log, stderr=log
    )
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{site.port}/healthz"))
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def asking(sites: list[Site], clients: int) -> Iterator[Answers]:
    answers, end = Answers(), threading.Event()
    threads = [threading.Thread(target=_ask, args=(sites, answers, end)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        end.set()
        for thread in threads:
            thread.join()


def _ask(sites: list[Site], answers: Answers, end: threading.Event) -> None:
    """Drawings that are in no cache, five a second; half of them are stored."""
    mnist, turn = Mnist.read(ROOT / "data" / "mnist"), itertools.cycle(sites)
    while not end.wait(0.2):
        levels = mnist.levels[random.randrange(60_000)].copy()
        levels[random.randrange(6, 22), random.randrange(6, 22)] ^= random.randrange(32, 256)
        stored = random.choice(["true", "false"])
        url = f"http://127.0.0.1:{next(turn).port}/api/predict/?store={stored}"
        request = urllib.request.Request(url, to_png(levels), {"Content-Type": "image/png"}, method="POST")
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = json.load(response)
            if answer["degraded"] or answer["not_kept"] or len(answer["models"]) != 3:
                answers.failures.append(json.dumps(answer)[:300])
            answers.times.append(time.monotonic() - began)
        except (OSError, ValueError, KeyError) as error:
            answers.failures.append(repr(error))


def readiness_of(sites: list[Site]) -> list[dict[str, Any]]:
    return [each for site in sites for each in site.readiness()]


def all_have(sites: list[Site], version: str) -> bool:
    found = readiness_of(sites)
    return all(each["models"].get("svm") == int(version) and each["status"] == "ready" for each in found)


def _get(url: str, token: str = "") -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Token {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:  # not ready yet
        return json.load(error)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def wait_for(found: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.2)


if __name__ == "__main__":
    main()
