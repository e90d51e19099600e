"""Settings that are wrong are refused at the start, by name."""

import os
import subprocess
import sys

import pytest

from tests.server import ROOT


def check(**variables: str) -> str:
    command = [sys.executable, "manage.py", "check"]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    return run.stderr if run.returncode else ""


@pytest.mark.parametrize("url", ["foo", "redis://host:notaport/0"])
def test_a_redis_url_that_is_none_is_named(url):
    assert "REDIS_URL" in check(REDIS_URL=url)


def test_as_shipped_all_is_well():
    assert check() == ""


def test_a_number_that_is_none_is_refused():
    assert "many" in check(NUM_PROXIES="many")
