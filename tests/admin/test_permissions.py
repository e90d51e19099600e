"""Who may view, label and delete submissions."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from predictor.models import Label, Submission
from predictor.services.reviewing import labels
from tests.admin.lists import LIST, change_of, form

pytestmark = pytest.mark.django_db


def test_visitors_are_sent_to_the_login_page(client):
    assert client.get(LIST).status_code == 302


def staff(django_user_model, *codenames):
    user = django_user_model.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def test_staff_who_may_only_view_cannot_label(client, django_user_model, rows):
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


def test_labels_are_deleted_with_their_drawing(admin_client, admin_user, rows):
    labels.record_many(submissions=[row.pk for row in rows], value="7", by=admin_user)
    some = [str(row.pk) for row in rows[:2]]
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": some, "post": "yes"})
    assert Label.objects.count() == Submission.objects.count() == 1
    admin_client.post(reverse("admin:predictor_submission_delete", args=[rows[2].pk]), {"post": "yes"})
    assert Label.objects.count() == Submission.objects.count() == 0
