"""What people say is history, and what follows from it."""

from collections.abc import Iterable

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from predictor.models import Label, Submission
from predictor.services import labels
from predictor.services.labels import record, record_many, undo
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
IMPORT = Label.Source.IMPORT


def add(n: int = 1) -> list[Submission]:
    known = Submission.objects.count()
    rows = [Submission(image=b"", pixels=bytes(784), preprocessing=1, digest=f"{known + i}") for i in range(n)]
    return Submission.objects.bulk_create(rows)


@pytest.fixture
def row() -> Submission:
    return add()[0]


@pytest.fixture
def people(django_user_model):
    return [django_user_model.objects.create_superuser(name) for name in ("ann", "ben", "cleo", "dan")]


def state(row: Submission) -> tuple[str, int | None]:
    row.refresh_from_db()
    return row.review, row.label


def say(row: Submission, people: Iterable, values: str) -> None:
    """Let each in turn say a value; "-" takes back, a blank says nothing."""
    for person, value in zip(people, values, strict=False):
        if value != " ":
            record(submission=row, value=None if value == "-" else value, by=person)


def test_a_label_is_added_and_stands_in_the_row(row, people):
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
def test_most_of_those_who_are_sure_decide_and_the_last_of_each_counts(row, people, said, review, label):
    for values in said:
        say(row, people, values)
    assert state(row) == (review, label)


def test_who_is_named_is_the_last_who_said_so(row, people):
    say(row, people, "771")
    row.refresh_from_db()
    assert row.labelled_by == people[1]


def test_nobody_is_named_when_all_is_taken_back(row, people):
    say(row, people, "7")
    say(row, people, "-")
    row.refresh_from_db()
    assert (row.labelled_by, row.labelled_at) == (None, None)
    assert Label.objects.count() == 2


def test_an_import_counts_where_no_reviewer_says_anything(row, people):
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


def test_who_labelled_cannot_be_deleted_or_votes_would_lose_their_names(row, people):
    say(row, people, "7")
    with pytest.raises(ProtectedError):
        people[0].delete()
    people[1].delete()


def test_what_is_labelled_is_no_longer_reserved(row, people):
    Submission.objects.update(reserved_by=people[0], reserved_until="2100-01-01T00:00Z")
    say(row, people, "7")
    row.refresh_from_db()
    assert (row.reserved_by, row.reserved_until) == (None, None)


def test_a_drawing_that_is_gone_is_not_labelled(row, people):
    Submission.objects.all().delete()
    assert not record(submission=row, value="7", by=people[0])
    assert not Label.objects.exists()


# Many at once.


def test_many_are_labelled_by_their_ids_or_as_a_selection(people):
    rows = add(5)
    assert record_many(submissions=[row.pk for row in rows[:2]], value="7", by=people[0]) == 2
    assert record_many(submissions=Submission.objects.filter(label=None), value="x", by=people[0]) == 3
    assert sorted(map(state, rows)) == [("digit", 7)] * 2 + [("none", None)] * 3


def test_many_cost_as_many_queries_as_few(people, django_assert_num_queries):
    people[0].has_perm(labels.PERMISSION)
    few, many = add(3), add(150)
    with django_assert_num_queries(6):  # one label each, all in one transaction
        record_many(submissions=[row.pk for row in few], value="7", by=people[0])
    with django_assert_num_queries(6):
        record_many(submissions=[row.pk for row in many], value="7", by=people[0])


def test_more_than_a_batch_are_all_labelled(people, monkeypatch):
    monkeypatch.setattr(labels, "BATCH", 2)
    assert record_many(submissions=[row.pk for row in add(5)], value="7", by=people[0]) == 5
    assert Submission.objects.filter(label=7).count() == Label.objects.count() == 5


def test_in_bulk_too_each_follows_from_its_own_history(people):
    rows = add(3)
    say(rows[0], people, " 7")
    say(rows[1], people, " 1")
    record_many(submissions=[row.pk for row in rows], value="7", by=people[0])
    assert [state(row) for row in rows] == [("digit", 7), ("disputed", None), ("digit", 7)]
    record_many(submissions=[row.pk for row in rows], value=None, by=people[0])
    assert [state(row) for row in rows] == [("digit", 7), ("digit", 1), ("waiting", None)]


# Taking back.


def test_the_last_labels_are_taken_back_one_after_the_other(people):
    first, second = add(2)
    say(first, people, "7")
    say(second, people, "1")
    say(first, people[1:], "7")
    assert undo(by=people[0]) == second
    assert state(second) == ("waiting", None)
    assert undo(by=people[0]) == first
    assert state(first) == ("digit", 7)
    assert undo(by=people[0]) is None
    assert undo(by=people[1]) == first
    assert state(first) == ("waiting", None)
    assert Label.objects.filter(value=None).count() == 3


def test_only_what_was_said_is_taken_back(people):
    own, others, none = add(3)
    say(own, people, "7")
    say(others, people[1:], "7")
    assert record_many(submissions=[own.pk, others.pk, none.pk], value=None, by=people[0]) == 1
    assert not record(submission=own, value=None, by=people[0])
    assert [state(row) for row in (own, others, none)] == [("waiting", None), ("digit", 7), ("waiting", None)]
    assert Label.objects.count() == 3


def test_nothing_is_taken_back_of_a_drawing_that_goes_meanwhile(row, people, monkeypatch):
    say(row, people, "7")

    def late(ids):
        Submission.objects.all().delete()
        return []

    monkeypatch.setattr(labels, "lock", late)
    assert undo(by=people[0]) is None


def test_what_was_corrected_is_taken_back_once(row, people):
    say(row, people, "7")
    say(row, people, "1")
    assert undo(by=people[0]) == row
    assert state(row) == ("waiting", None)
    assert undo(by=people[0]) is None


# History.


def test_a_label_cannot_be_changed_or_deleted(row, people):
    say(row, people, "7")
    label = Label.objects.get()
    label.value = "1"
    with pytest.raises(IntegrityError), transaction.atomic():
        label.save()
    for forbidden in (label.delete, Label.objects.all().delete, lambda: row.labels.update(value="1")):
        with pytest.raises(TypeError, match="history"):
            forbidden()
    assert Label.objects.get().value == "7"


def test_labels_go_with_their_drawing(row, people):
    say(row, people, "71")
    row.delete()
    assert not Label.objects.exists()


def test_the_database_refuses_a_value_that_is_none(row, people):
    with pytest.raises(IntegrityError), transaction.atomic():
        record(submission=row, value="y", by=people[0])


@pytest.mark.parametrize("fields", [{"label": 7}, {"review": "digit"}, {"review": "none", "label": 7}])
def test_the_database_refuses_a_label_that_is_not_reviewed(row, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(**fields)


# Who may.


def test_only_people_with_the_permission_label(row, django_user_model):
    user = django_user_model.objects.create_user("eve", is_staff=True)
    for by in (user, AnonymousUser(), None):
        with pytest.raises(PermissionDenied):
            record(submission=row, value="7", by=by)
    assert not Label.objects.exists()
    user.user_permissions.add(Permission.objects.get(codename="label_submission"))
    user = django_user_model.objects.get(pk=user.pk)  # what may be done is remembered
    assert record(submission=row, value="7", by=user)


# What visitors say.


def history() -> list[tuple[str | None, str]]:
    return list(Label.objects.order_by("id").values_list("value", "source"))


def claim(api, kept, value):
    api.post(f"/api/submissions/{kept['id']}/claim/", {"claim": value}, HTTP_AUTHORIZATION=f"Bearer {kept['token']}")


def test_claims_and_prompts_are_history(api):
    drawing = {"image": base64_of(drawings.A_SEVEN), "prompt": 7}
    kept = api.post("/api/predict/", drawing).json()
    for value in (1, "not_a_digit", None):
        claim(api, kept, value)
    assert history() == [("7", "prompt"), ("1", "claim"), ("x", "claim"), (None, "claim")]
    assert state(Submission.objects.get()) == ("waiting", None)


def test_a_prompt_that_comes_later_is_history_too_and_once(api):
    drawing = {"image": base64_of(drawings.A_SEVEN)}
    for extra in ({}, {"prompt": 7}, {"prompt": 7}, {"prompt": 1}):
        api.post("/api/predict/", drawing | extra)
    assert history() == [("7", "prompt")]
