"""manage.py runs: the list of training runs."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from predictor.models import TrainingRun

pytestmark = pytest.mark.django_db


def listed(*arguments: object) -> list[str]:
    out = io.StringIO()
    call_command("runs", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_runs_are_listed_the_newest_first(django_user_model):
    start = dt.datetime(2026, 3, 4, 5, 6, tzinfo=dt.UTC)
    end = start + dt.timedelta(seconds=75)
    ann = django_user_model.objects.create_user("ann")
    common = {"parameters": {"kinds": ["cnn", "svm"]}, "created_at": start, "started_at": start}
    TrainingRun.objects.create(
        **common,
        state="succeeded",
        sentence="Promoted svm v4.",
        origin="command",
        finished_at=end,
    )
    second = TrainingRun.objects.create(**common, state="failed", sentence="No.", origin="admin", by=ann)
    TrainingRun.objects.filter(pk=second.pk).update(finished_at=start + dt.timedelta(0, 7500))
    last, first = listed()
    assert last.split() == [
        str(second.pk),
        "failed",
        "cnn,svm",
        "2026-03-04",
        "05:06",
        "2",
        "h",
        "5",
        "min",
        "ann",
        "No.",
    ]
    assert first.endswith("2026-03-04 05:06  1 min 15 s  a command  Promoted svm v4.")
    assert listed("--last", 1) == [last]
    assert json.loads(listed("--json")[0])["by"] == "ann"


def test_a_run_without_a_sign_of_life_is_listed_as_lost():
    long_ago = timezone.now() - dt.timedelta(minutes=1)
    TrainingRun.objects.create(state="running", parameters={}, origin="api", started_at=long_ago, beat_at=long_ago)
    assert " lost " in listed()[0]


def test_where_there_was_none_it_says_so():
    assert listed() == ["There has been no training run."]
    assert listed("--json") == []


def test_a_bad_number_is_named():
    with pytest.raises(CommandError, match="argument --last"):
        listed("--last", 0)
