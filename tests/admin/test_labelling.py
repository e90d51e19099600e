"""Labels in the list of submissions and on the page of one: set, corrected, taken back."""

import re

import pytest

from predictor.models import Label, Submission
from predictor.services.reviewing import labels
from tests import drawings
from tests.admin.lists import LIST, act, change_of, form, seen
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


# In the list.


def test_a_label_is_set_in_the_list_and_names_its_reviewer(admin_client, admin_user, rows):
    admin_client.post(LIST, form(rows, **{"form-1-label": 7}))
    labelled = Submission.objects.get(label=7)
    assert labelled.id == rows[1].id
    assert labelled.labelled_by == admin_user
    assert labelled.labelled_at is not None
    assert Submission.objects.filter(labelled_by=None).count() == 2


@pytest.mark.parametrize("damage", [{"form-0-id": "x"}, {"form-0-id": "-" * 36}, {"form-TOTAL_FORMS": "7000"}])
def test_a_malformed_list_labels_nothing(admin_client, rows, damage):
    assert admin_client.post(LIST, form(rows, **{"form-0-label": "7"}) | damage).status_code < 500
    assert not Label.objects.exists()


@pytest.mark.parametrize("label", ["10", "-1", "seven"])
def test_an_invalid_label_is_refused(admin_client, rows, label):
    response = admin_client.post(LIST, form(rows, **{"form-0-label": label}))
    assert response.status_code == 200
    assert b"errorlist" in response.content
    assert not Submission.objects.filter(label__isnull=False).exists()


@pytest.mark.parametrize(
    ("action", "review", "label"),
    [("label_0", "digit", 0), ("label_4", "digit", 4), ("label_x", "none", None), ("label_u", "unsure", None)],
)
def test_a_label_is_set_in_bulk_and_taken_back(admin_client, rows, action, review, label):
    some = [str(row.pk) for row in rows[:2]]
    admin_client.post(LIST, {"action": action, "_selected_action": some})
    assert Submission.objects.filter(review=review, label=label).count() == 2
    admin_client.post(LIST, {"action": "take_back", "_selected_action": some[:1]})
    assert Submission.objects.filter(review=review, label=label).count() == 1
    assert Label.objects.count() == 3


def shown(response) -> list[tuple[str, str]]:
    """The rows of the list as a reviewer sees them: the id of the picture's link, and what stands in its label."""
    found = re.findall(
        r'href="/admin/predictor/submission/([0-9a-f-]{36})/change/[^"]*".*?name="form-\d+-label"(?: value="([^"]*)")?',
        response.content.decode(),
        re.DOTALL,
    )
    assert found
    return found


def posted_ids(response) -> list[str]:
    return re.findall(r'name="form-\d+-id" value="([0-9a-f-]{36})"', response.content.decode())


def test_a_refused_list_is_shown_as_posted_whoever_draws_meanwhile(admin_client, api, rows):
    listed = list(reversed(rows))
    api.post("/api/predict/", {"image": base64_of(drawings.encode(drawings.draw([(60, 60), (200, 200)])))})
    response = admin_client.post(LIST, seen(listed, **{"form-0-label": "1", "form-1-label": "q", "form-2-label": "3"}))
    assert shown(response) == [(str(row.pk), label) for row, label in zip(listed, ("1", "q", "3"), strict=True)]
    assert posted_ids(response) == [str(row.pk) for row in listed]
    assert not Label.objects.exists()
    admin_client.post(LIST, seen(listed, **{"form-0-label": "1", "form-1-label": "", "form-2-label": "3"}))
    assert dict(Label.objects.values_list("submission", "value")) == {listed[0].pk: "1", listed[2].pk: "3"}


@pytest.mark.parametrize("position", [0, 1, 2])
def test_what_was_deleted_meanwhile_is_named_and_the_rest_is_saved(admin_client, rows, position):
    labels_typed = {f"form-{i}-label": str(i + 1) for i in range(3)}
    Submission.objects.filter(pk=rows[position].pk).delete()
    page = admin_client.post(LIST, seen(rows, **labels_typed), follow=True).content.decode()
    assert f"Submission {rows[position].pk} was not saved: it has been deleted." in page
    left = {row.pk: i + 1 for i, row in enumerate(rows) if i != position}
    assert dict(Submission.objects.values_list("pk", "label")) == left


def test_what_was_deleted_is_named_beside_a_label_that_is_refused(admin_client, rows):
    Submission.objects.filter(pk=rows[0].pk).delete()
    response = admin_client.post(LIST, seen(rows, **{"form-0-label": "7", "form-1-label": "q", "form-2-label": "2"}))
    assert f"Submission {rows[0].pk} was not saved: it has been deleted." in response.content.decode()
    assert shown(response) == [(str(rows[1].pk), "q"), (str(rows[2].pk), "2")]
    assert not Label.objects.exists()


def test_a_list_of_which_everything_was_deleted_says_so(admin_client, rows):
    Submission.objects.all().delete()
    page = admin_client.post(LIST, seen(rows, **{"form-0-label": "7"}), follow=True).content.decode()
    assert page.count("was not saved: it has been deleted.") == 3
    assert not Label.objects.exists()


# On its own page.


def test_a_drawing_is_shown_large_and_labelled(admin_client, rows):
    page = admin_client.get(change_of(rows[0])).content.decode()
    assert 'class="drawing"' in page
    admin_client.post(change_of(rows[0]), {"label": "1"})
    assert Submission.objects.get(pk=rows[0].pk).label == 1


def test_the_history_is_shown_and_cannot_be_changed(admin_client, admin_user, rows):
    for value in ("3", None, "u"):
        labels.record(submission=rows[0], value=value, by=admin_user)
    page = admin_client.get(change_of(rows[0])).content.decode()
    assert re.findall(r"(3|taken back|unsure) \(a reviewer\) admin<", page) == ["3", "taken back", "unsure"]
    assert not re.search(r'name="(history|labels|review)', page)


def test_saving_without_a_change_labels_nothing(admin_client, rows):
    admin_client.post(change_of(rows[0]), {"label": "", "initial-label": ""})
    assert not Label.objects.exists()


@pytest.mark.parametrize(("value", "review"), [("5", "digit"), ("x", "none"), ("u", "unsure")])
def test_the_current_label_is_filled_in_and_saving_it_again_adds_nothing(admin_client, admin_user, rows, value, review):
    labels.record(submission=rows[0], value=value, by=admin_user)
    assert Submission.objects.get(pk=rows[0].pk).review == review
    page = admin_client.get(change_of(rows[0])).content.decode()
    assert f'<input type="text" name="label" value="{value}"' in page
    assert f'<input type="hidden" name="initial-label" value="{value}"' in page
    admin_client.post(change_of(rows[0]), {"label": value, "initial-label": value})
    assert Label.objects.count() == 1


# With others.


def test_saving_does_not_undo_a_label_that_another_reviewer_set_meanwhile(admin_client, rows, django_user_model):
    other = django_user_model.objects.create_user("other")
    Submission.objects.filter(pk=rows[0].pk).update(review="digit", label=3, labelled_by=other)
    admin_client.post(LIST, seen(rows, **{"form-1-label": 7}))
    first = Submission.objects.get(pk=rows[0].pk)
    assert (first.label, first.labelled_by) == (3, other)
    assert Submission.objects.get(pk=rows[1].pk).label == 7


def test_contradicting_another_reviewer_disputes_the_drawing(admin_client, rows, django_user_model):
    other = django_user_model.objects.create_superuser("other")
    labels.record(submission=rows[0], value="3", by=other)
    admin_client.post(change_of(rows[0]), {"label": "5", "initial-label": "3"})
    row = Submission.objects.get(pk=rows[0].pk)
    assert (row.review, row.label) == ("disputed", None)


def test_a_label_of_another_reviewer_cannot_be_taken_back(admin_client, rows, django_user_model):
    labels.record(submission=rows[0], value="3", by=django_user_model.objects.create_superuser("other"))
    page = admin_client.post(change_of(rows[0]), {"label": "", "initial-label": "3"}, follow=True).content.decode()
    assert "Only the reviewer who set this label can take it back." in page
    assert "successfully" not in page
    page = admin_client.post(LIST, seen(rows) | {"initial-form-0-label": "3", "form-0-label": ""}).content.decode()
    assert "Only the reviewer who set this label can take it back." in page
    assert "successfully" not in page
    assert Submission.objects.get(pk=rows[0].pk).label == 3
    assert "Your label was taken back from 0 submissions." in act(admin_client, "take_back", rows).content.decode()
    assert Label.objects.count() == 1


def test_a_drawing_deleted_before_it_is_saved_is_reported(admin_client, rows, monkeypatch):
    monkeypatch.setattr(labels, "lock", lambda _: [])
    page = admin_client.post(LIST, form(rows, **{"form-1-label": 7}), follow=True).content.decode()
    assert f"Submission {rows[1].pk} was not saved: it has been deleted." in page
    page = admin_client.post(change_of(rows[0]), {"label": "7", "initial-label": ""}, follow=True).content.decode()
    assert f"Submission {rows[0].pk} was not saved: it has been deleted." in page
