"""Labels to check: found after a training, shown in the admin, gone when somebody looked."""

import io

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from predictor.ml import images, pictures
from predictor.ml.artifacts import read_champions
from predictor.models import Label, Submission, Suspect
from predictor.services import labels, suspects
from predictor.services.suspects import confirm, correct, standing
from predictor.training import suspects as training
from predictor.training.dataset import Dataset, Mnist
from predictor.training.errors import DatasetError
from predictor.training.progress import Progress, silent
from tests.mnist import digits

pytestmark = pytest.mark.django_db
LIST = reverse("admin:predictor_suspect_changelist")
N, WRONG = 20, (3, 11)  # drawings, and those with a wrong label


@pytest.fixture
def reviewer() -> User:
    return a_reviewer("reviewer")


@pytest.fixture
def rows(reviewer: User) -> list[Submission]:
    """Twenty labelled drawings, two of them wrongly."""
    return [keep(content, label_of(i), reviewer) for i, (content, _) in enumerate(digits(N))]


@pytest.fixture
def suspect(rows: list[Submission]) -> Suspect:
    """A drawing with a wrong label."""
    return Suspect.objects.create(
        submission=rows[3], label=label_of(3), digit=digits(N)[3][1], confidence=0.98, created_at=timezone.now()
    )


def a_reviewer(name: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user


def label_of(i: int) -> int:
    return (digits(N)[i][1] + 3 * (i in WRONG)) % 10


def keep(content: bytes, label: int, by: User) -> Submission:
    pixels = images.normalise(pictures.decode(content))
    row = Submission.objects.create(
        source="api", request_id="r", image=content, pixels=pixels.tobytes(), digest=images.digest(pixels),
        preprocessing=images.PREPROCESSING,
    )  # fmt: skip
    labels.record(submission=row, value=str(label), by=by)
    return row


def find(rows: list[Submission], progress: Progress = silent, base: Dataset | None = None) -> int:
    pixels = [np.frombuffer(row.pixels, np.uint8).reshape(28, 28) for row in rows]
    drawings = Dataset(
        np.array(pixels, np.uint8).reshape(-1, 28, 28), np.array([label_of(i) for i in range(len(rows))], np.uint8)
    )
    base = base or Mnist.read(django_settings.MNIST_DIR).mnist500()
    return suspects.find(ids=[row.pk for row in rows], drawings=drawings, base=base, seed=1, progress=progress)


def found() -> set[object]:
    return set(Suspect.objects.values_list("submission", flat=True))


# What is found.


def test_the_wrong_labels_are_found_with_what_the_classifiers_say(rows):
    count = find(rows)
    assert count == Suspect.objects.count() < 6
    for i in WRONG:
        suspect = Suspect.objects.get(submission=rows[i])
        assert (suspect.label, suspect.digit) == (label_of(i), digits(N)[i][1])
        assert 0.3 < suspect.confidence <= 1


def test_each_run_replaces_what_the_last_one_found(rows, suspect):
    Suspect.objects.update(submission=rows[0])
    find(rows)
    assert found() >= {rows[i].pk for i in WRONG}
    assert rows[0].pk not in found()


def test_no_more_are_kept_than_one_checks_in_a_sitting(rows, monkeypatch):
    monkeypatch.setattr(suspects, "AT_MOST", 1)
    assert find(rows) == Suspect.objects.count() == 1
    assert found() < {rows[i].pk for i in WRONG}


def test_a_label_that_was_said_twice_is_not_asked_about_again(rows):
    labels.record(submission=rows[3], value=str(label_of(3)), by=a_reviewer("another"))
    find(rows)
    assert rows[3].pk not in found()
    assert rows[11].pk in found()


def test_an_import_that_says_the_same_is_no_second_look(rows):
    labels.record(submission=rows[3], value=str(label_of(3)), by=None, source=Label.Source.IMPORT)
    find(rows)
    assert rows[3].pk in found()


@pytest.mark.parametrize("change", ["gone", "labelled anew"])
def test_what_changed_during_the_search_is_left_out(change, rows, reviewer):
    def meanwhile(what: str, done: int, total: int) -> None:
        if done == total and change == "gone":
            Submission.objects.filter(pk=rows[3].pk).delete()
        elif done == total:
            labels.record(submission=rows[3], value="9", by=reviewer)

    find(rows, meanwhile)
    assert rows[3].pk not in found()
    assert rows[11].pk in found()


def test_a_search_that_fails_leaves_what_the_last_one_found(rows, suspect):
    with pytest.raises(DatasetError, match="fewer than two drawings of"):
        find(rows, base=Dataset(np.full((1, 28, 28), 9, np.uint8), np.zeros(1, np.uint8)))
    assert found() == {rows[3].pk}


def test_without_a_labelled_drawing_nothing_is_left_to_check(suspect):
    assert find([]) == 0
    assert found() == set()


# When one is done with.


def test_a_suspect_stands_until_somebody_looks(suspect):
    assert standing().get() == suspect


def test_a_label_that_is_confirmed_is_no_suspect_any_more(suspect, rows, reviewer):
    assert confirm(suspects=[suspect], by=reviewer) == 1
    assert not standing().exists()
    rows[3].refresh_from_db()
    assert rows[3].label == suspect.label
    assert rows[3].labels.count() == 2


def test_a_label_that_is_corrected_is_no_suspect_any_more(suspect, rows, reviewer):
    assert correct(suspects=[suspect], by=reviewer) == 1
    assert not standing().exists()
    rows[3].refresh_from_db()
    assert rows[3].label == suspect.digit


def test_corrected_by_somebody_else_the_drawing_is_disputed(suspect, rows):
    correct(suspects=[suspect], by=a_reviewer("another"))
    assert not standing().exists()
    rows[3].refresh_from_db()
    assert (rows[3].review, rows[3].label) == (Submission.Review.DISPUTED, None)


@pytest.mark.parametrize("value", ["x", "u", "9", None])
def test_neither_is_one_whose_drawing_is_labelled_anew_elsewhere(value, suspect, rows, reviewer):
    labels.record(submission=rows[3], value=value, by=reviewer)
    assert not standing().exists()


def test_what_a_visitor_claims_settles_nothing(suspect, rows):
    labels.record(submission=rows[3], value="9", by=None, source=Label.Source.CLAIM)
    assert standing().get() == suspect


def test_a_suspect_goes_with_its_drawing(suspect, rows):
    rows[3].delete()
    assert not Suspect.objects.exists()


@pytest.mark.parametrize("say", [confirm, correct])
def test_who_may_not_label_settles_nothing(say, suspect):
    with pytest.raises(PermissionDenied):
        say(suspects=[suspect], by=User.objects.create_user("visitor"))
    assert standing().get() == suspect


# The list in the admin.


def test_the_list_shows_the_drawing_its_label_and_what_was_seen(client, reviewer, suspect, rows):
    client.force_login(reviewer)
    page = client.get(LIST).content.decode()
    assert page.count('class="pixels"') == 1
    assert reverse("admin:predictor_submission_change", args=[rows[3].pk]) in page
    assert f">{suspect.digit}, 98%<" in page
    assert f'<td class="field-label">{suspect.label}</td>' in page


def test_the_list_does_not_ask_row_by_row(client, reviewer, suspect, rows, django_assert_max_num_queries):
    for row in rows[4:12]:
        Suspect.objects.create(submission=row, label=row.label or 0, digit=1, confidence=1, created_at=timezone.now())
    client.force_login(reviewer)
    with django_assert_max_num_queries(8):
        client.get(LIST)


SAID = {"confirm": "1 labelled again as they were.", "correct": "1 labelled as the classifiers say."}


@pytest.mark.parametrize(("action", "digit"), [("confirm", "label"), ("correct", "digit")])
def test_a_reviewer_settles_those_that_are_ticked(action, digit, client, reviewer, suspect):
    client.force_login(reviewer)
    page = client.post(LIST, {"action": action, "_selected_action": [suspect.pk]}, follow=True).content.decode()
    assert SAID[action] in page
    assert 'class="pixels"' not in page
    assert "Disputed" not in page
    assert Submission.objects.get(suspect=suspect).label == getattr(suspect, digit)


def test_who_is_against_another_reviewer_is_told_that_the_drawing_is_disputed(client, reviewer, suspect):
    labels.record(submission=suspect.submission, value=str(suspect.label), by=User.objects.create_superuser("other"))
    Suspect.objects.update(created_at=timezone.now())
    client.force_login(reviewer)
    page = client.post(LIST, {"action": "correct", "_selected_action": [suspect.pk]}, follow=True).content.decode()
    assert "Disputed now, and in the queue again: 1." in page


def test_who_may_only_look_is_offered_no_action(client, suspect):
    user = User.objects.create_user("guest", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_submission"))
    client.force_login(user)
    assert 'name="action"' not in client.get(LIST).content.decode()
    client.post(LIST, {"action": "correct", "_selected_action": [suspect.pk]})
    assert standing().get() == suspect


def test_who_may_not_see_drawings_does_not_see_the_list(client, suspect):
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(LIST).status_code == 403


def test_a_maintainer_deletes_a_drawing_with_its_suspect_but_no_suspect_alone(client, suspect, rows):
    user = User.objects.create_user("maintainer", is_staff=True)
    user.groups.add(Group.objects.get(name="Maintainer"))
    client.force_login(user)
    assert "delete_selected" not in client.get(LIST).content.decode()
    client.post(reverse("admin:predictor_submission_delete", args=[rows[3].pk]), {"post": "yes"})
    assert not Submission.objects.filter(pk=rows[3].pk).exists()
    assert not Suspect.objects.exists()


# After a training.


@pytest.fixture
def quick(settings, monkeypatch) -> None:
    """One in ten of MNIST's held-out and test images."""
    mnist = Mnist.read(settings.MNIST_DIR)
    for name in ("held_out", "test"):
        data = getattr(mnist, name)
        monkeypatch.setitem(vars(mnist), name, data[np.arange(0, len(data), 10)])


def retrain() -> str:
    out = io.StringIO()
    call_command("retrain", "--kinds", "svm", "--robustness", "50", stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("models_dir", "quick")
def test_a_training_says_how_many_labels_there_are_to_check(rows):
    said = retrain()
    assert f"labels to check: {Suspect.objects.count()}" in said
    assert found() >= {rows[i].pk for i in WRONG}


@pytest.mark.usefixtures("quick", "rows")
def test_a_search_that_fails_is_reported_and_the_training_stays_published(models_dir, suspect, monkeypatch, caplog):
    monkeypatch.setattr(training, "FOLDS", 2)  # one judges, one calibrates: none teaches
    said = retrain()
    assert "The search for wrong labels failed: The dataset has fewer than two drawings of" in said
    assert "The search for wrong labels failed." in caplog.text
    assert "svm: published as v1" in said
    assert "labels to check" not in said
    assert read_champions(models_dir) == {"svm": 1}
    assert found() == {suspect.submission_id}
