"""Break the parts of a running site one after the other, while it is used, and see what its users notice.

    make setup
    .venv/bin/python bench/faults.py [--times 10] [--seconds 7] [--only NAME ...] [--list]

Starts servers of its own, with two workers as shipped, and a PostgreSQL and a Redis of its own on free ports. During
each fault, drawings are stored, others are only answered, the page is opened and /healthz is asked, all the time. Every
drawing is another one, and every answer is compared with the database afterwards: a drawing that was answered as kept
must be there, once. The exit code is 1 if

- a drawing was lost or doubled, or a request failed (no answer, a status that the README does not promise, or another
  answer of a version to the same drawing),
- /healthz ever took over 1 s, or an answer that stores nothing over 3 s,
- it took over 5 s after the fault until a drawing was stored again.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.services import ROLE, Postgres, descendants, free_port, postgres, redis  # noqa: E402
from bench.visitors import Clients, Seen, drawing  # noqa: E402
from tests.server import Server, running  # noqa: E402

RUBBISH = (  # what JSON readers accept or not, and a pickle
    "", "text", "null", "true", "7", "{}", "[]", "[1]", "[0.1, null]", "[" * 100, "NaN", b"\x80\x05K\x01.",
    json.dumps([0.1] * 9), json.dumps([0.1] * 11), json.dumps([1.0] * 10), json.dumps([-1.0, 2.0] + [0.0] * 8),
)  # fmt: skip
HEALTH, UNSTORED, RECOVERY = 1.0, 3.0, 5.0  # seconds


@dataclass
class Site:
    server: Server
    redis: subprocess.Popen[bytes]
    redis_port: int
    postgres: Postgres | None = None

    def rows(self) -> list[tuple[str, str]]:
        """The id and the request id of every stored drawing."""
        query = "SELECT id, request_id FROM predictor_submission"
        if self.postgres is None:
            return [(str(uuid.UUID(key)), request) for key, request in self.server.rows(query)]
        with psycopg.connect(self.postgres.url) as connection:
            return [(str(key), request) for key, request in connection.execute(query).fetchall()]

    def workers(self) -> list[int]:
        return descendants(self.server.pid)


# The faults. Each is a context: it begins, and at the end it is over.


@contextmanager
def postgres_stopped(site: Site) -> Iterator[None]:
    """SIGSTOP: it accepts connections and answers nothing."""
    site.postgres.send(signal.SIGSTOP)
    try:
        yield
    finally:
        site.postgres.send(signal.SIGCONT)


@contextmanager
def postgres_table_locked(site: Site) -> Iterator[None]:
    with psycopg.connect(site.postgres.url) as connection:
        connection.execute("LOCK TABLE predictor_submission IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def postgres_killed(site: Site) -> Iterator[None]:
    site.postgres.stop()
    try:
        yield
    finally:
        site.postgres.start()


@contextmanager
def postgres_read_only(site: Site) -> Iterator[None]:
    """As after a failover to a replica."""
    site.postgres.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    site.postgres.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        site.postgres.execute("ALTER SYSTEM RESET default_transaction_read_only")
        site.postgres.execute("SELECT pg_reload_conf()")


@contextmanager
def postgres_with_few_connections(site: Site) -> Iterator[None]:
    """Fewer than there are threads."""
    site.postgres.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT 4")
    site.postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
    try:
        yield
    finally:
        site.postgres.execute(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


@contextmanager
def sqlite_locked(site: Site) -> Iterator[None]:
    connection = sqlite3.connect(site.server.directory / "db.sqlite3", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextmanager
def disk_full(site: Site) -> Iterator[None]:
    """The database's own file system, which has 256 MB; a file takes what is left."""
    file = site.server.directory / "filler"
    with file.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(b"x" * size)
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def redis_stopped(site: Site) -> Iterator[None]:
    site.redis.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        site.redis.send_signal(signal.SIGCONT)


@contextmanager
def redis_with_rubbish(site: Site) -> Iterator[None]:
    """Somebody else writes to our keys, all the time, what is not ten probabilities or cannot even be read."""
    stop = threading.Event()
    cache = Redis(port=site.redis_port)

    def write() -> None:
        while not stop.is_set():
            for key in cache.scan_iter(count=1000):
                cache.set(key, random.choice(RUBBISH))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


@contextmanager
def worker_killed(site: Site) -> Iterator[None]:
    """The connections that it had are lost with it; the other worker goes on."""
    os.kill(random.choice(site.workers()), signal.SIGKILL)
    yield


@contextmanager
def clients_that_hold_on(site: Site) -> Iterator[None]:
    """A hundred that send nothing, and a hundred that stop in the middle."""
    half = (
        b"POST /api/predict/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\nhalf"
    )
    with contextlib.ExitStack() as stack:
        for number in range(200):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", site.server.port)))
            connection.sendall(half if number % 2 else b"")
        yield


@contextmanager
def costly_pictures(site: Site) -> Iterator[None]:
    """Four clients send pictures whose side data unpacks to megabytes."""
    stop = threading.Event()
    picture = _with_profiles(drawing())

    def send() -> None:
        request = urllib.request.Request(f"{site.server.url}/api/predict/", picture, {"Content-Type": "image/png"})
        while not stop.is_set():
            with contextlib.suppress(OSError):
                urllib.request.urlopen(request, timeout=30).close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextmanager
def damaged_version_promoted(site: Site) -> Iterator[None]:
    """Truncated, another kind's, and missing: each in turn becomes the champion by hand."""
    root = site.server.models_dir
    champions = root / "champions.json"
    before = champions.read_text()
    made = []
    for number, damage in enumerate((_truncate, _exchange, _remove), start=100):
        directory = root / "svm" / f"v{number}"
        shutil.copytree(root / "svm" / f"v{json.loads(before)['svm']}", directory)
        sidecar = json.loads((directory / "sidecar.json").read_text()) | {"version": number}
        (directory / "sidecar.json").write_text(json.dumps(sidecar))
        damage(directory / "model.onnx")
        made.append(directory)
        aside = root / "champions.new"
        aside.write_text(json.dumps(json.loads(before) | {"svm": number}))
        aside.replace(champions)
        time.sleep(1)
    try:
        yield
    finally:
        aside.write_text(before)
        aside.replace(champions)
        for directory in made:
            shutil.rmtree(directory)


def _truncate(artifact: Path) -> None:
    artifact.write_bytes(artifact.read_bytes()[:1000])


def _exchange(artifact: Path) -> None:
    shutil.copy(artifact.parents[2] / "cnn" / "v1" / "model.onnx", artifact)


def _remove(artifact: Path) -> None:
    artifact.unlink()


def _with_profiles(png: bytes) -> bytes:
    profile = b"a\0\0" + zlib.compress(bytes(1_000_000), 9)
    chunk = struct.pack(">I", len(profile)) + b"iCCP" + profile + struct.pack(">I", zlib.crc32(b"iCCP" + profile))
    head = 8 + 25
    return png[:head] + chunk * ((1_000_000 - len(png)) // len(chunk)) + png[head:]


Fault = Callable[[Site], AbstractContextManager[None]]
ON_POSTGRES: list[Fault] = [
    postgres_stopped,
    postgres_table_locked,
    postgres_killed,
    postgres_read_only,
    postgres_with_few_connections,
    redis_stopped,
    redis_with_rubbish,
    worker_killed,
]
ON_SQLITE: list[Fault] = [sqlite_locked, disk_full, clients_that_hold_on, costly_pictures, damaged_version_promoted]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=7.0, help="how long each fault lasts")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="only name the faults")
    options = parser.parse_args()
    faults = {fault.__name__: fault for fault in (*ON_POSTGRES, *ON_SQLITE)}
    if options.list:
        print("\n".join(faults))
        return
    wanted = options.only or list(faults)
    header = ("fault", "times", "kept", "not kept", "lost", "doubled", "failed", "healthz", "unstored", "recovery")
    print(("{:30}" + "{:>9}" * 9).format(*header))
    well = True
    for group, sites in ((ON_POSTGRES, on_postgres), (ON_SQLITE, on_sqlite)):
        chosen = [fault for fault in group if fault.__name__ in wanted]
        if chosen:
            with sites() as site:
                for fault in chosen:
                    well &= measure(site, fault, options.times, options.seconds)
    sys.exit(not well)


@contextmanager
def on_postgres() -> Iterator[Site]:
    port = free_port()
    with tempfile.TemporaryDirectory() as name, postgres(Path(name)) as database, redis(port) as cache:
        directory = Path(name) / "server"
        directory.mkdir()
        with running(directory, DATABASE_URL=database.url, REDIS_URL=f"redis://127.0.0.1:{port}/0") as server:
            yield Site(server, cache, port, database)


@contextmanager
def on_sqlite() -> Iterator[Site]:
    port = free_port()
    with tempfile.TemporaryDirectory() as name, redis(port) as cache, _small_disk(Path(name)) as directory:
        variables = {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "DISK_RESERVE_MB": "0"}
        with running(directory, **variables) as server:
            yield Site(server, cache, port)


@contextmanager
def _small_disk(directory: Path) -> Iterator[Path]:
    """A file system of 256 MB, if it can be mounted; else an ordinary directory, which `disk_full` then skips."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(directory)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    if not mounted:
        ON_SQLITE.remove(disk_full)
        print("disk_full is left out: no file system can be mounted")
    try:
        yield directory
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(directory)], check=False)


def measure(site: Site, fault: Fault, times: int, seconds: float) -> bool:
    total, recoveries, lost, doubled = Seen(), [], 0, 0
    for _ in range(times):
        with Clients(site.server.url) as clients:
            time.sleep(0.5)
            with fault(site):
                time.sleep(seconds)
            ended = time.monotonic()
            recoveries.append(_recovered(site) - ended)
        found = Counter(request for _, request in site.rows())
        ids = {key for key, _ in site.rows()}
        lost += len(set(clients.seen.kept.values()) - ids)
        doubled += sum(found[request] > 1 for request in clients.seen.sent)
        total.kept |= clients.seen.kept
        total.statuses += clients.seen.statuses
        total.failures += clients.seen.failures
        total.slowest = {kind: max(total.slowest[kind], worst) for kind, worst in clients.seen.slowest.items()}
    not_kept = sum(count for name, count in total.statuses.items() if " " not in name)
    failures = [] if fault is worker_killed else total.failures
    health, unstored, recovery = total.slowest["health"], total.slowest["unstored"], max(recoveries)
    figures = (times, len(total.kept), not_kept, lost, doubled, len(total.failures))
    print(f"{fault.__name__:30}" + "".join(f"{each:>9,}" for each in figures), end="")
    print("".join(f"{each:>8.2f}s" for each in (health, unstored, recovery)), flush=True)
    print("    ", *(f"{name}: {count:,}" for name, count in sorted(total.statuses.items())), sep="  ")
    for failure, count in Counter(total.failures).most_common(3):
        print(f"      {count} × {failure}")
    return not (lost or doubled or failures or health > HEALTH or unstored > UNSTORED or recovery > RECOVERY)


def _recovered(site: Site) -> float:
    """When a drawing is stored again."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        request = urllib.request.Request(f"{site.server.url}/api/predict/", drawing(), {"Content-Type": "image/png"})
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=30) as response:
            if json.load(response)["id"]:
                break
        time.sleep(0.05)
    return time.monotonic()


if __name__ == "__main__":
    main()
