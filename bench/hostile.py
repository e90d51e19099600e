"""What the costliest requests cost that a client can send: processor time and memory, one request after the other.

    .venv/bin/python bench/hostile.py [--only WORD]

Each request is sent in a fresh process that has answered one drawing before, and stores into a temporary SQLite
database. Memory is the peak above that idle process. Exits with 1 if a request takes more than SECONDS or MEGABYTES, or
is answered with a server's error. Linux only.
"""

import argparse
import gc
import json
import logging
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bench.attacks import Request

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

SECONDS = 0.3
MEGABYTES = 64
STATUS = Path("/proc/self/status")


class Cost(NamedTuple):
    seconds: float
    megabytes: float
    status: int
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="requests whose name contains this")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        build(options.build, options.only)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "REDIS_URL": "", "STATIC_ROOT": folder}
        command = [sys.executable, __file__, "--build", folder, "--only", options.only]
        subprocess.run(command, check=True)  # another process: this one stays as small as a server's
        sys.exit(report(sorted(Path(folder).glob("*.request"))))


def build(folder: Path, only: str) -> None:
    """Write every request to a file, and create the database."""
    from bench.attacks import bodies, jpegs, pngs, webps

    every = chain.from_iterable(module.requests() for module in (pngs, jpegs, webps, bodies))
    write(folder, ((name, request) for name, request in every if only in name))


def write(folder: Path, requests: "Iterable[tuple[str, Request]]", limit: int = 1024 * 1024) -> None:
    start_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for number, (name, request) in enumerate(requests):
        assert len(request.body) <= limit, name
        path = folder / f"{number:03}.request"
        path.write_bytes(json.dumps([name, request.path, request.kind]).encode() + b"\n" + request.body)


def report(requests: list[Path]) -> int:
    start_django()
    import mnistsite.urls  # noqa: F401  as gunicorn does before it forks

    print(f"{'request':48} {'bytes':>9} {'seconds':>8} {'MB':>6}  answer")
    failed = []
    for path in requests:
        head, _, body = path.read_bytes().partition(b"\n")
        name, address, kind = json.loads(head)
        cost = in_child(address, kind, body)
        over = cost.seconds > SECONDS or cost.megabytes > MEGABYTES or cost.status >= 500
        failed += [name] if over else []
        figures = f"{len(body):9,} {cost.seconds:8.3f} {cost.megabytes:6.1f}"
        print(f"{name[:48]:48} {figures}  {cost.status} {cost.said[:60]}{'  OVER' if over else ''}", flush=True)
    print(f"{len(requests)} requests, {len(failed)} over {SECONDS} s or {MEGABYTES} MB")
    return bool(failed)


def start_django() -> None:
    logging.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mnistsite.settings")
    import django

    django.setup()
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nothing was collected
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def in_child(address: str, kind: str, body: bytes) -> Cost:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, pickle.dumps(tuple(cost(address, kind, body))))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return Cost(*pickle.loads(answer))  # noqa: S301  our own child's


def cost(address: str, kind: str, body: bytes) -> Cost:
    """Send one drawing and then the request; only the latter counts."""
    drawing = (ROOT / "bench" / "page.png").read_bytes()
    status, content = send("/api/predict/", "image/png", drawing)
    assert status == 200, content
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    idle, start = field("VmRSS"), time.process_time()
    status, content = send(address, kind, body)
    seconds = time.process_time() - start
    return Cost(seconds, (field("VmHWM") - idle) / 1000, status, said(content))


def send(address: str, kind: str, body: bytes) -> tuple[int, bytes]:
    """The status and the body of the answer to a POST, as gunicorn would get them."""
    from django.test import RequestFactory

    from mnistsite.wsgi import application

    factory = RequestFactory(SERVER_NAME="localhost")
    headers = {"Authorization": "Bearer a", "Content-Length": str(len(body))}
    request = factory.generic("POST", address, b"-", content_type=kind, headers=headers)
    statuses: list[int] = []

    def start_response(status: str, headers: object) -> None:
        statuses.append(int(status[:3]))

    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        response = application(request.environ | {"wsgi.input": file}, start_response)
        content = b"".join(response)
        response.close()
    return statuses[0], content


def field(name: str) -> int:
    """Of this process's status, in kB."""
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(name))


def said(content: bytes) -> str:
    """The error, or the prediction."""
    try:
        body = json.loads(content)
    except ValueError:
        return "a page"
    return str(body.get("detail") or body.get("error") or f"prediction {body.get('prediction')}")


if __name__ == "__main__":
    main()
