"""The history of labels, and the state derived from it."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from predictor.models import Label, Submission
from predictor.services.reviewing.labels import record
from tests.services.reviewing.saying import IMPORT, say, state

pytestmark = pytest.mark.django_db


def test_a_label_is_added_and_written_to_the_row(row, people):
    assert record(submission=row, value="7", by=people[0])
    assert state(row) == ("digit", 7)
    assert row.labelled_by == people[0]
    assert row.labelled_at is not None
    label = Label.objects.get()
    assert (label.submission, label.value, label.source, label.by) == (row, "7", "reviewer", people[0])


@pytest.mark.parametrize(
    ("said", "review", "label"),
    [
        (["7"], "digit", 7),
        (["x"], "none", None),
        (["u"], "unsure", None),
        (["-"], "waiting", None),
        (["77"], "digit", 7),
        (["xx"], "none", None),
        (["7u"], "digit", 7),
        (["uu"], "unsure", None),
        (["71"], "disputed", None),
        (["7x"], "disputed", None),
        (["71u"], "disputed", None),
        (["717"], "digit", 7),
        (["7xx"], "none", None),
        (["718"], "disputed", None),
        (["7171"], "disputed", None),
        (["7781"], "disputed", None),
        (["7771"], "digit", 7),
        (["71", "1"], "digit", 1),
        (["71", "-"], "digit", 1),
        (["71", "u"], "digit", 1),
        (["71", "--"], "waiting", None),
        (["7", "-", "3"], "digit", 3),
    ],
    ids=str,
)
def test_the_majority_of_those_who_are_sure_decides_by_their_latest_labels(row, people, said, review, label):
    for values in said:
        say(row, people, values)
    assert state(row) == (review, label)


def test_the_row_names_the_last_reviewer_who_gave_the_label(row, people):
    say(row, people, "771")
    row.refresh_from_db()
    assert row.labelled_by == people[1]


def test_nobody_is_named_when_every_label_is_taken_back(row, people):
    say(row, people, "7")
    say(row, people, "-")
    row.refresh_from_db()
    assert (row.labelled_by, row.labelled_at) == (None, None)
    assert Label.objects.count() == 2


def test_an_import_counts_where_no_reviewer_has_labelled(row, people):
    record(submission=row, value="3", by=None, source=IMPORT)
    assert state(row) == ("digit", 3)
    say(row, people, "u")
    assert state(row) == ("unsure", None)
    say(row, people, "5")
    assert state(row) == ("digit", 5)
    say(row, people, "-")
    assert state(row) == ("digit", 3)


@pytest.mark.parametrize("source", [Label.Source.CLAIM, Label.Source.PROMPT])
def test_claims_and_prompts_never_count(row, people, source):
    record(submission=row, value="3", by=None, source=source)
    assert state(row) == ("waiting", None)
    say(row, people, "5")
    record(submission=row, value="3", by=None, source=source)
    assert state(row) == ("digit", 5)


def test_a_labelled_drawing_is_no_longer_reserved(row, people):
    Submission.objects.update(reserved_by=people[0], reserved_until="2100-01-01T00:00Z")
    say(row, people, "7")
    row.refresh_from_db()
    assert (row.reserved_by, row.reserved_until) == (None, None)


def test_a_drawing_that_is_gone_is_not_labelled(row, people):
    Submission.objects.all().delete()
    assert not record(submission=row, value="7", by=people[0])
    assert not Label.objects.exists()


def test_only_people_with_the_permission_label(row, django_user_model):
    user = django_user_model.objects.create_user("eve", is_staff=True)
    for by in (user, AnonymousUser(), None):
        with pytest.raises(PermissionDenied):
            record(submission=row, value="7", by=by)
    assert not Label.objects.exists()
    user.user_permissions.add(Permission.objects.get(codename="label_submission"))
    user = django_user_model.objects.get(pk=user.pk)  # permissions are cached
    assert record(submission=row, value="7", by=user)


# History.


def test_a_label_cannot_be_changed_or_deleted(row, people):
    say(row, people, "7")
    label = Label.objects.get()
    label.value = "1"
    with pytest.raises(IntegrityError), transaction.atomic():
        label.save()
    for forbidden in (label.delete, Label.objects.all().delete, lambda: row.labels.update(value="1")):
        with pytest.raises(TypeError, match="append-only"):
            forbidden()
    assert Label.objects.get().value == "7"


def test_labels_go_with_their_drawing(row, people):
    say(row, people, "71")
    row.delete()
    assert not Label.objects.exists()


def test_a_reviewer_with_labels_cannot_be_deleted(row, people):
    say(row, people, "7")
    with pytest.raises(ProtectedError):
        people[0].delete()
    people[1].delete()


def test_the_database_refuses_an_invalid_value(row, people):
    with pytest.raises(IntegrityError), transaction.atomic():
        record(submission=row, value="y", by=people[0])


@pytest.mark.parametrize("fields", [{"label": 7}, {"review": "digit"}, {"review": "none", "label": 7}])
def test_the_database_refuses_a_label_that_is_not_reviewed(row, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(**fields)
