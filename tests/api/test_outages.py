"""The database fails: drawings are answered all the same, and everything else says so with 503."""

import contextlib
import logging

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, InternalError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from predictor.models import Submission
from predictor.services.collecting import storage
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
BODY = {"image": base64_of(drawings.BLACK_ON_WHITE)}


@contextlib.contextmanager
def failing(error):
    def refuse(*args):
        raise error

    storage._trial.forget()
    with connection.execute_wrapper(refuse):
        yield
    storage._trial.forget()


@pytest.fixture(
    params=[
        OperationalError("disk I/O error"),
        InterfaceError("connection already closed"),
        InternalError("cannot execute INSERT in a read-only transaction"),
        DatabaseError("database disk image is malformed"),
    ],
    ids=lambda error: type(error).__name__,
)
def outage(request):
    with failing(request.param):
        yield


@pytest.mark.usefixtures("outage")
class TestOutage:
    def test_a_drawing_is_answered_and_says_why_it_is_not_kept(self, api):
        response = api.post("/api/predict/", BODY)
        assert response.status_code == 200
        body = response.json()
        assert (body["prediction"], body["id"], body["token"]) == (3, None, None)
        assert body["not_kept"]["code"] == "storage_unavailable"
        assert "not kept" in body["not_kept"]["detail"]

    def test_who_wants_nothing_kept_is_told_nothing(self, api):
        assert api.post("/api/predict/", BODY | {"store": False}).json()["not_kept"] is None

    def test_the_ancestors_route_answers(self, api):
        response = api.post("/predict/", BODY | {"model": "cnn"})
        assert (response.status_code, response.json()) == (200, {"prediction": 3})

    def test_the_page_is_served_and_its_form_answers(self, client, picture):
        assert client.get("/").status_code == 200
        page = client.post("/", {"image": picture, "store": "on"})
        assert page.status_code == 200
        assert "answered but not kept" in page.content.decode()

    def test_a_claim_and_a_deletion_are_503(self, api):
        call = {"format": "json", "headers": {"Authorization": f"Bearer {token(drawing_id())}"}}
        for response in (
            api.post(f"/api/submissions/{drawing_id()}/claim/", {"claim": 3}, **call),
            api.delete(f"/api/submissions/{drawing_id()}/", **call),
        ):
            assert response.status_code == 503
            assert response.json()["code"] == "storage_unavailable"
            assert int(response["Retry-After"]) > 0

    def test_it_is_not_ready_and_alive(self, client):
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (503, "unavailable")
        assert client.get("/healthz").status_code == 200


def drawing_id():
    return "00000000-0000-4000-8000-000000000000"


def token(submission_id):
    from predictor.services.collecting.submissions import _signer

    return _signer().signature(submission_id)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "three.png"
    path.write_bytes(drawings.BLACK_ON_WHITE)
    with path.open("rb") as file:
        yield file


@pytest.mark.parametrize("name", ["predictor_submission_changelist", "predictor_submission_queue", "index"])
def test_the_admin_says_503_in_html(admin_client, name):
    with failing(InternalError("read-only")):
        admin_client.raise_request_exception = False
        response = admin_client.get(reverse(f"admin:{name}"))
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "The database is unavailable." in response.content.decode()


def test_a_label_that_cannot_be_saved_is_503(admin_client):
    admin_client.raise_request_exception = False
    with failing(OperationalError("locked")):
        response = admin_client.post(reverse("admin:predictor_submission_save"), {}, content_type="application/json")
    assert response.status_code == 503


def test_a_fault_of_ours_is_no_outage():
    client = Client(raise_request_exception=False)
    with failing(IntegrityError("NOT NULL")):
        response = client.post("/api/predict/", BODY, content_type="application/json")
    assert response.status_code == 500
    assert response.json()["code"] == "server_error"


def test_an_outage_is_a_line_in_the_log_not_a_traceback_for_each_request(api, admin_client, caplog):
    admin_client.raise_request_exception = False
    with failing(OperationalError("disk I/O error")):
        for _ in range(5):
            api.post("/api/predict/", BODY)
            api.delete(f"/api/submissions/{drawing_id()}/", headers={"Authorization": f"Bearer {token(drawing_id())}"})
            admin_client.get(reverse("admin:index"))
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) <= 1
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writes_is_not_ready(client):
    if connection.vendor != "sqlite":
        pytest.skip("PRAGMA query_only is SQLite's; bench/faults.py makes PostgreSQL read-only")
    storage._trial.forget()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        try:
            assert client.get("/readyz").json()["database"] == "unavailable"
            assert client.post("/api/predict/", BODY, content_type="application/json").json()["not_kept"]
        finally:
            cursor.execute("PRAGMA query_only = OFF")
    storage._trial.forget()
    assert client.get("/readyz").json()["database"] == "ok"


def test_nothing_is_kept_when_the_disk_is_nearly_full(api, settings, monkeypatch):
    monkeypatch.setattr(storage, "is_disk_full", lambda: True)
    storage._trial.forget()
    body = api.post("/api/predict/", BODY).json()
    assert (body["prediction"], body["id"], body["not_kept"]["code"]) == (3, None, "storage_full")
    assert Submission.objects.count() == 0
    ready = api.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "full")
    storage._trial.forget()


def test_the_reserve_is_compared_with_the_disk_of_the_database(settings, monkeypatch, tmp_path):
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "db.sqlite3"))
    settings.DISK_RESERVE_MB = 0
    assert not storage.is_disk_full()
    settings.DISK_RESERVE_MB = 10**12
    assert storage.is_disk_full() is (connection.vendor == "sqlite")


def test_one_address_can_store_only_so_much_in_a_day(api, settings):
    settings.CLIENT_QUOTA_MB = 1
    first = api.post("/api/predict/", BODY, REMOTE_ADDR="198.51.100.7").json()
    assert first["id"]
    storage.charge("198.51.100.7", 1_000_000)
    other = BODY | {"image": base64_of(drawings.encode(drawings.draw(drawings.SEVEN)))}
    refused = api.post("/api/predict/", other, REMOTE_ADDR="198.51.100.7").json()
    assert (refused["id"], refused["not_kept"]["code"]) == (None, "quota_exceeded")
    assert api.post("/api/predict/", other, REMOTE_ADDR="198.51.100.8").json()["id"]


def test_what_is_stored_is_charged_once(api):
    for _ in range(3):
        api.post("/api/predict/", BODY, REMOTE_ADDR="198.51.100.7")
    row = Submission.objects.get()
    assert storage._used("198.51.100.7") == len(row.image) + len("null")


def test_a_drawing_kept_without_an_answer_can_be_deleted_by_whoever_drew_it(api, models_dir):
    refused = api.post("/api/predict/", BODY)
    assert refused.status_code == 503
    body = refused.json()
    gone = api.delete(f"/api/submissions/{body['id']}/", headers={"Authorization": f"Bearer {body['token']}"})
    assert gone.status_code == 204
    assert Submission.objects.count() == 0
