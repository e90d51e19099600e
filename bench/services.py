"""A PostgreSQL server and a Redis server of one's own, to be stopped and started at will."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

ROLE = "digits"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """The processes below this one (Linux)."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(child) for child in path.read_text().split()] if path.exists() else []
    return [*children, *(below for child in children for below in descendants(child))]


@dataclass
class Postgres:
    """One server; what stops it stops all of its processes."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/digits"

    @property
    def admin_url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = ["-p", str(self.port), "-k", str(self.data), "-c", "listen_addresses=127.0.0.1", "-F"]
        command = _unprivileged([_binary("postgres"), "-D", str(self.data), *options])
        log = (self.data.parent / "postgres.log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self.admin_url, connect_timeout=2).close()
            except psycopg.Error:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError((self.data.parent / "postgres.log").read_text())

    def stop(self) -> None:
        """At once, as if the machine had lost its power."""
        assert self.process
        self.send(signal.SIGKILL)
        self.process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def send(self, number: int) -> None:
        assert self.process
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def execute(self, statement: str, url: str | None = None) -> None:
        with psycopg.connect(url or self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres(directory: Path) -> Iterator[Postgres]:
    data = directory / "postgres"
    data.mkdir()
    if os.geteuid() == 0:
        directory.chmod(0o755)
        shutil.chown(data, _user())
    subprocess.run(
        _unprivileged([_binary("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    server = Postgres(data, free_port())
    server.start()
    server.execute(f"CREATE ROLE {ROLE} LOGIN")
    server.execute(f"CREATE DATABASE digits OWNER {ROLE}")
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def redis(port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def _binary(name: str) -> str:
    found = shutil.which(name) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default="")
    if not found:
        raise SystemExit(f"{name} is missing: install PostgreSQL.")
    return str(Path(found).resolve())


def _user() -> str:
    return next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})


def _unprivileged(command: list[str]) -> list[str]:
    """PostgreSQL does not run as root."""
    return ["setpriv", "--reuid", _user(), "--clear-groups", *command] if os.geteuid() == 0 else command
