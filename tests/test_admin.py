"""The review desk."""

import pytest
from django.urls import reverse

from predictor.models import ModelVersion, Submission
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:predictor_submission_changelist")


@pytest.fixture
def rows(api):
    for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.A_ONE):
        api.post("/api/predict/", {"image": base64_of(content)})
    return list(Submission.objects.all())


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
    admin_client, rows, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        admin_client.get(LIST)


def test_a_label_is_set_in_the_list_and_names_its_reviewer(admin_client, admin_user, rows):
    admin_client.post(LIST, form(rows, **{"form-1-label": 7}))
    labelled = Submission.objects.get(label=7)
    assert labelled.id == rows[1].id
    assert labelled.labelled_by == admin_user
    assert labelled.labelled_at is not None
    assert Submission.objects.filter(labelled_by=None).count() == 2


def test_a_label_is_set_in_bulk_and_cleared(admin_client, rows):
    some = [str(row.pk) for row in rows[:2]]
    admin_client.post(LIST, {"action": "label_4", "_selected_action": some})
    assert Submission.objects.filter(label=4).count() == 2
    admin_client.post(LIST, {"action": "clear_label", "_selected_action": some[:1]})
    assert Submission.objects.filter(label=4).count() == 1


def seen(rows, **extra):
    """The form as a reviewer's browser sends it: what was seen goes along."""
    return form(
        rows, **{f"initial-form-{i}-label": "" if r.label is None else r.label for i, r in enumerate(rows)}, **extra
    )


def test_a_reviewer_who_saves_does_not_undo_what_another_labelled_meanwhile(admin_client, rows, django_user_model):
    other = django_user_model.objects.create_user("other")
    Submission.objects.filter(pk=rows[0].pk).update(label=3, labelled_by=other)
    admin_client.post(LIST, seen(rows, **{"form-1-label": 7}))
    first = Submission.objects.get(pk=rows[0].pk)
    assert (first.label, first.labelled_by) == (3, other)
    assert Submission.objects.get(pk=rows[1].pk).label == 7


def test_saving_without_a_change_labels_nothing(admin_client, rows):
    url = reverse("admin:predictor_submission_change", args=[rows[0].pk])
    admin_client.post(url, {"label": "", "initial-label": ""})
    assert Submission.objects.get(pk=rows[0].pk).labelled_at is None


@pytest.mark.parametrize("label", ["10", "-1", "seven"])
def test_a_label_that_is_no_digit_is_refused(admin_client, rows, label):
    response = admin_client.post(LIST, form(rows, **{"form-0-label": label}))
    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert not Submission.objects.filter(label__isnull=False).exists()


def test_one_drawing_is_shown_large_and_labelled(admin_client, rows):
    url = reverse("admin:predictor_submission_change", args=[rows[0].pk])
    page = admin_client.get(url).content.decode()
    assert 'class="drawing"' in page
    admin_client.post(url, {"label": "1"})
    assert Submission.objects.get(pk=rows[0].pk).label == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [("labelled=no", 3), ("labelled=yes", 0), ("agreement=all", 3), ("prediction=3", 1), ("source=page", 0)],
)
def test_the_list_is_filtered(admin_client, rows, query, count):
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


def test_staff_who_may_only_look_cannot_label(client, django_user_model, rows):
    from django.contrib.auth.models import Permission

    looker = django_user_model.objects.create_user("looker", password="x", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_submission"))
    client.force_login(looker)
    client.post(LIST, {"action": "label_4", "_selected_action": [str(rows[0].pk)]})
    client.post(LIST, form(rows, **{"form-1-label": 7}))
    assert not Submission.objects.filter(label__isnull=False).exists()
