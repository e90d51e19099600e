"""Whether restarts lose or double a drawing: posts through nginx to two instances, which are restarted by turns.

    apt-get install nginx-light
    .venv/bin/python bench/restarts.py [--posts 50000] [--clients 8] [--server postgres://…]

Two instances of two processes each share a PostgreSQL database behind nginx with the configuration in deploy/nginx, its
limits per address lifted. Every drawing is new and is posted once, by a client that repeats nothing. All the while an
instance gets SIGTERM, is started again as soon as it has ended, and once it is ready the other's turn comes. Prints how
many posts failed, how many drawings that were answered as kept are not in the database (lost), how many rows no answer
names (orphans: the client never heard of them), and how many posts got a row that another has as well (doubled). The
exit code is 1 if any of these is not 0. 50,000 posts take about ten minutes on two cores.
"""

import argparse
import itertools
import json
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psycopg

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from scratch import SERVER, scratch  # noqa: E402

from predictor.ml.images import to_png  # noqa: E402
from predictor.training.data.dataset import Mnist  # noqa: E402
from tests import proxy  # noqa: E402
from tests.instances import Instances  # noqa: E402
from tests.site import Site  # noqa: E402

UNLIMITED = {"limit_conn connections 64": "limit_conn connections 1000", "burst=400": "burst=1000000"}


@dataclass
class Outcome:
    kept: list[str] = field(default_factory=list)  # ids
    failures: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=50_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--server", default=SERVER, help="a PostgreSQL server on which a database may be created")
    options = parser.parse_args()
    if not proxy.NGINX:
        sys.exit(proxy.MISSING)
    outcome = Outcome()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(scratch(options.server))
        site = Site(directory, url=database)
        site.models_dir.symlink_to(ROOT / "models")
        site.manage("prepare")
        instances = stack.enter_context(Instances(directory, site.variables))
        url = stack.enter_context(proxy.proxying(directory / "nginx", upstreams=instances.ports, changes=UNLIMITED))
        began, restarts = time.monotonic(), _post_under_restarts(url, instances, options, outcome)
        seconds = time.monotonic() - began
        with psycopg.connect(database) as connection:
            rows = {str(row) for (row,) in connection.execute("SELECT id FROM predictor_submission")}
    print(f"{options.posts} posts in {seconds:.0f} s, {restarts} restarts")
    if not _report(outcome, rows):
        sys.exit(1)


def _post_under_restarts(url: str, instances: Instances, options: argparse.Namespace, outcome: Outcome) -> int:
    """The number of restarts that were over before the last post was answered."""
    drawings = iter(_drawings(options.posts))
    one_at_a_time = threading.Lock()

    def client(_: int) -> None:
        while True:
            with one_at_a_time:
                drawing = next(drawings, None)
            if drawing is None:
                return
            _post(url, drawing, outcome)

    with ThreadPoolExecutor(options.clients) as pool:
        clients = [pool.submit(client, n) for n in range(options.clients)]
        for restarts, instance in enumerate(itertools.cycle(instances.all)):
            if all(each.done() for each in clients):
                for each in clients:
                    each.result()
                return restarts
            instance.restart()
    raise AssertionError("a cycle has no end")


def _drawings(n: int) -> Iterator[bytes]:
    """MNIST's digits, each with random dots of its own, so that no two have the same pixels."""
    mnist, rng = Mnist.read(ROOT / "data" / "mnist"), np.random.default_rng(1)
    for turn in range(n):
        levels = mnist.levels[turn % len(mnist.levels)].copy()
        levels[rng.integers(6, 22, 3), rng.integers(6, 22, 3)] ^= rng.integers(32, 256, 3, np.uint8)
        yield to_png(levels)


def _post(url: str, drawing: bytes, outcome: Outcome) -> None:
    headers = {"Content-Type": "image/png", "X-Request-ID": uuid.uuid4().hex}
    request = urllib.request.Request(f"{url}/api/predict/", drawing, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
    except (OSError, ValueError) as error:
        outcome.failures.append(f"{time.strftime('%X')} {headers['X-Request-ID']} {error!r}")
        return
    if answer["id"] and answer["token"]:
        outcome.kept.append(answer["id"])
    else:
        outcome.failures.append(f"not kept, or no token: {answer}")


def _report(outcome: Outcome, rows: set[str]) -> bool:
    kept = set(outcome.kept)
    found = {
        "failed": len(outcome.failures),
        "lost": len(kept - rows),
        "orphans": len(rows - kept),
        "doubled": len(outcome.kept) - len(kept),
    }
    print(", ".join(f"{count} {name}" for name, count in found.items()))
    for failure in outcome.failures[:10]:
        print(f"  {failure}")
    return not any(found.values())


if __name__ == "__main__":
    main()
