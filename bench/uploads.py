"""What workers still hold after large uploads, and small drawings per second, with several settings of the allocator.

    .venv/bin/python bench/uploads.py [--allocator "" MALLOC_ARENA_MAX=2 ...] [--checkout . DIRECTORY ...]

One site is started for each checkout and each setting of the allocator: variables of the environment, separated by
spaces, instead of what `manage.py serve` sets. The first is what the others are compared with. The uploads are forms
with JPEGs of noise, 12 megapixels and 19 MB each, a few at a time. Then the sites take turns to answer small drawings.
Memory is the proportional set size of the workers, which counts shared pages once (Linux).
"""

import argparse
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench import load, photographs, start  # noqa: E402
from bench.attacks.bodies import MULTIPART, part  # noqa: E402

AT_ONCE = 4
CLIENTS = 4
SETTLED = 5  # seconds after the last upload
SECONDS = 2.0  # of each round of small drawings
PATH = "/api/predict/?store=false"


@dataclass
class Site:
    """A running site; memory in MB, of all its workers."""

    name: str
    url: str
    master: int
    idle: float = 0
    full: float = 0
    rates: list[float] = field(default_factory=list)  # requests per second

    def weigh(self) -> float:
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()
        return sum(start.memory(Path("/proc") / child)["Pss"] for child in children)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--allocator", nargs="+", default=[""])
    parser.add_argument("--checkout", type=Path, nargs="+", default=[ROOT])
    parser.add_argument("--uploads", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    levels = photographs.grain(photographs.page(4000, 3000), 160)
    upload = part("image", photographs.largest(levels), b'; filename="a.jpg"') + b"--x--\r\n"
    print(f"{options.uploads} uploads of {len(upload) / 1e6:.1f} MB")
    with ExitStack() as stack:
        sites = [stack.enter_context(running(*each)) for each in itertools.product(options.checkout, options.allocator)]
        for site in sites:
            measure_memory(site, upload, options.uploads)
        fresh = load.fresh_drawings(PATH)
        for _ in range(options.rounds):
            for site in sites:
                site.rates.append(len(load.ask(site.url, fresh, CLIENTS, SECONDS)) / SECONDS)
    report(sites)


def report(sites: list[Site]) -> None:
    print(f"{'site':60} {'idle MB':>8} {'after MB':>8} {'drawings/s':>10} {'ratio':>6}")
    for site in sites:
        ratio = statistics.median(rate / base for rate, base in zip(site.rates, sites[0].rates, strict=True))
        figures = f"{site.idle:8.0f} {site.full:8.0f} {statistics.median(site.rates):10.0f} {ratio:6.2f}"
        print(f"{site.name:60} {figures}")


def measure_memory(site: Site, upload: bytes, count: int) -> None:
    load.ask(site.url, load.fresh_drawings(PATH), CLIENTS, SECONDS)
    site.idle = site.weigh()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _: send(site.url + PATH, upload, MULTIPART), range(count)))
    time.sleep(SETTLED)
    site.full = site.weigh()


def send(url: str, body: bytes, kind: str) -> None:
    urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": kind}), timeout=120).close()


@contextmanager
def running(checkout: Path, setting: str) -> Iterator[Site]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        environment = os.environ | dict(each.split("=", 1) for each in setting.split())
        environment |= {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "REDIS_URL": "", "PORT": str(port)}
        command = [sys.executable, "manage.py", "serve"]
        with subprocess.Popen(command, cwd=checkout, env=environment, stdout=log, stderr=log) as server:
            try:
                wait(url, server)
                yield Site(f"{checkout.resolve().name}: {setting or 'as it is'}", url, server.pid)
            finally:
                server.terminate()


def wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    while True:
        if server.poll() is not None:
            sys.exit("manage.py serve has ended")
        try:
            return urllib.request.urlopen(f"{url}/healthz", timeout=10).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)


if __name__ == "__main__":
    main()
