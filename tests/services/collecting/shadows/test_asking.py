"""The queue of a process: bounded, and unmoved by versions and databases that do not work."""

import logging
import threading

import pytest
from django.db import OperationalError

from predictor.ml.errors import ArtifactError
from predictor.models import ShadowAnswer, Submission
from predictor.services.collecting.shadows import asking, loaded
from predictor.services.collecting.shadows.asking import Asking
from predictor.services.collecting.shadows.loaded import Loaded
from tests.api.test_outages import failing
from tests.metrics import read, value

from . import fakes
from .fakes import Fake, stored, task

pytestmark = pytest.mark.django_db
CNN = ("cnn", 3)


class Hanging:
    """Goes on when it is told to, and then gives what `then` makes of what it was given."""

    def __init__(self, then=fakes.fives):
        self.has_begun, self.may_go_on, self._then = threading.Event(), threading.Event(), then

    def __call__(self, given):
        self.has_begun.set()
        self.may_go_on.wait(60)
        return self._then(given)


@pytest.fixture
def dropped(api):
    """How many answers were dropped for a reason since the test began."""

    def count(reason: str) -> float:
        samples = read(api.get("/metrics").content.decode())
        return value(samples, "digits_shadow_dropped_total", reason=reason)

    before = {reason: count(reason) for reason in ("queue_full", "failed", "database", "stopped", "ended")}
    return lambda reason: count(reason) - before[reason]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def queue(fake: Fake) -> Asking:
    """That of a version which is loaded."""
    found = Asking(CNN, Loaded(load=lambda _: fake))
    found.work()
    return found


def test_a_batch_is_asked_about_in_chunks_and_written_at_once(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(asking, "CHUNK", 2)
    fake = Fake(CNN)
    found = queue(fake)
    for _ in range(5):
        found.offer(task(stored()))
    with django_assert_max_num_queries(5):
        found.work()
    assert fake.asked == [2, 2, 1]
    assert ShadowAnswer.objects.filter(prediction=5, champion_prediction=7, champion_version=4).count() == 5


def test_a_full_queue_takes_no_more_and_says_so(monkeypatch, dropped):
    monkeypatch.setattr(asking, "MOST_WAITING", 2)
    found = queue(Fake(CNN))
    for _ in range(3):
        found.offer(task(stored()))
    assert dropped("queue_full") == 1
    found.work()
    assert ShadowAnswer.objects.count() == 2


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (fakes.raises, "cnn v3 cannot answer: no memory."),
        (fakes.breaks, "ZeroDivisionError"),
        (fakes.not_numbers, "cnn v3 does not answer with ten probabilities."),
        (fakes.too_few, "cnn v3 does not answer with ten probabilities."),
    ],
    ids=["raises", "breaks", "not numbers", "too few"],
)
def test_one_that_fails_is_left_alone_for_a_while(does, why, caplog, dropped):
    bad = Fake(CNN, does)
    found = queue(bad)
    for _ in range(3):
        found.offer(task(stored()))
        found.work()
    assert bad.asked == [1]
    assert found.loaded.silent == {CNN: why}
    assert warnings(caplog) == [f"cnn v3 is not asked in the shadow: {why}"]
    assert not ShadowAnswer.objects.exists()
    assert dropped("failed") == 1


def test_one_that_failed_is_loaded_again_and_is_believed_when_it_answers(monkeypatch, caplog):
    monkeypatch.setattr(loaded, "RETRY", 0.0)
    fake = Fake(CNN, fakes.raises)
    found = queue(fake)
    for _ in range(2):
        found.offer(task(stored()))
        found.work()
    found.loaded.load_if_due(CNN)
    assert found.loaded.silent, "it was loaded, but has not answered yet"
    fake.does = fakes.fives
    found.offer(task(stored()))
    found.work()
    assert not found.loaded.silent
    assert ShadowAnswer.objects.count() == 1
    assert len(warnings(caplog)) == 1, "the same reason is said once"


def test_one_that_does_not_load_says_why_once_and_is_asked_when_it_does(monkeypatch, caplog):
    monkeypatch.setattr(loaded, "RETRY", 0.0)
    found: list[Fake] = []

    def load(version):
        if not found:
            raise ArtifactError("cnn v3 fails its self-test.")
        return found[0]

    shadows = Loaded(load=load)
    for _ in range(3):
        shadows.load_if_due(CNN)
    assert shadows.silent == {CNN: "cnn v3 fails its self-test."}
    assert len(warnings(caplog)) == 1
    found.append(Fake(CNN))
    shadows.load_if_due(CNN)
    assert (shadows.silent, [*shadows.classifiers]) == ({}, [CNN])
    shadows.follow([])
    assert not shadows.classifiers


def test_a_version_that_is_stopped_before_its_turn_is_not_asked():
    found = queue(Fake(CNN))
    found.offer(task(stored()))
    found.stop()
    found.loaded.follow([])
    found.work()
    assert not ShadowAnswer.objects.exists()
    assert not found.loaded.classifiers


def test_what_waits_for_a_version_that_is_stopped_is_counted(dropped):
    found = queue(Fake(CNN))
    found.offer(task(stored()))
    found.stop()
    assert dropped("stopped") == 1


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_counted_once_by_the_thread_of_a_version_that_is_stopped(monkeypatch, dropped):
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    hangs = Hanging()
    found = queue(Fake(CNN, hangs))
    found.start()
    found.offer(task(stored()))
    assert hangs.has_begun.wait(60)
    for _ in range(2):
        found.offer(task(stored()))
    found.stop()
    hangs.may_go_on.set()
    found._thread.join(60)
    assert dropped("stopped") == 2
    assert ShadowAnswer.objects.count() == 1, "what it said is stored"


def test_a_version_that_is_loaded_only_after_it_was_stopped_stays_away(caplog):
    def load(version):
        found.follow([])
        return Fake(version)

    found = Loaded(load)
    found.follow([CNN])
    with caplog.at_level(logging.INFO):
        found.load_if_due(CNN)
    assert not found.classifiers
    assert "is asked in the shadow" not in caplog.text


def test_a_process_that_ends_does_not_wait_for_a_version_that_is_being_loaded():
    hangs = Hanging(then=Fake)
    found = Asking(CNN, Loaded(hangs))
    found.start()
    try:
        assert hangs.has_begun.wait(60)
        found.end()
        joins = []
        found._thread.join, joined = joins.append, found._thread.join
        found.wait()
        assert joins == []
    finally:
        hangs.may_go_on.set()
    joined(60)


def test_while_the_database_is_away_answers_wait_and_the_oldest_go_first(monkeypatch, dropped):
    monkeypatch.setattr(asking, "MOST_UNSTORED", 2)
    found = queue(Fake(CNN))
    rows = [stored() for _ in range(3)]
    with failing(OperationalError("disk I/O error")):
        for row in rows:
            found.offer(task(row))
            found.work()
    assert dropped("database") == 1
    found.work()
    assert set(ShadowAnswer.objects.values_list("submission_id", flat=True)) == {row.pk for row in rows[1:]}


def test_what_is_stored_already_stays_as_it_is():
    row = stored()
    found = queue(Fake(CNN))
    with failing(OperationalError("away")):  # so that it cannot look
        found.offer(task(row))
        found.work()
    ShadowAnswer.objects.create(
        submission=row, kind="cnn", version=3, prediction=1, confidence=1, champion_version=4, champion_prediction=1
    )
    found.work()
    assert ShadowAnswer.objects.get().prediction == 1


@pytest.mark.django_db(transaction=True)
def test_its_thread_asks_and_ends(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    monkeypatch.setattr(asking, "DRAIN", 60)
    found = queue(Fake(CNN))
    found.start()
    found.offer(task(stored()))
    found.end()
    found.wait()
    assert ShadowAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_hangs_does_not_keep_the_process_from_ending(monkeypatch, dropped):
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    monkeypatch.setattr(asking, "DRAIN", 0.2)
    hangs = Hanging()
    found = queue(Fake(CNN, hangs))
    found.start()
    found.offer(task(stored()))
    assert hangs.has_begun.wait(60)
    found.offer(task(stored()))
    found.end()
    found.wait()
    assert dropped("ended") == 1
    hangs.may_go_on.set()
    found._thread.join(60)
    assert not found._thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_an_error_of_ours_does_not_end_the_thread(monkeypatch, caplog):
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    found = queue(Fake(CNN))
    row = stored()
    Submission.objects.all().delete()
    for each in (None, task(row), task(stored())):
        found._waiting.append(each)
        with caplog.at_level(logging.CRITICAL if each else logging.ERROR):
            found._work_safely()
    assert ShadowAnswer.objects.count() == 1
    assert "was not asked about" in caplog.text


def test_what_an_error_of_ours_costs_is_counted(dropped):
    found = queue(Fake(CNN))
    found._waiting.extend([None, task(stored())])
    with pytest.raises(AttributeError):
        found.work()
    assert dropped("failed") == 2


def test_nobody_is_in_the_database_while_a_version_answers(is_inside):
    inside = []

    def looks(inputs):
        inside.append(is_inside())
        return fakes.fives(inputs)

    found = queue(Fake(CNN, looks))
    found.offer(task(stored()))
    found.work()
    assert inside == [False]
    assert ShadowAnswer.objects.count() == 1
