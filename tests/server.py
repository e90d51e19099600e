"""The server as `make run` starts it, on files of its own."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PASSWORD = "a password for tests only"


@dataclass
class Server:
    directory: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    pid: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def models_dir(self) -> Path:
        return self.directory / "models"

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        run = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def rows(self, query: str) -> list[Any]:
        """What stands in its database, read beside it."""
        with closing(sqlite3.connect(self.directory / "db.sqlite3")) as connection:
            return connection.execute(query).fetchall()

    def change(self, query: str, *values: object) -> None:
        """Write to its database beside it."""
        with closing(sqlite3.connect(self.directory / "db.sqlite3", timeout=20)) as connection, connection:
            connection.execute(query, values)

    def forget(self) -> None:
        """All drawings."""
        with closing(sqlite3.connect(self.directory / "db.sqlite3", timeout=20)) as connection, connection:
            connection.execute("DELETE FROM predictor_submission")


@contextmanager
def running(directory: Path, **variables: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(directory, port)
    server.environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "MODELS_DIR": str(server.models_dir),
        "REDIS_URL": "",
        "PORT": str(port),
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        **variables,
    }
    shutil.copytree(ROOT / "models", server.models_dir)
    server.manage("prepare")
    server.manage("createsuperuser", "--noinput", "--username", "reviewer", "--email", "reviewer@example.com")
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            [BIN / "gunicorn", "mnistsite.wsgi"], cwd=ROOT, env=server.environment, stdout=log, stderr=log
        )
        server.pid = process.pid
        try:
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{server.url}/readyz", timeout=5).close()
        except OSError:  # not there yet, or too busy to answer in time
            time.sleep(0.1)
        else:
            return
    raise AssertionError((server.directory / "log").read_text())
