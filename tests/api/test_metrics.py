"""/metrics: who may read it, what it counts, and that its labels take few values."""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from predictor.ml.champions import read_champions
from predictor.ml.kinds import KINDS
from predictor.models import Submission
from predictor.services.collecting import storage
from tests import drawings
from tests.drawings import base64_of
from tests.metrics import Samples, read, value

pytestmark = pytest.mark.django_db
TOKEN = "a-long-and-random-token"
REQUESTS = "digits_http_request_duration_seconds_count"
BODY = {"image": base64_of(drawings.A_SEVEN)}


def scraped(**extra: str) -> Samples:
    response = APIClient().get("/metrics", **extra)
    assert response.status_code == 200, response.content
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    return read(response.content.decode())


@contextmanager
def added() -> Iterator[Callable[..., float]]:
    """How much each metric has grown by the end."""
    before, after = scraped(), dict[object, float]()
    yield lambda name, **labels: value(after, name, **labels) - value(before, name, **labels)  # type: ignore[arg-type]
    after.update(scraped())


def test_an_answer_is_counted_by_digit_version_verdict_and_cache(api, settings):
    with added() as more:
        for _ in range(2):
            assert api.post("/api/predict/", BODY).status_code == 200
    version = read_champions(settings.MODELS_DIR)["cnn"]
    assert more("digits_predictions_total", kind="cnn", version=version, digit=7) == 2
    assert more("digits_predictions_total") == 6
    assert more("digits_confidence_count", kind="svm") == 2
    assert more("digits_answers_total", digit=7, verdict="digit", agreement="all") == 2
    assert more("digits_answer_cache_total", result="miss") == 3
    assert more("digits_answer_cache_total", result="hit") == 3
    assert more(REQUESTS, route="api:predict", status=200) == 2
    assert more("digits_http_request_duration_seconds_bucket", route="api:predict", status=200, le="+Inf") == 2


def test_a_question_for_one_model_is_no_agreement(api):
    with added() as more:
        api.post("/api/predict/", BODY | {"model": "svm", "store": False})
    assert more("digits_answers_total", agreement="one_model") == 1
    assert more("digits_predictions_total") == more("digits_predictions_total", kind="svm") == 1


def test_an_explanation_is_no_prediction(api):
    with added() as more:
        assert api.post("/api/explain/", BODY | {"model": "svm"}).status_code == 200
    assert more("digits_predictions_total") == 0


@pytest.mark.parametrize(
    ("path", "content", "code", "status"),
    [
        ("/api/predict/", b"nonsense", "undecodable_image", 422),
        ("/api/predict/?model=tree", drawings.A_SEVEN, "unknown_model", 422),
        ("/api/predict/", b"x" * 25_000_000, "body_too_large", 413),
        ("/api/nothing/", b"", "not_found", 404),
    ],
)
def test_a_refusal_is_counted_by_its_code(client, path, content, code, status):
    with added() as more:
        assert client.post(path, content, content_type="image/png").status_code == status
    assert more("digits_refusals_total", code=code) == more("digits_refusals_total") == 1
    assert more(REQUESTS, status=status) == 1


def test_a_refusal_of_the_page_and_of_the_ancestors_route_counts_too(client, api):
    with added() as more:
        client.post("/", {})
        api.post("/predict/", {"image": "@"})
    assert more("digits_refusals_total") == 2
    assert more(REQUESTS, route="page", status=400) == 1
    assert more(REQUESTS, route="/predict/", status=422) == 1


def test_a_drawing_that_is_not_kept_is_counted_with_the_reason(api, monkeypatch):
    monkeypatch.setattr(storage, "is_disk_full", lambda: True)
    with added() as more:
        api.post("/api/predict/", BODY)
    assert more("digits_not_kept_total", code="storage_full") == 1


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "page"),
        ("/healthz", "healthz"),
        ("/static/css/nothing.css", "static"),
        ("/favicon.ico", "/favicon.ico"),
        ("/api/submissions/00000000-0000-0000-0000-000000000000/", "api:submission"),
        ("/api/predict", "/api/predict"),
        ("/admin/predictor/submission/", "admin:predictor_submission_changelist"),
        ("/wp-login.php", "none"),
    ],
)
def test_a_route_is_named_by_its_pattern(client, path, route):
    with added() as more:
        client.get(path)
    assert more(REQUESTS, route=route) == more(REQUESTS) - more(REQUESTS, route="metrics") == 1


def test_no_label_takes_a_value_that_a_client_chooses(client, api):
    known = set(scraped())
    for n in range(40):
        client.get(f"/nothing/{n}/")
        client.get(f"/admin/nothing/{n}/")
        client.get(f"/static/{n}.js")
        client.get(f"/api/training-runs/{n}/", headers={"X-Request-ID": f"r-{n}", "Host": f"h{n}.example"})
        client.generic(f"M{n}", "/api/predict/")
        api.post(f"/api/models/kind{n}/promote/", {"version": n})
        api.post("/api/predict/", BODY | {"model": f"m{n}", "prompt": n})
    new = {labels for name, labels in set(scraped()) - known if name.endswith(("_count", "_total"))}
    assert len(new) <= 12
    assert not any("nothing" in each or each.startswith(("kind", "m1", "M1")) for some in new for _, each in some)


def test_what_waits_and_who_answers_is_read_when_asked(api):
    api.post("/api/predict/", BODY)
    caches["process"].clear()
    now = scraped()
    assert value(now, "digits_ready") == 1
    assert value(now, "digits_reviews", state="waiting") == Submission.objects.count() == 1
    assert value(now, "digits_reviews", state="disputed") == 0
    assert value(now, "digits_training_runs", state="lost") == 0
    assert {dict(labels)["kind"] for name, labels in now if name == "digits_champion_info"} == {*KINDS}
    assert value(now, "digits_champion_working") == len(KINDS)


def test_it_answers_while_the_database_is_away():
    def refuse(*args):
        raise OperationalError("gone")

    caches["process"].clear()
    storage._trial.forget()
    with connection.execute_wrapper(refuse):
        now = scraped()
    storage._trial.forget()
    assert value(now, "digits_ready") == 0
    assert value(now, "digits_champion_working") == len(KINDS)
    assert not [name for name, _ in now if name in {"digits_reviews", "digits_training_runs"}]


def test_it_answers_where_only_the_counts_fail(monkeypatch):
    def refuse():
        raise OperationalError("too slow")

    caches["process"].clear()
    monkeypatch.setattr("predictor.services.learning.runs.overview", refuse)
    now = scraped()
    assert value(now, "digits_ready") == 1
    assert not [name for name, _ in now if name == "digits_reviews"]


def test_without_a_model_it_says_so(models_dir):
    now = scraped()
    assert value(now, "digits_ready") == 0
    assert [found for (name, _), found in now.items() if name == "digits_champion_working"] == [0, 0, 0]


class TestAccess:
    def status(self, **extra: str) -> int:
        return APIClient().get("/metrics", **extra).status_code

    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
    def test_this_machine_may_read_it(self, address):
        assert self.status(REMOTE_ADDR=address) == 200

    @pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.7", "2001:db8::7", "", "unix:"])
    def test_nobody_else_may_and_is_told_why(self, address):
        response = APIClient().get("/metrics", REMOTE_ADDR=address)
        assert response.status_code == 403
        assert response.json()["code"] == "permission_denied"
        assert "METRICS_ALLOW" in response.json()["detail"]
        assert b"digits_" not in response.content

    def test_a_network_is_let_in_by_name(self, settings):
        settings.METRICS_ALLOW = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")]
        assert self.status(REMOTE_ADDR="10.1.2.3") == self.status(REMOTE_ADDR="2001:db8::7") == 200
        assert self.status(REMOTE_ADDR="127.0.0.1") == 403

    @pytest.mark.parametrize("header", ["X_FORWARDED_FOR", "FORWARDED"])
    def test_behind_a_proxy_that_is_not_counted_its_own_address_proves_nothing(self, header):
        assert self.status(REMOTE_ADDR="127.0.0.1", **{f"HTTP_{header}": "127.0.0.1"}) == 403

    @pytest.mark.parametrize(
        ("forwarded", "status"),
        [("203.0.113.7", 403), ("127.0.0.1, 203.0.113.7", 403), ("unknown", 403), ("203.0.113.7, 127.0.0.1", 200)],
    )
    def test_behind_a_proxy_that_is_counted_what_it_says_counts(self, settings, forwarded, status):
        settings.NUM_PROXIES = 1
        assert self.status(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded) == status

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
    def test_the_token_lets_in_from_anywhere(self, settings, scheme):
        settings.METRICS_TOKEN = TOKEN
        assert self.status(REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION=f"{scheme} {TOKEN}") == 200

    @pytest.mark.parametrize("given", ["Bearer wrong", "Bearer", "Bearer ", f"Token {TOKEN}", "Bearer é"])
    def test_another_token_does_not(self, settings, given):
        settings.METRICS_TOKEN = TOKEN
        assert self.status(REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION=given) == 403

    def test_without_a_token_in_the_settings_none_is_right(self):
        assert self.status(REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION="Bearer ") == 403

    def test_it_is_only_read_and_for_any_host(self, client):
        assert client.post("/metrics").status_code == 405
        assert client.head("/metrics").status_code == 200
        assert client.get("/metrics", headers={"Host": "10.0.0.7:8000"}).status_code == 200
