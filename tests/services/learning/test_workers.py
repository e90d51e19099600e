"""Which workers live, by the rows that they keep."""

import datetime as dt
import logging

import pytest
from django.db import DatabaseError
from django.utils import timezone

from predictor.models import Worker
from predictor.services.learning import workers
from tests import ending
from tests.site import wait_for
from tests.workers import worker

NAMES = "SELECT name FROM predictor_worker"


def silent(name: str, seconds: float) -> None:
    Worker.objects.update_or_create(name=name, defaults={"beat_at": timezone.now() - dt.timedelta(seconds=seconds)})


@pytest.mark.django_db
def test_a_worker_lives_from_its_first_sign_of_life_until_it_was_silent_for_too_long():
    assert not workers.any_lives()
    workers.beat("one")
    assert workers.any_lives()
    silent("one", workers.SILENCE - 5)
    assert workers.any_lives()
    silent("one", workers.SILENCE + 1)
    assert not workers.any_lives()
    workers.beat("one")
    assert workers.any_lives()
    assert Worker.objects.count() == 1


@pytest.mark.django_db
def test_workers_that_were_killed_are_forgotten_by_the_next_and_living_ones_are_not():
    silent("killed", workers.SILENCE + 1)
    silent("alive", workers.SILENCE - 5)
    workers.beat("one")
    assert set(Worker.objects.values_list("name", flat=True)) == {"alive", "one"}


@pytest.mark.django_db(transaction=True)
def test_it_lives_as_long_as_the_body_and_outlives_a_database_that_is_away(monkeypatch, caplog):
    monkeypatch.setattr(workers, "BEAT", 0.01)
    beat, tries = workers.beat, []

    def away(name):
        tries.append(name)
        if len(tries) < 4:
            raise DatabaseError("away")
        beat(name)

    monkeypatch.setattr(workers, "beat", away)
    with caplog.at_level(logging.WARNING), workers.living("one"):
        wait_for(workers.any_lives)
    assert [each.message for each in caplog.records] == ["Worker one could not give a sign of life: away"]
    assert not workers.any_lives()
    assert not Worker.objects.exists()


def test_a_worker_that_ends_leaves_no_row_and_one_that_is_killed_does_until_the_next_comes(site):
    with worker(site) as process:
        wait_for(lambda: site.rows(NAMES))
        process.terminate()
        assert process.wait(ending.PATIENCE) == 0
    assert site.rows(NAMES) == []
    with worker(site):
        (killed,) = wait_for(lambda: site.rows(NAMES))
    assert site.rows(NAMES) == [killed]
    site.rows("UPDATE predictor_worker SET beat_at = datetime('now', '-60 seconds')")
    with worker(site):
        wait_for(lambda: killed not in site.rows(NAMES))
        wait_for(lambda: site.rows(NAMES))
