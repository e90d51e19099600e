"""Whether /metrics counts every request, however workers end, and what counting costs.

    .venv/bin/python bench/metrics.py [--restarts 50] [--workers 2] [--clients 4]

A server is asked by clients that count the answers they get. Meanwhile its workers are ended one after another: first
in order, under load, and with reloads of the whole server; then by SIGKILL, between requests; then by SIGKILL under
load, where a request may be counted whose answer did not arrive. The last two lines show the time of a scrape, and the
processor time of counting.
"""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests import drawings  # noqa: E402
from tests.server import Server, running  # noqa: E402

PATH = "/api/predict/?store=false"
COUNT = 'digits_http_request_duration_seconds_count{route="api:predict",status="200"}'


class Load:
    """Clients that ask until told to stop, or wait, and count what they are answered and what breaks."""

    def __init__(self, server: Server, clients: int) -> None:
        self.server, self.answered, self.broken = server, 0, 0
        self._asks = self._has_ended = False
        self._under_way = 0
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def go(self) -> None:
        with self._changed:
            self._asks = True
            self._changed.notify_all()

    def pause(self) -> None:
        """Returns when no request is under way."""
        with self._changed:
            self._asks = False
            self._changed.wait_for(lambda: self._under_way == 0)

    def stop(self) -> None:
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asks or self._has_ended)
                if self._has_ended:
                    return
                self._under_way += 1
            was_answered = self._ask()
            with self._changed:
                self.answered += was_answered
                self.broken += not was_answered
                self._under_way -= 1
                self._changed.notify_all()

    def _ask(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request("POST", PATH, drawings.A_SEVEN, {"Content-Type": "image/png"})
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        assert response.status == 200, response.status
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restarts", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--cost", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cost:
        cost()
        return
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        with running(directory, WEB_CONCURRENCY=str(options.workers), METRICS_DIR=place, PREDICT_RATE="none") as server:
            load = Load(server, options.clients)
            try:
                measure(server, load, options.restarts)
            finally:
                load.stop()
            times = sorted(scrape(server) for _ in range(40))
            print(f"a scrape: {median(times):.1f} ms, at most {times[-1]:.1f} ms, with a connection of its own")
        variables = os.environ | {"DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}", "REDIS_URL": ""}
        subprocess.run([sys.executable, __file__, "--cost"], env=variables | {"METRICS_DIR": place}, check=True)


def measure(server: Server, load: Load, restarts: int) -> None:
    load.go()
    for _ in range(restarts):
        replace(server, signal.SIGTERM)
    compare("restarts in order, under load", server, load, restarts)
    for _ in range(3):
        load.go()
        old = workers(server)
        os.kill(server.pid, signal.SIGHUP)
        wait(lambda gone=old: not gone & workers(server) and len(workers(server)) == len(gone))
        load.pause()
    compare("reloads of the server, under load", server, load, 3, is_paused=True)
    for _ in range(restarts):
        load.go()
        before = load.answered
        wait(lambda so_far=before: load.answered > so_far)
        load.pause()
        replace(server, signal.SIGKILL)
    compare("SIGKILL between requests", server, load, restarts, is_paused=True)
    load.go()
    for _ in range(restarts):
        replace(server, signal.SIGKILL)
    compare("SIGKILL under load", server, load, restarts)


def compare(what: str, server: Server, load: Load, n: int, *, is_paused: bool = False) -> None:
    if not is_paused:
        load.pause()
    counted = int(float(metrics(server).split(f"{COUNT} ")[1].split("\n")[0]))
    files = len(list(server.directory.glob("draw-a-digit-*/*")))
    exact = "equal" if counted == load.answered else f"{counted - load.answered} more"
    print(
        f"{n} × {what}: {load.answered} answered, {load.broken} broken, {counted} counted: {exact}; {files} files",
        flush=True,
    )
    assert load.answered <= counted <= load.answered + load.broken
    assert counted == load.answered or load.broken


def replace(server: Server, number: signal.Signals) -> None:
    """End the oldest worker, and wait until another one has come in its place and answers."""
    old = workers(server)
    victim = min(old)
    os.kill(victim, number)
    wait(lambda: victim not in workers(server) and len(workers(server)) == len(old))
    metrics(server)


def workers(server: Server) -> set[int]:
    return set(map(int, Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()))


def wait(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.01)


def metrics(server: Server) -> str:
    """Asked again where the worker that took the connection was just killed."""
    for _ in range(50):
        try:
            with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as response:
                return str(response.read().decode())
        except OSError:
            time.sleep(0.05)
    raise AssertionError("/metrics does not answer")


def scrape(server: Server) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    metrics(server)
    return (time.perf_counter() - started) * 1000


def cost() -> None:
    """Processor time of all that is counted for a prediction by three models, in files as in a server."""
    from mnistsite import settings
    from mnistsite.metrics import workers as numbered

    numbered.share(settings.METRICS_DIR, "bench")
    numbered.take()
    from django.http import HttpResponse
    from django.test import RequestFactory

    from mnistsite import wsgi  # noqa: F401  sets Django up
    from predictor.api.traffic import TrafficMiddleware
    from predictor.ml import images, pictures
    from predictor.services.answering import metrics as counting
    from predictor.services.answering.champions import KINDS, champions
    from predictor.services.answering.classify import ask

    request, response = RequestFactory().post("/api/predict/"), HttpResponse()
    count = TrafficMiddleware(lambda _: response)
    answer = ask(images.normalise(pictures.decode(drawings.A_SEVEN)), champions(), KINDS)
    assert answer.consensus  # known by now; it is needed without counting too
    times = []
    for _ in range(40):
        started = time.process_time()
        for _ in range(500):
            count(request)
            counting.count(answer)
            counting.count_lookups(hits=2, misses=1)
        times.append((time.process_time() - started) / 500 * 1e6)
    print(f"counting a prediction: {median(times):.0f} µs of processor time")


if __name__ == "__main__":
    main()
