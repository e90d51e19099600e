"""Settings that are wrong are refused at the start, by name."""

import os
import subprocess
import sys

import pytest

from tests.server import ROOT


def check(*options: str, **variables: str) -> str:
    command = [sys.executable, "manage.py", "check", *options]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    return run.stderr if run.returncode else ""


@pytest.mark.parametrize("url", ["foo", "redis://host:notaport/0"])
def test_a_redis_url_that_is_none_is_named(url):
    assert "REDIS_URL" in check(REDIS_URL=url)


def test_as_shipped_all_is_well():
    assert check() == ""


def test_a_number_that_is_none_is_refused():
    assert "many" in check(NUM_PROXIES="many")


def test_behind_tls_it_is_fit_to_be_deployed():
    assert check("--deploy", "--fail-level", "WARNING", BEHIND_TLS="true") == ""


def test_behind_tls_plain_requests_are_redirected_and_probes_are_not(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    plain = client.get("/")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/")
    assert client.get("/", headers={"X-Forwarded-Proto": "https"}).status_code == 200
    assert client.get("/healthz").status_code == 200
