"""The page at /."""

import re

import pytest
from django.contrib.staticfiles import finders


@pytest.fixture
def page(client):
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_has_a_canvas_and_a_place_for_every_model(page):
    assert '<canvas id="pad"' in page
    for kind in ("svm", "cnn", "mlp"):
        assert f'data-kind="{kind}"' in page


def test_it_has_no_inline_script_or_style(page):
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=", page)


def test_it_asks_no_other_site(page):
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)


def test_every_static_file_that_it_names_exists(page):
    names = re.findall(r"(?:src|href)=\"/static/([^\"]+)\"", page)
    assert names
    assert all(finders.find(name) for name in names)
