"""A server as `make run` starts it, without a browser."""

import http.client
import json
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from predictor.ml import artifacts, kinds
from predictor.ml.champions import promote
from tests import drawings
from tests.conftest import SHIPPED
from tests.mnist import digits
from tests.server import Server, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


def send(server: Server, content: bytes, query: str = "") -> dict:
    request = urllib.request.Request(f"{server.url}/api/predict/{query}", content, {"Content-Type": "image/png"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def test_labelled_drawings_reach_a_retrain_and_the_server_answers_with_the_new_version(server):
    labels = {send(server, content)["id"].replace("-", ""): label for content, label in digits(100)}
    connection = sqlite3.connect(server.directory / "db.sqlite3")
    with connection:
        connection.executemany(
            "UPDATE predictor_submission SET review = 'digit', label = ? WHERE id = ?",
            [(label, row) for row, label in labels.items()],
        )
    connection.close()
    promote(server.models_dir, dict.fromkeys(kinds.PIXEL_KINDS, 1))  # 500 images do not beat version 3
    assert send(server, drawings.A_SEVEN)["models"]["svm"]["version"] == 1
    said = server.manage(
        "retrain", "--base", "mnist500", "--kinds", "svm", "--epochs", "3", "--robustness", "50", "--promote", "always"
    )
    new = max(artifacts.published_versions(server.models_dir, "svm"))
    assert new > max(artifacts.published_versions(SHIPPED, "svm"))
    assert f"svm: published as v{new}" in said
    for _ in range(8):  # both workers
        answer = send(server, drawings.A_SEVEN, "?store=false")
        assert answer["models"]["svm"]["version"] == new
        assert answer["models"]["cnn"]["version"] == 1
        assert answer["prediction"] == 7


def test_many_at_once_are_all_answered_and_kept_once(server):
    contents = [drawings.encode(drawings.draw(pen=pen)) for pen in range(10, 30)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda content: send(server, content), contents * 4))
    ids = {answer["id"] for answer in answers}
    assert len(ids) == len({answer["pixels"] for answer in answers})
    ((kept,),) = server.rows("SELECT count(DISTINCT id) FROM predictor_submission WHERE prediction = 3")
    assert kept >= len(ids)


def test_a_body_far_over_the_limit_is_refused_and_the_answer_arrives(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/api/predict/", b"x" * 3_000_000, {"Content-Type": "image/png"})
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("charset", ["zlib", "idna", "base64", "undefined", "utf-16", "punycode"])
@pytest.mark.parametrize("kind", ["image/png", "application/json", "multipart/form-data; boundary=x"])
def test_a_charset_that_is_none_does_no_harm(server, charset, kind):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = drawings.A_SEVEN if kind == "image/png" else b'{"image": "@"}'
    path = "/api/predict/?store=false&model=svm"
    connection.request("POST", path, body, {"Content-Type": f"{kind}; charset={charset}", "X-Request-ID": "c-1"})
    response = connection.getresponse()
    assert response.status == (200 if kind == "image/png" else 400)
    assert response.headers["X-Request-ID"] == "c-1"
    connection.close()


def test_another_host_is_refused_in_the_apis_shape_and_the_health_check_is_not(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/api/models/", headers={"Host": "elsewhere.example"})
    response = connection.getresponse()
    assert response.status == 400
    assert json.load(response)["code"] == "bad_request"
    connection.request("GET", "/healthz", headers={"Host": "localhost"})
    assert connection.getresponse().status == 200
    connection.close()


def test_a_line_of_the_log_is_one_line(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/%0aINJECTED")
    connection.getresponse().read()
    connection.close()
    lines = (server.directory / "log").read_text().splitlines()
    assert not [line for line in lines if line.startswith("INJECTED")]


@pytest.mark.parametrize(("accepted", "served"), [("gzip", "gzip"), ("gzip, deflate, br", "br")])
def test_static_files_are_served_compressed_and_for_ever(server, accepted, served):
    page = urllib.request.urlopen(server.url).read().decode()
    start = page.index("/static/js/main.")
    request = urllib.request.Request(
        server.url + page[start : page.index('"', start)], headers={"Accept-Encoding": accepted}
    )
    with urllib.request.urlopen(request) as response:
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Content-Encoding"] == served
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/api/docs/", "/admin/login/", "/nothing/"])
def test_every_file_that_a_page_names_is_there(server, path):
    request = urllib.request.Request(server.url + path, headers={"Accept": "text/html"})
    try:
        page = urllib.request.urlopen(request).read().decode()
    except urllib.error.HTTPError as error:
        page = error.read().decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert files
    for file in files:
        with urllib.request.urlopen(server.url + file) as response:
            assert re.search(r"\.[0-9a-f]{12}\.\w+$", file)
            assert "immutable" in response.headers["Cache-Control"]


def test_it_stops_in_order(tmp_path):
    """A library that was loaded before the fork may not: its threads stayed behind."""
    with running(tmp_path) as server:
        send(server, drawings.A_SEVEN)
    log = (server.directory / "log").read_text()
    assert "Shutting down: Master" in log
    assert "SIG" not in log


def test_the_admin_asks_for_a_login(server):
    with urllib.request.urlopen(f"{server.url}/admin/") as response:
        assert "/admin/login/" in response.url
