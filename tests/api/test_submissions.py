"""What visitors may do with their drawings: POST /api/submissions/{id}/claim/, DELETE /api/submissions/{id}/"""

import json
import uuid

import pytest
from django.core.signing import Signer
from django.db import IntegrityError, OperationalError, connection, transaction

from predictor.models import Submission
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
DRAWING = {"image": base64_of(drawings.A_SEVEN)}


@pytest.fixture
def kept(api):
    return api.post("/api/predict/", DRAWING).json()


def bearer(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def claim(api, kept, value, **extra):
    return api.post(f"/api/submissions/{kept['id']}/claim/", {"claim": value}, **(bearer(kept["token"]) | extra))


def delete(api, kept, **extra):
    return api.delete(f"/api/submissions/{kept['id']}/", **(bearer(kept["token"]) | extra))


# Who gets a token.


def test_the_first_sender_gets_a_token_and_a_stranger_with_the_same_pixels_does_not(api, kept):
    again = api.post("/api/predict/", DRAWING).json()
    assert kept["token"]
    assert again["id"] == kept["id"]
    assert again["token"] is None


def test_the_same_request_sent_again_gets_the_same_token(api):
    first, second = (api.post("/api/predict/", DRAWING, HTTP_X_REQUEST_ID="drawing-1").json() for _ in range(2))
    assert first["token"] == second["token"] is not None
    assert api.post("/api/predict/", DRAWING, HTTP_X_REQUEST_ID="drawing-2").json()["token"] is None


def test_there_is_no_token_for_an_imported_drawing(api, kept):
    Submission.objects.update(source="import", request_id="import")
    assert api.post("/api/predict/", DRAWING, HTTP_X_REQUEST_ID="import").json()["token"] is None


def test_there_is_no_token_if_nothing_is_stored(api):
    body = api.post("/api/predict/", DRAWING | {"store": False}).json()
    assert body["id"] is None
    assert body["token"] is None


def test_there_is_no_token_for_a_known_drawing_if_nothing_is_stored(api, kept):
    assert api.post("/api/predict/", DRAWING | {"store": False}).json()["token"] is None


def test_a_drawing_that_was_deleted_is_new_again(api, kept):
    delete(api, kept)
    again = api.post("/api/predict/", DRAWING).json()
    assert again["token"]
    assert again["id"] != kept["id"]


# Claims.


@pytest.mark.parametrize(("value", "stored"), [*((digit, str(digit)) for digit in range(10)), ("not_a_digit", "x")])
def test_a_claim_is_kept_and_is_not_a_label(api, kept, value, stored):
    response = claim(api, kept, value)
    assert response.status_code == 200
    assert response.json() == {"id": kept["id"], "claim": value}
    row = Submission.objects.get()
    assert row.claim == stored
    assert row.claimed_at is not None
    assert row.label is None


def test_a_claim_is_changed_and_taken_back(api, kept):
    assert claim(api, kept, 7).json()["claim"] == 7
    assert claim(api, kept, 1).json()["claim"] == 1
    assert claim(api, kept, None).json() == {"id": kept["id"], "claim": None}
    row = Submission.objects.get()
    assert row.claim is None
    assert row.claimed_at is None


def test_a_claim_may_be_sent_as_a_form_and_without_the_slash_at_the_end(api, kept):
    url = f"/api/submissions/{kept['id']}/claim"
    form = {"content_type": "application/x-www-form-urlencoded", **bearer(kept["token"])}
    assert api.generic("POST", url, b"claim=7", **form).json()["claim"] == 7
    assert api.generic("POST", url, b"claim=not_a_digit", **form).json()["claim"] == "not_a_digit"
    assert api.generic("POST", url, b"claim=", **form).json()["claim"] is None


@pytest.mark.parametrize("value", [10, -1, 7.5, True, "seven", "x", "٧", "07", "", [7], {"claim": 7}], ids=str)
def test_it_refuses_an_invalid_claim(api, kept, value):
    response = claim(api, kept, value)
    assert response.status_code == 400
    assert response.json()["field"] == "claim"
    assert Submission.objects.get().claim is None


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"[7]", "application/json", 400),
        (b"7", "application/json", 400),
        (b"null", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"claim": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"claim": "\\ud800"}', "application/json", 400),
        (b"", "application/x-www-form-urlencoded", 400),
        (b"claim=7", "text/plain", 415),
        (b"claim=" + b"%" * 100_000, "application/x-www-form-urlencoded", 413),
        (b"x" * (1024 * 1024 + 1), "application/json", 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_it_refuses_a_body_without_a_claim(api, kept, body, kind, status):
    url = f"/api/submissions/{kept['id']}/claim/"
    response = api.generic("POST", url, body, content_type=kind, **bearer(kept["token"]))
    assert response.status_code == status
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_the_database_refuses_an_invalid_claim(kept):
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(claim="y")


# Deleting.


def test_a_drawing_is_deleted_once(api, kept):
    response = delete(api, kept)
    assert response.status_code == 204
    assert response.content == b""
    assert not Submission.objects.exists()
    again = delete(api, kept)
    assert again.status_code == 404
    assert again.json()["code"] == "not_found"
    assert claim(api, kept, 7).status_code == 404


def test_only_the_drawing_of_the_token_is_deleted(api, kept):
    other = api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)}).json()
    delete(api, kept)
    assert str(Submission.objects.get().id) == other["id"]


# Refusals.


def calls(api, kept, **extra):
    return [claim(api, kept, 7, **extra), delete(api, kept, **extra)]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dTpw", "Token abc", "Bearer a b", "Bearer a:b", "Bearer ä", "bearerabc"]
)
def test_without_a_token_it_is_401(api, kept, header):
    for response in calls(api, kept, HTTP_AUTHORIZATION=header):
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert response.json()["code"] == "not_authenticated"
    assert Submission.objects.get().claim is None


def test_with_another_drawings_token_it_is_403(api, kept):
    other = api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)}).json()
    for response in calls(api, kept | {"token": other["token"]}):
        assert response.status_code == 403
        assert response.json()["code"] == "permission_denied"
    assert Submission.objects.count() == 2
    assert not Submission.objects.exclude(claim=None).exists()


def test_with_a_signature_made_for_something_else_it_is_403(api, kept):
    for salt in ("", "session"):
        (response, _) = calls(api, kept | {"token": Signer(salt=salt or None).signature(kept["id"])})
        assert response.status_code == 403


@pytest.mark.parametrize("damage", [str.swapcase, lambda token: token[:-1], lambda token: token + "A", lambda _: "A"])
def test_with_a_damaged_token_it_is_403(api, kept, damage):
    for response in calls(api, kept | {"token": damage(kept["token"])}):
        assert response.status_code == 403
    assert Submission.objects.get().claim is None


def test_a_drawing_that_does_not_exist_is_refused_like_somebody_elses(api, kept):
    for response in calls(api, kept | {"id": str(uuid.uuid4())}):
        assert response.status_code == 403


@pytest.mark.parametrize("pk", ["7", "not-a-uuid", "%00", "00000000-0000-0000-0000-00000000000g"])
def test_an_invalid_id_is_404(api, kept, pk):
    for response in calls(api, kept | {"id": pk}):
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


def test_someone_who_is_logged_in_needs_the_token_too_and_no_csrf_token(admin_user, kept):
    from rest_framework.test import APIClient

    api = APIClient(enforce_csrf_checks=True)
    api.force_login(admin_user)
    assert claim(api, kept, 7, HTTP_AUTHORIZATION="").status_code == 401
    assert claim(api, kept, 7).status_code == 200


def test_it_sets_no_cookie(api, kept):
    assert not any(response.cookies for response in calls(api, kept))


def test_they_count_towards_the_limit_of_predictions(api, kept, settings):
    settings.PREDICT_RATE = "2/hour"
    assert api.post("/api/predict/", DRAWING).status_code == 200
    assert claim(api, kept, 7).status_code == 200
    response = delete(api, kept)
    assert response.status_code == 429
    assert response["Retry-After"]
    assert Submission.objects.exists()


def test_it_refuses_a_body_of_unknown_length(api, kept):
    for response in calls(api, kept, HTTP_TRANSFER_ENCODING="chunked"):
        assert response.status_code == 411


@pytest.mark.parametrize("method", ["get", "put", "patch", "post"])
def test_it_refuses_another_method(api, kept, method):
    assert getattr(api, method)(f"/api/submissions/{kept['id']}/", **bearer(kept["token"])).status_code == 405


def test_with_the_database_gone_it_is_503(api, kept):
    def refuse(*args):
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(refuse):
        for response in calls(api, kept):
            assert response.status_code == 503
            assert response.json()["code"] == "storage_unavailable"


def test_a_claim_is_shown_in_the_admin_and_cannot_be_changed_there(api, admin_client, kept):
    claim(api, kept, "not_a_digit")
    rows = admin_client.get("/admin/predictor/submission/?claim=x").content.decode()
    assert '<td class="field-claim">not a digit</td>' in rows
    url = f"/admin/predictor/submission/{kept['id']}/change/"
    assert 'name="claim"' not in admin_client.get(url).content.decode()
    admin_client.post(url, {"label": "7", "initial-label": "", "claim": "1"})
    row = Submission.objects.get()
    assert (row.label, row.claim) == (7, "x")


def test_the_token_is_not_in_the_row(api, kept):
    row = {field.name: str(getattr(Submission.objects.get(), field.name)) for field in Submission._meta.concrete_fields}
    assert kept["token"] not in json.dumps(row)
