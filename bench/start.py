"""How long `make run` takes to its first answer, beside `manage.py check`, and what a worker's memory holds.

    .venv/bin/python bench/start.py [--runs 5]      # in a checkout that `make run` has set up
    .venv/bin/python bench/start.py --fresh         # also in a clone of HEAD, installed from pip's cache

The database is one of its own. Times are the median and the slowest, memory is the largest; the kernel counts both
(Linux). Processor time is that of all processes, user and system, up to the first answer.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = (Path(__file__).parent / "page.png").read_bytes()
ANSWERS = 300  # of each worker, before it is weighed
TICKS = os.sysconf("SC_CLK_TCK")
CHECK = [".venv/bin/python", "manage.py", "check"]

# What a worker loads, in this order: each step counts what the steps before it have not brought along.
STEPS = {
    "Python": "import os, sys",
    "gunicorn": "import gunicorn.app.wsgiapp, gunicorn.workers.gthread",
    "numpy": "import numpy",
    "Pillow": "import PIL.Image, PIL.ImageOps, PIL.PngImagePlugin",
    "ONNX Runtime": "import predictor, onnxruntime",
    "Django and the apps": "from mnistsite.wsgi import application",
    "views and URLs": "import mnistsite.urls",
    "champions": "from predictor.services.answering.champions import champions; champions()",
}
WEIGH = """
for name, statement in STEPS.items():
    exec(statement)
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


@dataclass
class Start:
    wall: float  # seconds to the first answer
    processor: float  # seconds
    workers: list[dict[str, float]]  # MB, by the kernel's names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--fresh", action="store_true", help="set up a fresh clone as well: about half a minute")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        _start(ROOT, Path(directory))  # once, so that nothing is left to set up
        pairs = [(_check(), _start(ROOT, Path(directory))) for _ in range(options.runs)]
    checks, starts = zip(*pairs, strict=True)
    print("Start                     wall (slowest)    processor")
    _times("manage.py check", [check.wall for check in checks], [check.processor for check in checks])
    _times("make run, first answer", [start.wall for start in starts], [start.processor for start in starts])
    ratios = [start.wall / check.wall for check, start in pairs]
    print(f"  {statistics.median(ratios):.1f} times check (largest {max(ratios):.1f})")
    if options.fresh:
        with tempfile.TemporaryDirectory() as clone:
            subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
            fresh = _start(Path(clone), Path(clone) / "var")
        _times("fresh clone", [fresh.wall], [fresh.processor])
    _print_memory(starts)


def _times(name: str, wall: list[float], processor: list[float]) -> None:
    print(f"{name:24} {statistics.median(wall):5.2f} s ({max(wall):5.2f}) {statistics.median(processor):8.2f} s")


def _print_memory(starts: tuple[Start, ...]) -> None:
    worker = max((worker for start in starts for worker in start.workers), key=lambda worker: worker["Rss"])
    own = worker["Private_Clean"] + worker["Private_Dirty"]
    print(f"\nA worker after {ANSWERS} answers: {worker['Rss']:.0f} MB, {own:.0f} of them shared with no other process")
    print("The same in one process, step by step:")
    before = 0.0
    for name, after in _weighed():
        print(f"  {name:24} {after - before:5.0f} MB")
        before = after
    print(f"  {'all of it':24} {before:5.0f} MB")


def _weighed() -> Iterator[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as directory:
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{directory}/db.sqlite3"}
        command = [sys.executable, "-c", f"STEPS = {STEPS!r}\n{WEIGH}"]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    for name, kilobytes in zip(STEPS, run.stdout.split(), strict=True):
        yield name, int(kilobytes) / 1000


def _check() -> Start:
    before, start = os.times(), time.monotonic()
    subprocess.run(CHECK, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(time.monotonic() - start, processor, [])


def _start(checkout: Path, directory: Path) -> Start:
    with _running(checkout, directory) as (make, url):
        start = time.monotonic()
        while not _answers(url):
            if make.poll() is not None:
                sys.exit("make run has ended")
            time.sleep(0.01)
        wall, processor = time.monotonic() - start, _processor(make.pid)
        for _ in range(2 * ANSWERS):  # two workers, by turns
            _answers(url)
        return Start(wall, processor, _workers(make.pid))


@contextmanager
def _running(checkout: Path, directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{directory}/db.sqlite3", "PORT": str(port)}
    with (
        (directory / "log").open("w") as log,
        subprocess.Popen(
            ["make", "run"], cwd=checkout, env=environment, stdout=log, stderr=log, start_new_session=True
        ) as make,
    ):
        try:
            yield make, f"http://127.0.0.1:{port}/api/predict/"
        finally:
            if make.poll() is None:
                os.killpg(make.pid, signal.SIGTERM)


def _answers(url: str) -> bool:
    request = urllib.request.Request(url, PICTURE, {"Content-Type": "image/png"})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def _session(leader: int) -> Iterator[tuple[Path, list[str]]]:
    """The processes of a session, and what `man proc` names from the third field of `stat` on."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader:
            yield path, fields


def _processor(leader: int) -> float:
    return sum(int(ticks) for _, fields in _session(leader) for ticks in fields[11:15]) / TICKS


def _workers(leader: int) -> list[dict[str, float]]:
    gunicorns = {int(path.name): (path, int(fields[1])) for path, fields in _session(leader)}
    (master,) = {parent for _, parent in gunicorns.values()} & gunicorns.keys() - {leader}
    return [memory(path) for path, parent in gunicorns.values() if parent == master]


def memory(process: Path) -> dict[str, float]:
    lines = (line.split() for line in (process / "smaps_rollup").read_text().splitlines()[1:])
    return {name.rstrip(":"): int(kilobytes) / 1000 for name, kilobytes, *_ in lines}


if __name__ == "__main__":
    main()
