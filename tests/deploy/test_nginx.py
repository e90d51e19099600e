"""The real nginx with the configuration of `deploy/nginx`, in front of two servers."""

import contextlib
import gzip
import itertools
import json
import re
import socket
import subprocess
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests import drawings, proxy
from tests.conftest import SHIPPED, absent
from tests.instances import Instances, free_port
from tests.mnist import digits
from tests.proxy import configure, proxying
from tests.site import PATIENCE, ROOT, Site

IMPATIENT = {
    "client_header_timeout 10s": "client_header_timeout 1s",
    "client_body_timeout 10s": "client_body_timeout 1s",
}
POST = b"POST /api/predict/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Site:
    if not proxy.NGINX:
        absent(proxy.MISSING)
    place = Site(tmp_path_factory.mktemp("proxied"))
    place.models_dir.symlink_to(SHIPPED)
    place.manage("prepare")
    return place


@pytest.fixture(scope="module")
def instances(place: Site) -> Iterator[Instances]:
    with Instances(place.directory, place.variables) as instances:
        yield instances


@pytest.fixture(scope="module")
def url(place: Site, instances: Instances) -> Iterator[str]:
    changes = IMPATIENT | {"burst=400": "burst=100000"}
    with proxying(place.directory / "nginx", upstreams=instances.ports, changes=changes) as url:
        yield url


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=PATIENCE)


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, content: bytes | Iterator[bytes] | None = None, **headers: str) -> Answer:
    """Asked once: urllib repeats nothing."""
    request = urllib.request.Request(url, content, {"Content-Type": "image/png"} | headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def predict(url: str, content: bytes | Iterator[bytes], **headers: str) -> Answer:
    return ask(f"{url}/api/predict/", content, **headers)


def test_the_configurations_are_valid(tmp_path, place):
    certificate = tmp_path / "tls.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-keyout", certificate, "-out", tmp_path / "public.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with certificate.open("a") as file:
        file.write((tmp_path / "public.pem").read_text())
    for site in ("site.conf", "site-tls.conf"):
        directory = tmp_path / site.removesuffix(".conf")
        command = configure(directory, port=free_port(), upstreams=[8001, 8002], site=site)
        if site == "site-tls.conf":
            path = directory / "draw-a-digit" / site
            path.write_text(re.sub(r"/etc/nginx/tls/\w+\.pem", str(certificate), path.read_text()))
        run = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert "warn" not in run.stderr


def test_the_page_and_a_prediction_come_through(url):
    assert b"Draw a digit" in ask(f"{url}/").body
    answer = predict(url, drawings.A_SEVEN)
    assert answer.json["prediction"] == 7
    assert answer.json["id"]


def test_a_batch_comes_through(url):
    images = [drawings.base64_of(each) for each in (drawings.A_SEVEN, drawings.BLANK, drawings.A_ONE)]
    content = json.dumps({"images": images}).encode()
    answer = ask(f"{url}/api/predict/batch/", content, **{"Content-Type": "application/json"})
    seven, blank, one = answer.json["answers"]
    assert (seven["prediction"], blank["error"]["code"], one["prediction"]) == (7, "blank_image", 1)


def test_the_same_id_through_either_server_is_the_same_drawing_and_its_sender_gets_the_token_again(url):
    name = f"mine-{uuid.uuid4()}"
    content = drawings.encode(drawings.draw(pen=31))
    answers = [predict(url, content, **{"X-Request-ID": name}) for _ in range(4)]
    assert {answer.headers["X-Request-ID"] for answer in answers} == {name}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.json["token"] for answer in answers} - {None}) == 1


@pytest.mark.parametrize("headers", [{}, {"X-Request-ID": "a b"}], ids=["none", "an impossible one"])
def test_who_sends_no_usable_id_is_given_one(url, headers):
    assert re.fullmatch(r"[0-9a-f]{32}", predict(url, drawings.A_SEVEN, **headers).headers["X-Request-ID"])


def test_nginx_serves_the_static_files_itself_compressed_and_for_ever(url):
    hashed = next((ROOT / "staticfiles").glob("css/base.*.css"))
    answer = ask(f"{url}/static/css/{hashed.name}", **{"Accept-Encoding": "gzip"})
    assert answer.headers["X-Request-ID"] is None, "an instance was asked"
    assert gzip.decompress(answer.body) == hashed.read_bytes()
    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert ask(f"{url}/static/css/base.css").headers["Cache-Control"] == "max-age=60, public"


def test_a_static_file_that_is_missing_here_is_asked_of_an_instance(url):
    answer = ask(f"{url}/static/css/other.0123456789ab.css")
    assert answer.status == 404
    assert answer.headers["X-Request-ID"]


def test_a_body_of_unknown_length_is_sent_on_with_its_length(url):
    assert predict(url, iter([drawings.A_SEVEN])).json["prediction"] == 7


def test_too_large_a_body_is_refused_as_the_site_does(url):
    answer = predict(url, bytes(settings.MAX_UPLOAD + 1))
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")
    assert re.fullmatch(r"[0-9a-f]{32}", answer.json["request_id"])


@pytest.mark.parametrize("sent", [b"POST /api/pre", POST + b"Content-Length: 5000\r\n\r\nhalf"], ids=["head", "body"])
def test_a_slow_client_is_dropped(url, sent):
    with connect(url) as connection:
        connection.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(4096) == b""


def test_a_hundred_idle_connections_hold_up_nobody(url):
    with contextlib.ExitStack() as stack:
        for sent in [b"", b"POST /api/pre"] * 50:
            stack.enter_context(connect(url)).sendall(sent)
        assert predict(url, drawings.A_SEVEN).json["prediction"] == 7


def test_too_many_requests_at_once_are_refused_as_the_site_does(place, instances):
    changes = {"rate=100r/s": "rate=1r/m", "burst=400": "burst=1"}
    proxied = proxying(place.directory / "strict", upstreams=instances.ports, changes=changes)
    with proxied as url, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, [f"{url}/api/models/"] * 20))
    refused = [answer for answer in answers if answer.status != 200]
    assert {answer.status for answer in refused} == {429}
    assert {(answer.json["code"], answer.headers["Retry-After"]) for answer in refused} == {("throttled", "5")}


def test_an_ipv6_network_has_one_limit_and_each_ipv4_address_its_own(place, instances):
    trusting = "limit_conn_status 429; set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;"
    changes = {"rate=100r/s": "rate=1r/m", "burst=400": "burst=1", "limit_conn_status 429;": trusting}
    addresses = {
        "the same network": ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:3:4:5:6"],
        "the same network with zeros": ["2001:db8::1", "2001:db8::2", "2001:db8::3"],
        "networks": ["2001:db8:1:3::1", "2001:db8:1:4::1", "2001:db8:2::1"],
        "addresses": ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    }
    with proxying(place.directory / "networks", upstreams=instances.ports, changes=changes) as url:
        found = {
            name: [ask(f"{url}/api/models/", **{"X-Real-IP": each}).status for each in some]
            for name, some in addresses.items()
        }
    assert found == {
        "the same network": [200, 200, 429],
        "the same network with zeros": [200, 200, 429],
        "networks": [200, 200, 200],
        "addresses": [200, 200, 200],
    }


def test_without_any_instance_the_client_is_told_to_try_again(place):
    with proxying(place.directory / "alone", upstreams=[free_port(), free_port()]) as url:
        answer = ask(f"{url}/api/models/")
        assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "5")
        assert ask(f"{url}/static/img/favicon.svg").status == 200


def test_an_instance_that_is_restarted_under_posts_loses_and_doubles_nothing(place, url, instances):
    place.rows("DELETE FROM predictor_submission")
    restarted = threading.Event()

    def post(contents: list[bytes]) -> list[Answer]:
        turn = itertools.cycle(contents)
        return [predict(url, next(turn)) for _ in iter(restarted.is_set, True)]

    contents = [content for content, _ in digits(200)]
    with ThreadPoolExecutor(4) as pool:
        posting = [pool.submit(post, contents[n::2]) for n in range(4)]  # each drawing is posted by two
        try:
            for instance in instances.all:
                instance.restart()
        finally:
            restarted.set()
        answers = [answer for each in posting for answer in each.result()]
    assert {answer.status for answer in answers} == {200}
    kept = {answer.json["pixels"]: answer.json["id"] for answer in answers}
    assert len(set(kept.values())) == len(kept)
    assert place.rows("SELECT count(*), count(DISTINCT digest) FROM predictor_submission") == [(len(kept), len(kept))]
