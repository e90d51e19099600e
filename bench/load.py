"""Requests per second that a running server answers: new drawings, repeated ones, and /healthz for comparison.

    make run &
    .venv/bin/python bench/load.py --url http://127.0.0.1:8000 [--clients 8] [--seconds 5] [--store]

The three are measured in turn, three times, so that noise on the machine affects them alike. With --store every drawing
is also written to the server's database; without it nothing is stored.
"""

import argparse
import http.client
import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml.images import to_png  # noqa: E402
from predictor.training.data.dataset import Mnist  # noqa: E402

ROUNDS = 3
Request = tuple[str, str, bytes | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    path = f"/api/predict/?store={str(options.store).lower()}"
    fresh = fresh_drawings(path)
    repeated = fresh()
    kinds: dict[str, Callable[[], Request]] = {
        "healthz": lambda: ("GET", "/healthz", None),
        "repeated": lambda: repeated,
        "fresh": fresh,
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, make in kinds.items():
            found = ask(options.url, make, options.clients, options.seconds)
            times[kind] += found
            rates[kind].append(len(found) / options.seconds)
    base = statistics.median(rates["healthz"])
    print(f"{'':10} {'req/s':>8} {'× healthz':>10} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}")
    for kind in kinds:
        rate = statistics.median(rates[kind])
        p50, p95, p99 = np.percentile(times[kind], [50, 95, 99]) * 1000
        print(f"{kind:10} {rate:8.0f} {rate / base:10.2f} {p50:8.1f} {p95:8.1f} {p99:8.1f}")


def fresh_drawings(path: str) -> Callable[[], Request]:
    """Drawings that are in no cache: MNIST's digits with a random dot each."""
    mnist = Mnist.read(ROOT / "data" / "mnist")
    turn = itertools.count()

    def fresh() -> Request:
        levels = mnist.levels[next(turn) % len(mnist.levels)].copy()
        levels[random.randrange(6, 22), random.randrange(6, 22)] ^= random.randrange(32, 256)
        return "POST", path, to_png(levels)

    return fresh


def ask(url: str, make: Callable[[], Request], clients: int, seconds: float) -> list[float]:
    place = urlsplit(url)
    end = time.monotonic() + seconds

    def client(_: int) -> list[float]:
        connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=30)
        times = []
        while time.monotonic() < end:
            method, path, body = make()
            start = time.perf_counter()
            connection.request(method, path, body, {"Content-Type": "image/png"})
            response = connection.getresponse()
            response.read()
            times.append(time.perf_counter() - start)
            if response.status != 200:
                sys.exit(f"{path} answered {response.status}")
        return times

    with ThreadPoolExecutor(clients) as pool:
        return list(itertools.chain(*pool.map(client, range(clients))))


if __name__ == "__main__":
    main()
