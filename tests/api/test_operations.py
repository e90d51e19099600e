"""/healthz, /readyz, /api/models/, the schema, and errors outside the views."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from predictor.ml.kinds import KINDS, PIXEL_KINDS

pytestmark = pytest.mark.django_db


def test_healthz_says_that_the_process_is_alive(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.244.1.17:8000", "elsewhere.example", "[fd00::7]", "a b", ""])
def test_a_probe_may_ask_for_any_host(client, path, host):
    assert client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_only_reads(client, path):
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_readyz_says_which_versions_answer(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"
    assert set(response.json()["models"]) == {*KINDS}
    assert response.json()["database"] == "ok"


def test_the_champions_are_described(client):
    champions = {each["kind"]: each for each in client.get("/api/models/").json()}
    assert set(champions) == {*KINDS}
    assert all(champions[kind]["metrics"]["mnist_test"]["n"] == 9940 for kind in PIXEL_KINDS)
    for each in champions.values():
        assert each["metrics"]["held_out"]["n"] >= 750
        assert len(each["sha256"]) == 64
        assert len(each["dataset"]["digest"]) == 64


def test_the_schema_and_its_page_are_served_without_another_sites_scripts(client):
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"//cdn" not in page.content


@pytest.mark.parametrize("path", ["/api/schema/?version=%00", "/api/schema/?version=2"])
def test_the_schema_has_one_version(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
def test_the_schema_is_only_read(client, path):
    assert client.options(path).status_code == 405


def test_the_schema_says_that_multipart_takes_a_file(client):
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert schema["components"]["schemas"]["PredictUpload"]["properties"]["image"]["format"] == "binary"
    assert "/api/predict/" in schema["paths"]
    assert "/api/predict" not in schema["paths"]


def test_an_unknown_address_below_api_gets_an_error_in_the_apis_format(client):
    response = client.get("/api/nothing/")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_an_unknown_address_elsewhere_is_a_page(client):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("given", ["has spaces", "x" * 65, "", "liné"])
def test_an_invalid_request_id_is_replaced(client, given):
    answer = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answer != given
    assert len(answer) == 32


def test_a_request_id_is_in_the_response_and_in_the_log(client, models_dir, caplog):
    import logging

    from predictor.middleware import RequestIdFilter

    caplog.handler.addFilter(RequestIdFilter())
    with caplog.at_level(logging.WARNING):
        client.post("/api/predict/", b"", content_type="image/png", headers={"X-Request-ID": "abc-1"})
        from tests import drawings

        response = client.post(
            "/api/predict/", drawings.A_SEVEN, content_type="image/png", headers={"X-Request-ID": "abc-2"}
        )
    assert response["X-Request-ID"] == "abc-2"
    ids = {(record.name, record.request_id) for record in caplog.records}
    assert {("django.request", "abc-1"), ("predictor.api.errors", "abc-2")} <= ids


@pytest.mark.parametrize("kind", ["application/vnd.oai.openapi", "application/vnd.oai.openapi+json"])
def test_the_schema_is_generated_once_and_the_same_for_all(client, kind, monkeypatch):
    first = client.get("/api/schema/", headers={"Accept": kind})
    monkeypatch.setattr(SchemaGenerator, "get_schema", None)
    second = client.get("/api/schema/", headers={"Accept": kind})
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]
    assert kind in second["Content-Type"]
    assert second["Content-Disposition"] == first["Content-Disposition"]
