"""What `make run` and the image start, on settings that are right and on some that are not."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from mnistsite.server import start
from tests.server import ROOT

NAMES = (
    "BEHIND_TLS",
    "HOST",
    "LOG_LEVEL",
    "NUM_PROXIES",
    "PREDICT_RATE",
    "REDIS_URL",
    "SCRIPT_NAME",
    "WEB_CONCURRENCY",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(directory: Path, **variables: str) -> dict[str, str]:
    fixed = {
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "PORT": str(free_port()),
    }
    return os.environ | fixed | variables


@contextmanager
def serving(variables: dict[str, str], log: Path, *options: str) -> Iterator[None]:
    command = [sys.executable, "manage.py", "serve", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def answers(url: str, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def test_empty_variables_are_unset(tmp_path):
    variables = environment(tmp_path) | dict.fromkeys(NAMES, "")
    log = tmp_path / "log"
    with serving(variables, log):
        assert answers(f"http://127.0.0.1:{variables['PORT']}/readyz"), log.read_text()
    assert f"Draw a digit at http://127.0.0.1:{variables['PORT']}/" in log.read_text()


@pytest.mark.parametrize("before", ["nothing", "what another version collected"])
def test_the_static_files_that_it_collects_are_served(tmp_path, before):
    root = tmp_path / "static"
    if before != "nothing":
        root.mkdir()
        (root / "staticfiles.json").write_text(
            json.dumps({"version": "1.1", "hash": "", "paths": {"css/base.css": "css/base.0123456789ab.css"}})
        )
    variables, log = environment(tmp_path, STATIC_ROOT=str(root)), tmp_path / "log"
    url = f"http://127.0.0.1:{variables['PORT']}"
    with serving(variables, log):
        assert answers(f"{url}/readyz"), log.read_text()
        with urllib.request.urlopen(url) as response:
            named = re.findall(r'"(/static/[^"]+)"', response.read().decode())
        assert any("base." in path for path in named)
        for path in named:
            assert answers(url + path, seconds=2), path
    assert "Warning" not in log.read_text()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6(tmp_path):
    variables = environment(tmp_path, HOST="::1", LOG_LEVEL="debug", WEB_CONCURRENCY="1")
    log = tmp_path / "log"
    with serving(variables, log):
        assert answers(f"http://[::1]:{variables['PORT']}/readyz"), log.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "$a"),
        ("WEB_CONCURRENCY", "many"),
        ("PORT", "80000"),
        ("BEHIND_TLS", "enabled"),
        ("DATABASE_URL", "postgres://user:geheim@host:port/name"),
    ],
)
def test_it_refuses_to_start_in_one_sentence(tmp_path, name, value):
    command = [sys.executable, "manage.py", "serve"]
    variables = environment(tmp_path) | {name: value}
    run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    assert run.stdout == ""
    (sentence,) = run.stderr.splitlines()
    assert sentence.startswith(f"{name} ")
    assert "geheim" not in sentence
    assert not (tmp_path / "db.sqlite3").exists()


def test_gunicorn_alone_refuses_too(tmp_path):
    command = [Path(sys.executable).with_name("gunicorn"), "--check-config", "mnistsite.wsgi"]
    variables = environment(tmp_path, NUM_PROXIES="-1")
    run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    assert run.stderr == "NUM_PROXIES must be a whole number from 0 to 100, not '-1'.\n"


def test_the_allocator_is_set_unless_the_operator_has_set_it(monkeypatch):
    started: dict[str, str] = {}
    monkeypatch.setattr(os, "execv", Mock(side_effect=lambda *_: started.update(os.environ)))
    monkeypatch.setenv("WEB_CONCURRENCY", "2")  # all four are put back
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "1000000")
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "")
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_")
    monkeypatch.setenv(start.PREPARES, "")
    start.serve()
    assert started["MALLOC_MMAP_THRESHOLD_"] == "1000000"
    assert started["MALLOC_TRIM_THRESHOLD_"] == start.ALLOCATOR["MALLOC_TRIM_THRESHOLD_"]


def test_it_does_not_serve_a_database_that_cannot_be_prepared(tmp_path):
    (tmp_path / "db.sqlite3").write_bytes(b"no database" * 1000)
    variables = environment(tmp_path, METRICS_DIR=str(tmp_path / "metrics"))
    command = [sys.executable, "manage.py", "serve"]
    run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    assert "file is not a database" in run.stderr
    assert "Draw a digit" not in run.stderr
    assert not list((tmp_path / "metrics").iterdir())


def test_it_serves_and_has_migrated_with_an_option_too(tmp_path):
    """Then Django has been set up before gunicorn starts."""
    variables = environment(tmp_path, WEB_CONCURRENCY="1")
    log = tmp_path / "log"
    with serving(variables, log, "--no-color"):
        assert answers(f"http://127.0.0.1:{variables['PORT']}/readyz"), log.read_text()
    show = [sys.executable, "manage.py", "migrate", "--check"]
    assert subprocess.run(show, cwd=ROOT, env=variables, check=False).returncode == 0


PREPARE = """
import sys
from pathlib import Path
from mnistsite import backends
from mnistsite.server import start
from mnistsite.wsgi import application
from django.db import connection

serving = connection.settings_dict["ENGINE"]
code = start.prepare(backends.sqlite(Path(sys.argv[1])))
assert connection.settings_dict["ENGINE"] == serving == "mnistsite.database.sqlite3"
assert connection.connection is None
sys.exit(code)
"""


def test_it_prepares_in_a_child_without_the_deadlines_of_a_server(tmp_path):
    migrated = tmp_path / "other.sqlite3"
    variables = environment(tmp_path)
    subprocess.run([sys.executable, "-c", PREPARE, migrated], cwd=ROOT, env=variables, check=True, timeout=60)
    with closing(sqlite3.connect(migrated)) as connection:
        assert connection.execute("SELECT count(*) FROM django_migrations").fetchone()[0] > 0
    assert not (tmp_path / "db.sqlite3").exists()
