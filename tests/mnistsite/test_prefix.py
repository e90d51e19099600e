"""Served below a path, as SCRIPT_NAME says, whether the proxy takes the path away or not."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest

from tests.server import Server, running

PREFIX = "/digits"
ADDRESSES = re.compile(r'(?:href|src|action|data-[\w-]*url)="([^"]*)"')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), SCRIPT_NAME=f"{PREFIX}/") as server:
        yield server


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as response:
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/docs/", "/nowhere/"])
@pytest.mark.parametrize("taken_away", [False, True])
def test_every_address_on_the_page_is_below_the_path(server, path, taken_away):
    _, page = fetch(f"{server.url}{'' if taken_away else PREFIX}{path}")
    addresses = [each for each in ADDRESSES.findall(page) if not each.startswith(("#", "data:"))]
    assert addresses
    for address in addresses:
        assert urljoin(f"{PREFIX}{path}", address).startswith(f"{PREFIX}/")


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/api/docs/"])
def test_every_style_sheet_script_and_picture_is_there(server, path):
    _, page = fetch(f"{server.url}{PREFIX}{path}")
    files = [each for each in ADDRESSES.findall(page) if "/static/" in each]
    assert files
    for each in files:
        assert fetch(urljoin(server.url, each))[0] == 200


def test_scripts_import_each_other_below_the_path(server):
    _, page = fetch(f"{server.url}{PREFIX}/")
    (main,) = [each for each in ADDRESSES.findall(page) if re.search(r"/main\.\w+\.js$", each)][:1]
    _, script = fetch(f"{server.url}{main}")
    imports = re.findall(r"from ['\"]([^'\"]+)['\"]", script)
    assert imports
    for each in imports:
        assert fetch(urljoin(f"{server.url}{main}", each))[0] == 200


def test_an_unknown_address_below_api_is_told_in_the_apis_shape(server):
    status, body = fetch(f"{server.url}{PREFIX}/api/nothing/")
    assert status == 404
    assert '"code": "not_found"' in body


@pytest.mark.parametrize("path", ["/healthz", f"{PREFIX}/healthz"])
def test_probes_need_not_know_the_path(server, path):
    assert fetch(f"{server.url}{path}")[0] == 200


def test_a_longer_name_is_not_the_path(server):
    assert fetch(f"{server.url}{PREFIX}x/")[0] == 404
