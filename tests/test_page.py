"""The page at /."""

import re

import pytest
from django.contrib.staticfiles import finders


@pytest.fixture
def html(client):
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_has_a_canvas_and_a_place_for_every_model(html):
    assert '<canvas id="pad"' in html
    for kind in ("svm", "cnn", "mlp"):
        assert f'data-kind="{kind}"' in html


def test_it_has_no_inline_script_or_style(html):
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html
    assert not re.search(r"\s(style|on\w+)=", html)


def test_it_asks_no_other_site(html):
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", html)


def test_every_static_file_that_it_names_exists(html):
    names = re.findall(r"(?:src|href)=\"/static/([^\"]+)\"", html)
    assert names
    assert all(finders.find(name) for name in names)
