"""The metrics and the log of a server with several worker processes, some of which are killed."""

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import drawings
from tests.metrics import Samples, read, value
from tests.server import Server, running
from tests.site import wait_for

WORKERS = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("server")
    with running(place, LOG_FORMAT="json", METRICS_DIR=str(place), WEB_CONCURRENCY=str(WORKERS)) as server:
        yield server


def ask(server: Server, path: str, content: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(server.url + path, content, {"Content-Type": "image/png"} | headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def scraped(server: Server) -> Samples:
    status, text = ask(server, "/metrics")
    assert status == 200
    return read(text.decode())


def children(server: Server) -> set[int]:
    return set(map(int, Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_count_is_lost_when_workers_end_and_none_is_doubled(server, number):
    def counted() -> float:
        name = "digits_http_request_duration_seconds_count"
        return value(scraped(server), name, route="api:predict", status=200)

    before, asked = counted(), 0
    for _ in range(WORKERS):
        for _ in range(4):
            assert ask(server, "/api/predict/?store=false", drawings.A_SEVEN)[0] == 200
            asked += 1
        old = children(server)
        os.kill(min(old), number)
        wait_for(lambda living=old: min(living) not in children(server) and len(children(server)) == WORKERS)
    assert counted() - before == asked
    (directory,) = server.directory.glob("draw-a-digit-*")
    assert len(list(directory.iterdir())) <= 20


def test_after_a_reload_the_counts_go_on(server):
    before = value(scraped(server), "digits_http_request_duration_seconds_count", route="metrics")
    old = children(server)
    os.kill(server.pid, signal.SIGHUP)
    wait_for(lambda: not old & children(server) and len(children(server)) == WORKERS)
    assert value(scraped(server), "digits_http_request_duration_seconds_count", route="metrics") == before + 1
    assert value(scraped(server), "digits_http_requests_in_progress") == 1


def test_every_line_of_the_log_is_json_and_an_access_line_has_its_parts(server):
    ask(server, "/api/predict/?store=false&secret=x", drawings.A_SEVEN, **{"X-Request-ID": "my-id-1"})
    ask(server, "/nothing/%0a%22", None, **{"X-Request-ID": "my-id-2"})
    log = server.directory / "log"
    wait_for(lambda: "GET /nothing" in log.read_text() and '"my-id-2", "method"' in log.read_text())
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    access = {line["request_id"]: line for line in lines if line["logger"] == "gunicorn.access"}
    line = access["my-id-1"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/api/predict/", 200)
    assert line["bytes"] > 500
    assert line["ms"] > 0
    assert "secret" not in json.dumps(line)
    assert access["my-id-2"]["path"] == "/nothing/%0a%22"
    warning = next(line for line in lines if line["logger"] == "django.request" and line["level"] == "WARNING")
    assert warning["request_id"] == "my-id-2"
