"""The list of labels to check."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse
from django.utils import timezone

from predictor.models import Submission, Suspect
from predictor.services.reviewing import labels
from predictor.services.reviewing.suspects import open_suspects
from tests.suspects import a_reviewer, a_suspect, twenty

pytestmark = pytest.mark.django_db
LIST = reverse("admin:predictor_suspect_changelist")


@pytest.fixture
def reviewer() -> User:
    return a_reviewer("reviewer")


@pytest.fixture
def rows(reviewer: User) -> list[Submission]:
    return twenty(reviewer)


@pytest.fixture
def suspect(rows: list[Submission]) -> Suspect:
    return a_suspect(rows)


def test_the_list_shows_the_drawing_its_label_and_the_prediction(client, reviewer, suspect, rows):
    client.force_login(reviewer)
    page = client.get(LIST).content.decode()
    assert page.count('class="pixels"') == 1
    assert reverse("admin:predictor_submission_change", args=[rows[3].pk]) in page
    assert f">{suspect.digit}, 98%<" in page
    assert f'<td class="field-label">{suspect.label}</td>' in page


def test_the_number_of_queries_does_not_grow_with_the_rows(
    client, reviewer, suspect, rows, django_assert_max_num_queries
):
    for row in rows[4:12]:
        Suspect.objects.create(submission=row, label=row.label or 0, digit=1, confidence=1, created_at=timezone.now())
    client.force_login(reviewer)
    with django_assert_max_num_queries(8):
        client.get(LIST)


MESSAGES = {"confirm": "1 label confirmed.", "correct": "1 label corrected."}


@pytest.mark.parametrize(("action", "digit"), [("confirm", "label"), ("correct", "digit")])
def test_a_reviewer_confirms_or_corrects_the_selected_labels(action, digit, client, reviewer, suspect):
    client.force_login(reviewer)
    page = client.post(LIST, {"action": action, "_selected_action": [suspect.pk]}, follow=True).content.decode()
    assert MESSAGES[action] in page
    assert 'class="pixels"' not in page
    assert "disputed" not in page
    assert Submission.objects.get(suspect=suspect).label == getattr(suspect, digit)


def test_contradicting_another_reviewer_is_reported_as_a_dispute(client, reviewer, suspect):
    labels.record(submission=suspect.submission, value=str(suspect.label), by=User.objects.create_superuser("other"))
    Suspect.objects.update(created_at=timezone.now())
    client.force_login(reviewer)
    page = client.post(LIST, {"action": "correct", "_selected_action": [suspect.pk]}, follow=True).content.decode()
    assert "1 drawing is now disputed and back in the queue." in page


def test_staff_who_may_only_view_are_offered_no_action(client, suspect):
    user = User.objects.create_user("guest", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_submission"))
    client.force_login(user)
    assert 'name="action"' not in client.get(LIST).content.decode()
    client.post(LIST, {"action": "correct", "_selected_action": [suspect.pk]})
    assert open_suspects().get() == suspect


def test_staff_who_may_not_view_drawings_may_not_view_the_list(client, suspect):
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(LIST).status_code == 403


def test_a_maintainer_deletes_a_drawing_with_its_suspect_but_not_a_suspect_alone(client, suspect, rows):
    user = User.objects.create_user("maintainer", is_staff=True)
    user.groups.add(Group.objects.get(name="Maintainer"))
    client.force_login(user)
    assert "delete_selected" not in client.get(LIST).content.decode()
    client.post(reverse("admin:predictor_submission_delete", args=[rows[3].pk]), {"post": "yes"})
    assert not Submission.objects.filter(pk=rows[3].pk).exists()
    assert not Suspect.objects.exists()
