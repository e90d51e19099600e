"""Versions in the shadow are asked about what is stored, and nobody who draws notices."""

import logging
import threading

import pytest

from predictor.models import ShadowAnswer, Submission
from predictor.services.answering.champions import champions
from predictor.services.collecting.deletion import delete_drawings, prunable, prune
from predictor.services.collecting.shadows import asking
from predictor.services.collecting.shadows.chosen import start
from tests import drawings
from tests.drawings import base64_of
from tests.strokes import SEVEN, picture, strokes

from .fakes import Fake, fives

pytestmark = pytest.mark.django_db
URL = "/api/predict/"
BODY = {"image": base64_of(drawings.A_SEVEN)}
TEXT = ("version", "prediction", "champion_version", "champion_prediction", "consensus")


@pytest.fixture
def asked(shadows, settings):
    """Two versions in the shadow, one of each sort of input."""
    settings.SHADOW = [("cnn", 3), ("pen", 1)]
    shadows.refresh()
    return shadows


def test_a_stored_drawing_is_asked_about_beside_the_champion(api, asked):
    reply = api.post(URL, BODY).json()
    assert not ShadowAnswer.objects.exists(), "the answer did not wait for it"
    asked.work()
    row = ShadowAnswer.objects.get()
    assert str(row.submission_id) == reply["id"]
    assert (row.kind, *(getattr(row, name) for name in TEXT)) == ("cnn", 3, 7, 4, 7, 7)
    assert 0.9 < row.confidence <= 1


def test_one_that_reads_strokes_is_given_what_the_champion_was_given(api, asked):
    api.post(URL, {"image": base64_of(picture(SEVEN)), "strokes": strokes(SEVEN)})
    asked.work()
    row = ShadowAnswer.objects.get(kind="pen")
    assert [getattr(row, name) for name in TEXT] == [1, 7, 2, 7, 7]
    assert set(ShadowAnswer.objects.values_list("kind", flat=True)) == {"cnn", "pen"}


def test_strokes_that_the_champion_could_not_use_are_not_asked_about(api, asked):
    api.post(URL, {"image": base64_of(drawings.A_ONE), "strokes": strokes(SEVEN)})
    asked.work()
    assert ShadowAnswer.objects.get().kind == "cnn"


@pytest.mark.parametrize("path", ["/api/predict/", "/predict/", "/api/models/", "/readyz"])
def test_what_clients_are_answered_is_the_same_byte_for_byte(api, shadows, settings, path):
    def ask():
        if path in {"/api/models/", "/readyz"}:
            return api.get(path).content
        return api.post(path, BODY | ({"store": False} if "api" in path else {"model": "cnn"})).content

    without = ask()
    settings.SHADOW = [("cnn", 3), ("cnn", 9)]
    shadows.refresh()
    assert shadows.loaded.silent
    assert ask() == without
    shadows.work()
    assert ask() == without


def test_what_is_not_stored_is_not_asked_about(api, asked):
    api.post(URL, BODY | {"store": False})
    api.post("/api/explain/", BODY)
    asked.work()
    assert not ShadowAnswer.objects.exists()


def test_a_drawing_that_is_sent_again_is_not_asked_about_again(api, asked):
    only = asked.loaded.classifiers["cnn", 3] = Fake(("cnn", 3))
    for _ in range(3):
        api.post(URL, BODY)
    asked.work()
    api.post(URL, BODY)
    asked.work()
    assert only.asked == [1]
    assert ShadowAnswer.objects.count() == 1


def test_one_model_alone_is_no_consensus_and_brings_only_its_own_kind(api, asked):
    api.post(URL, BODY | {"model": "svm"})
    asked.work()
    assert not ShadowAnswer.objects.exists()
    api.post(URL, BODY | {"model": "cnn"})
    asked.work()
    assert ShadowAnswer.objects.get().consensus is None


def test_a_batch_is_asked_about_too(api, asked):
    images = [base64_of(each) for each in (drawings.A_SEVEN, drawings.BLANK, drawings.A_ONE, drawings.A_SEVEN)]
    api.post("/api/predict/batch/", {"images": images})
    asked.work()
    assert sorted(ShadowAnswer.objects.values_list("prediction", flat=True)) == [1, 7]


def test_the_answers_go_with_the_drawing(api, asked):
    reply = api.post(URL, BODY).json()
    asked.work()
    api.delete(f"/api/submissions/{reply['id']}/", headers={"Authorization": f"Bearer {reply['token']}"})
    assert not ShadowAnswer.objects.exists()
    api.post(URL, BODY)
    asked.work()
    assert ShadowAnswer.objects.count() == 1
    Submission.objects.update(created_at="2020-01-01T00:00Z")
    assert prunable(days=30).count() == 1
    assert prune(days=30) == 1
    assert not ShadowAnswer.objects.exists()


def test_a_drawing_that_is_deleted_before_it_was_asked_about_does_not_take_the_others_with_it(api, asked):
    api.post(URL, BODY)
    delete_drawings(Submission.objects.all())
    api.post(URL, {"image": base64_of(drawings.A_ONE)})
    asked.work()
    assert ShadowAnswer.objects.get().prediction == 1


def test_the_champion_is_not_asked_in_the_shadow(api, shadows, settings, caplog):
    settings.SHADOW = [("cnn", 4)]
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            shadows.refresh()
    assert [record.getMessage() for record in caplog.records if "shadow" in record.getMessage()] == [
        "cnn v4 is the champion, so it is not asked in the shadow."
    ]
    assert not shadows.loaded.classifiers


def test_one_that_has_become_the_champion_since_is_not_asked(api, asked):
    current = champions().classifiers
    earlier = current["cnn"]
    try:
        current["cnn"] = asked.loaded.classifiers["cnn", 3]
        api.post(URL, BODY)
    finally:
        current["cnn"] = earlier
    asked.work()
    assert not ShadowAnswer.objects.exists()


def test_every_process_follows_the_table(shadows):
    shadows.refresh()
    assert not shadows.loaded.classifiers
    start(kind="svm", version=1, by=None)
    shadows.refresh()
    assert [*shadows.loaded.classifiers] == [("svm", 1)]


@pytest.mark.django_db(transaction=True)
def test_while_one_hangs_drawings_are_answered_and_kept_as_ever(api, asked, monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    monkeypatch.setattr(asking, "DRAIN", 60)
    has_begun, may_go_on = threading.Event(), threading.Event()

    def hangs(inputs):
        has_begun.set()
        may_go_on.wait(60)
        return fives(inputs)

    asked.loaded.classifiers = {("cnn", 3): Fake(("cnn", 3), hangs)}
    asked.asking["cnn", 3].start()
    first = api.post(URL, BODY)
    assert has_begun.wait(60)
    second = api.post(URL, {"image": base64_of(drawings.A_ONE)})
    assert [each.json()["prediction"] for each in (first, second)] == [7, 1]
    assert Submission.objects.count() == 2
    assert not ShadowAnswer.objects.exists()
    may_go_on.set()
    asked.end()
    assert set(ShadowAnswer.objects.values_list("prediction", "champion_prediction")) == {(5, 7), (5, 1)}
