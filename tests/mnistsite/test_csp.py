"""The Content-Security-Policy: one for all, with nothing unsafe in it."""

import re

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from predictor.models import Submission
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
PUBLIC = [
    "/",
    "/api/docs/",
    "/api/docs/?script=",
    "/api/schema/",
    "/api/models/",
    "/healthz",
    "/readyz",
    "/admin/login/",
]


def policy(response):
    directives = (directive.split() for directive in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}


def assert_strict(response, status=200):
    assert response.status_code == status
    assert policy(response) == POLICY


@pytest.mark.parametrize("path", PUBLIC)
def test_every_page_has_it(client, path):
    assert_strict(client.get(path))


def test_answers_and_refusals_have_it(api):
    assert_strict(api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)}))
    assert_strict(api.post("/api/predict/", {}), 400)
    assert_strict(api.get("/api/predict/"), 405)
    assert_strict(api.post("/predict/", {}), 422)
    assert_strict(api.get("/nothing/"), 404)
    assert_strict(api.get("/api/nothing/"), 404)
    assert_strict(api.get("/admin/"), 302)
    assert_strict(api.get("/", HTTP_HOST="elsewhere.example"), 400)


@pytest.mark.parametrize(("error", "status"), [(OperationalError("disk I/O error"), 503), (ValueError("a bug"), 500)])
def test_the_page_for_what_broke_has_it(admin_client, error, status):
    def refuse(*args):
        raise error

    admin_client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        assert_strict(admin_client.get("/admin/"), status)


def test_the_other_headers_against_framing_and_sniffing_stay(client):
    response = client.get("/")
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def admin_pages(api, admin_client):
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)})
    pk = Submission.objects.get().pk
    names = ("index", "predictor_submission_changelist", "predictor_modelversion_changelist", "auth_user_add")
    paths = [reverse(f"admin:{name}") for name in names]
    paths += [reverse(f"admin:predictor_submission_{name}", args=[pk]) for name in ("change", "delete", "history")]
    return [admin_client.get(path) for path in paths]


def test_the_admin_has_it(admin_pages):
    for response in admin_pages:
        assert_strict(response)


def test_nothing_inline_that_it_forbids(client, admin_pages):
    responses = [*admin_pages, *(client.get(path) for path in ("/", "/api/docs/", "/admin/login/", "/nothing/"))]
    for response in responses:
        html = response.content.decode()
        assert not re.search(r"<script(?![^>]*\b(src|type=.application/json.))", html)
        assert not re.search(r"<style|<[^>]+\s(style|on[a-z]+)=", html)


def test_the_api_docs_take_their_style_from_a_file(client):
    html = client.get("/api/docs/").content.decode()
    assert '<link rel="stylesheet" href="/static/css/docs.css">' in html
    assert "?script=" in html
