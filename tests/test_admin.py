"""The review desk."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from predictor.admin import paginator
from predictor.models import Label, ModelVersion, Submission
from predictor.services import labels
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:predictor_submission_changelist")


@pytest.fixture
def rows(api):
    for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.A_ONE):
        api.post("/api/predict/", {"image": base64_of(content)})
    return list(Submission.objects.all())


def change_of(row):
    return reverse("admin:predictor_submission_change", args=[row.pk])


def form(rows, **extra):
    data = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for i, row in enumerate(rows):
        data |= {f"form-{i}-id": str(row.id), f"form-{i}-label": "" if row.label is None else row.label}
    return data | extra


def test_the_list_shows_the_drawing_and_what_the_models_say(admin_client, rows):
    page = admin_client.get(LIST).content.decode()
    assert page.count('class="pixels"') == 3
    assert page.count('class="opinion"') == 9


def test_the_list_costs_the_same_number_of_queries_for_any_number_of_rows(
    admin_client, rows, django_assert_num_queries, django_assert_max_num_queries
):
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(LIST)
    assert len(queries) <= 12
    Submission.objects.first().delete()
    with django_assert_num_queries(len(queries)):
        admin_client.get(LIST)


def act(client, name, rows, query="", **more):
    data = {"action": name, "_selected_action": [row.pk for row in rows], **more}
    return client.post(LIST + query, data, follow=True)


def test_nothing_is_done_to_more_rows_than_were_counted(admin_client, rows, monkeypatch):
    monkeypatch.setattr(paginator, "LIMIT", 2)
    response = act(admin_client, "label_7", rows[:1], select_across="1")
    assert "Nothing was done" in response.content.decode()
    assert not Label.objects.exists()
    act(admin_client, "label_7", rows[:1])
    monkeypatch.setattr(paginator, "LIMIT", 3)
    act(admin_client, "label_3", rows[:1], select_across="1")
    assert Submission.objects.filter(label=3).count() == 3


@pytest.mark.parametrize("name", ["source", "verdict", "review", "claim"])
def test_a_filter_that_no_database_understands_is_a_bad_request(admin_client, rows, name):
    assert admin_client.get(LIST, {f"{name}__exact": "a\0"}).status_code == 400


@pytest.mark.parametrize(("query", "count"), [({}, 2), ({"source__exact": "api"}, 2), ({"source__exact": "page"}, 0)])
def test_rows_are_counted_up_to_a_limit(admin_client, rows, monkeypatch, query, count):
    monkeypatch.setattr(paginator, "LIMIT", 2)
    assert f"{count} submissions" in admin_client.get(LIST, query).content.decode()


def test_a_longer_table_is_taken_for_as_long_as_postgresql_last_found_it(admin_client, rows, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL alone estimates")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE predictor_submission")
    monkeypatch.setattr(paginator, "LIMIT", 2)
    assert "3 submissions" in admin_client.get(LIST).content.decode()


def test_a_label_is_set_in_the_list_and_names_its_reviewer(admin_client, admin_user, rows):
    admin_client.post(LIST, form(rows, **{"form-1-label": 7}))
    labelled = Submission.objects.get(label=7)
    assert labelled.id == rows[1].id
    assert labelled.labelled_by == admin_user
    assert labelled.labelled_at is not None
    assert Submission.objects.filter(labelled_by=None).count() == 2


def test_what_is_gone_when_it_is_saved_is_told_of(admin_client, rows, monkeypatch):
    monkeypatch.setattr(labels, "lock", lambda _: [])
    page = admin_client.post(LIST, form(rows, **{"form-1-label": 7}), follow=True).content.decode()
    assert f"Nothing was saved of {rows[1].pk}: it is gone." in page
    page = admin_client.post(change_of(rows[0]), {"label": "7", "initial-label": ""}, follow=True).content.decode()
    assert f"Nothing was saved of {rows[0].pk}: it is gone." in page


def test_what_others_labelled_cannot_be_cleared(admin_client, rows, django_user_model):
    labels.record(submission=rows[0], value="3", by=django_user_model.objects.create_superuser("other"))
    page = admin_client.post(change_of(rows[0]), {"label": "", "initial-label": "3"}, follow=True).content.decode()
    assert "only who did takes it back" in page
    assert "successfully" not in page
    page = admin_client.post(LIST, seen(rows) | {"initial-form-0-label": "3", "form-0-label": ""}).content.decode()
    assert "only who did takes it back" in page
    assert "successfully" not in page
    assert Submission.objects.get(pk=rows[0].pk).label == 3
    assert "0 without your label again" in act(admin_client, "clear_label", rows).content.decode()
    assert Label.objects.count() == 1


@pytest.mark.parametrize("damage", [{"form-0-id": "x"}, {"form-0-id": "-" * 36}, {"form-TOTAL_FORMS": "7000"}])
def test_a_list_that_is_no_list_labels_nothing(admin_client, rows, damage):
    assert admin_client.post(LIST, form(rows, **{"form-0-label": "7"}) | damage).status_code < 500
    assert not Label.objects.exists()


@pytest.mark.parametrize(
    ("action", "review", "label"),
    [("label_0", "digit", 0), ("label_4", "digit", 4), ("label_x", "none", None), ("label_u", "unsure", None)],
)
def test_a_label_is_set_in_bulk_and_taken_back(admin_client, rows, action, review, label):
    some = [str(row.pk) for row in rows[:2]]
    admin_client.post(LIST, {"action": action, "_selected_action": some})
    assert Submission.objects.filter(review=review, label=label).count() == 2
    admin_client.post(LIST, {"action": "clear_label", "_selected_action": some[:1]})
    assert Submission.objects.filter(review=review, label=label).count() == 1
    assert Label.objects.count() == 3


def seen(rows, **extra):
    """The form as a reviewer's browser sends it: what was seen goes along."""
    return form(
        rows, **{f"initial-form-{i}-label": "" if r.label is None else r.label for i, r in enumerate(rows)}, **extra
    )


def test_a_reviewer_who_saves_does_not_undo_what_another_labelled_meanwhile(admin_client, rows, django_user_model):
    other = django_user_model.objects.create_user("other")
    Submission.objects.filter(pk=rows[0].pk).update(review="digit", label=3, labelled_by=other)
    admin_client.post(LIST, seen(rows, **{"form-1-label": 7}))
    first = Submission.objects.get(pk=rows[0].pk)
    assert (first.label, first.labelled_by) == (3, other)
    assert Submission.objects.get(pk=rows[1].pk).label == 7


def test_saving_without_a_change_labels_nothing(admin_client, rows):
    admin_client.post(change_of(rows[0]), {"label": "", "initial-label": ""})
    assert not Label.objects.exists()


@pytest.mark.parametrize(("value", "review"), [("5", "digit"), ("x", "none"), ("u", "unsure")])
def test_what_is_labelled_is_filled_in_already_and_saving_it_again_adds_nothing(
    admin_client, admin_user, rows, value, review
):
    labels.record(submission=rows[0], value=value, by=admin_user)
    assert Submission.objects.get(pk=rows[0].pk).review == review
    page = admin_client.get(change_of(rows[0])).content.decode()
    assert f'<input type="text" name="label" value="{value}"' in page
    assert f'<input type="hidden" name="initial-label" value="{value}"' in page
    admin_client.post(change_of(rows[0]), {"label": value, "initial-label": value})
    assert Label.objects.count() == 1


def test_who_contradicts_another_disputes_it(admin_client, rows, django_user_model):
    other = django_user_model.objects.create_superuser("other")
    labels.record(submission=rows[0], value="3", by=other)
    admin_client.post(change_of(rows[0]), {"label": "5", "initial-label": "3"})
    row = Submission.objects.get(pk=rows[0].pk)
    assert (row.review, row.label) == ("disputed", None)


@pytest.mark.parametrize("label", ["10", "-1", "seven"])
def test_a_label_that_is_no_digit_is_refused(admin_client, rows, label):
    response = admin_client.post(LIST, form(rows, **{"form-0-label": label}))
    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert not Submission.objects.filter(label__isnull=False).exists()


def test_one_drawing_is_shown_large_and_labelled(admin_client, rows):
    page = admin_client.get(change_of(rows[0])).content.decode()
    assert 'class="drawing"' in page
    admin_client.post(change_of(rows[0]), {"label": "1"})
    assert Submission.objects.get(pk=rows[0].pk).label == 1


def test_the_history_stands_beside_the_drawing_and_cannot_be_changed(admin_client, admin_user, rows):
    for value in ("3", None, "u"):
        labels.record(submission=rows[0], value=value, by=admin_user)
    page = admin_client.get(change_of(rows[0])).content.decode()
    assert re.findall(r"(3|taken back|unsure) \(a reviewer\) admin<", page) == ["3", "taken back", "unsure"]
    assert not re.search(r'name="(history|labels|review)', page)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("review__exact=waiting", 2),
        ("review__exact=none", 1),
        ("disagreement=no", 3),
        ("disagreement=yes", 0),
        ("verdict__exact=digit", 3),
        ("label__isnull=True", 3),
        ("claim__exact=7", 0),
        ("prediction__exact=3", 1),
        ("source__exact=page", 0),
        ("created_at__gte=2026-01-01+00:00:00%2B00:00", 3),
    ],
)
def test_the_list_is_filtered(admin_client, admin_user, rows, query, count):
    labels.record(submission=rows[0], value="x", by=admin_user)
    assert admin_client.get(f"{LIST}?{query}").content.decode().count('class="pixels"') == count


def test_a_drawing_is_found_by_its_id(admin_client, rows):
    page = admin_client.get(LIST, {"q": str(rows[0].pk)}).content.decode()
    assert page.count('class="pixels"') == 1
    assert admin_client.get(LIST, {"q": "nothing like it"}).status_code == 200


def test_a_row_that_no_model_answered_is_shown(admin_client, api, models_dir):
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)})
    assert admin_client.get(LIST).content.decode().count('class="pixels"') == 1


def test_the_versions_are_listed_with_their_metrics_and_the_champions_marked(admin_client):
    page = admin_client.get(reverse("admin:predictor_modelversion_changelist")).content.decode()
    assert ModelVersion.objects.count() >= 3
    assert page.count("icon-yes") == 3
    assert "of 9,940" in page


def test_a_version_is_shown_and_cannot_be_changed(admin_client):
    admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    url = reverse("admin:predictor_modelversion_change", args=[ModelVersion.objects.first().pk])
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, {"kind": "svm"}).status_code == 403


def test_the_row_of_a_version_that_is_gone_goes_too(admin_client, models_dir):
    ModelVersion.objects.create(
        kind="svm", version=9, sha256="0" * 64, size=1, trained_at="2026-01-01T00:00Z", base="mnist500",
        dataset_digest="0" * 64, dataset_size=500, preprocessing=1, metrics={}, calibration={},
    )  # fmt: skip
    admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    assert not ModelVersion.objects.exists()


def test_the_versions_page_says_what_is_wrong_with_the_champions(admin_client, models_dir):
    (models_dir / "champions.json").write_text("{")
    page = admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    assert page.status_code == 200
    assert page.content.decode().lower().count("champions.json cannot be read") == 1


def test_visitors_are_sent_to_the_login(client):
    assert client.get(LIST).status_code == 302


def staff(django_user_model, *codenames):
    user = django_user_model.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def test_staff_who_may_only_look_cannot_label(client, django_user_model, rows):
    client.force_login(staff(django_user_model, "view_submission"))
    client.post(LIST, {"action": "label_4", "_selected_action": [str(rows[0].pk)]})
    client.post(LIST, form(rows, **{"form-1-label": 7}))
    assert client.post(change_of(rows[0]), {"label": "7"}).status_code == 403
    assert not Label.objects.exists()


def test_staff_who_may_only_label_cannot_delete(client, django_user_model, rows):
    client.force_login(staff(django_user_model, "view_submission", "label_submission"))
    client.post(LIST, form(rows, **{"form-1-label": 7}))
    assert Submission.objects.get(label=7)
    client.post(LIST, {"action": "delete_selected", "_selected_action": [str(rows[0].pk)], "post": "yes"})
    delete = reverse("admin:predictor_submission_delete", args=[rows[0].pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert Submission.objects.count() == 3


def test_what_is_deleted_takes_its_labels_along(admin_client, admin_user, rows):
    labels.record_many(submissions=[row.pk for row in rows], value="7", by=admin_user)
    some = [str(row.pk) for row in rows[:2]]
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": some, "post": "yes"})
    assert Label.objects.count() == Submission.objects.count() == 1
    admin_client.post(reverse("admin:predictor_submission_delete", args=[rows[2].pk]), {"post": "yes"})
    assert Label.objects.count() == Submission.objects.count() == 0
