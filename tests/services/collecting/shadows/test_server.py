"""A server as `make run` starts it, with versions in the shadow."""

import json
import urllib.request

import pytest

from tests import drawings
from tests.server import Server, running
from tests.site import wait_for

ROWS = "SELECT kind, version, prediction, champion_prediction FROM predictor_shadowanswer ORDER BY kind"


def ask(server: Server, path: str, content: bytes | None = None) -> dict:
    request = urllib.request.Request(f"{server.url}{path}", content, {"Content-Type": "image/png"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, dict]:
    """A server that has ended right after its last answer; and what it said about itself before."""
    directory = tmp_path_factory.mktemp("server")
    with running(directory, SHADOW="cnn:3,cnn:4,cnn:9", WEB_CONCURRENCY="1", METRICS_DIR=str(directory)) as server:
        server.change("INSERT INTO predictor_shadow (kind, version, since) VALUES ('svm', 3, '2026-01-01 00:00:00')")
        wait_for(lambda: "svm v3 is asked in the shadow" in (directory / "log").read_text())
        ready = ask(server, "/readyz")
        ask(server, "/api/predict/", drawings.A_SEVEN)
    return server, ready


def test_it_asks_what_the_setting_and_the_table_name_before_it_ends(ended):
    server, _ = ended
    assert server.rows(ROWS) == [("cnn", 3, 7, 7), ("svm", 3, 7, 7)]


def test_a_version_in_the_shadow_that_is_missing_is_no_degradation_and_is_named_once(ended):
    server, ready = ended
    assert (ready["status"], ready["broken"]) == ("ready", {})
    log = (server.directory / "log").read_text()
    assert log.count("cnn v9 is not asked in the shadow: cnn v9 was never published; published: v1, v2, v3, v4.") == 1
    assert "Traceback" not in log
