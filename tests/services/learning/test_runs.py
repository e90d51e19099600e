"""Runs as rows: asked for, started, cancelled, lost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from predictor.models import TrainingRun
from predictor.services.learning import runs, workers
from predictor.services.learning.background import requeue, retrain_in_background, supervise
from predictor.services.learning.runs import RunEnded, RunInProgress, State
from predictor.services.learning.wording import NO_WORKER, lasted, standing, who

pytestmark = pytest.mark.django_db
PARAMETERS = {"base": "mnist500", "kinds": ["svm"]}


@pytest.fixture
def ann(django_user_model):
    return django_user_model.objects.create_user("ann")


def requested(by=None) -> TrainingRun:
    return runs.request(parameters=PARAMETERS, by=by, origin=runs.Origin.ADMIN)


def started() -> TrainingRun:
    run = requested()
    runs.start(run)
    return run


def silent_since(run: TrainingRun, seconds: float) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(beat_at=timezone.now() - dt.timedelta(seconds=seconds))


def test_the_overview_counts_runs_by_state_and_a_silent_one_as_lost():
    assert set(runs.overview().states.values()) == {0}
    runs.fail(requested(), sentence="It was tested.")
    run = started()
    TrainingRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - dt.timedelta(hours=1))
    overview = runs.overview()
    assert {state: n for state, n in overview.states.items() if n} == {"running": 1, "failed": 1}
    assert overview.ages.keys() == {"running"}
    assert overview.ages["running"] == pytest.approx(3600, abs=60)
    silent_since(run, runs.SILENCE + 5)
    overview = runs.overview()
    assert {state: n for state, n in overview.states.items() if n} == {"lost": 1, "failed": 1}
    assert overview.ages == {}
    run.refresh_from_db()
    assert run.state == State.RUNNING  # whoever looks does not write


def test_the_overview_is_of_the_last_runs(monkeypatch):
    monkeypatch.setattr(runs, "RECENT", 2)
    for _ in range(3):
        runs.fail(requested(), sentence="It was tested.")
    assert runs.overview().states["failed"] == 2


def test_a_run_is_queued_started_and_ends(ann):
    run = requested(ann)
    assert (run.state, run.by, run.origin, run.parameters) == ("queued", ann, "admin", PARAMETERS)
    runs.start(run)
    assert run.state == "running"
    assert abs(timezone.now() - run.started_at) < dt.timedelta(minutes=1)
    assert run.beat_at == run.started_at
    assert runs.end(run, State.SUCCEEDED, "Promoted svm v2.", report={"a": 1})
    run.refresh_from_db()
    assert (run.state, run.sentence, run.report) == ("succeeded", "Promoted svm v2.", {"a": 1})
    assert run.finished_at >= run.started_at


def test_whoever_asks_while_one_is_queued_or_running_is_told_which(ann):
    run = requested(ann)
    with pytest.raises(RunInProgress, match=rf"Run {run.pk} is queued \(asked for .* UTC by ann\)") as refused:
        requested()
    assert refused.value.run == run
    runs.start(run)
    with pytest.raises(RunInProgress, match=f"Run {run.pk} is running"):
        requested()
    assert TrainingRun.objects.count() == 1


def test_the_database_itself_allows_one_of_each(monkeypatch):
    run = requested()
    monkeypatch.setattr(runs, "active", lambda: None)  # as for two who ask at the same moment
    with pytest.raises(RunInProgress) as refused:
        requested()
    assert refused.value.run == run
    runs.start(run)
    second = requested()
    with pytest.raises(RunInProgress) as refused:
        runs.start(second)
    assert refused.value.run == run
    second.refresh_from_db()
    assert second.state == "queued"


def test_a_run_starts_once_and_ends_once():
    run = started()
    with pytest.raises(RunEnded, match="is running"):
        runs.start(run)
    assert runs.fail(run, sentence="No.")
    assert not runs.end(run, State.SUCCEEDED, "Yes.")
    run.refresh_from_db()
    assert (run.state, run.sentence) == ("failed", "No.")


def test_a_sentence_that_is_too_long_is_cut_and_fits():
    run = started()
    runs.fail(run, sentence="no\0 " * 200)
    run.refresh_from_db()
    assert len(run.sentence) == 500
    assert run.sentence.endswith("…")
    assert "\0" not in run.sentence


# -- cancel --


def test_a_queued_run_is_cancelled_at_once_and_the_next_is_possible(ann):
    run = requested()
    runs.cancel(run=run, by=ann)
    assert (run.state, run.sentence) == ("cancelled", "Cancelled by ann before it started.")
    assert run.cancelled_by == ann
    assert run.finished_at
    assert requested().state == "queued"


def test_a_running_run_is_asked_to_stop_and_by_the_first_who_asks(ann, django_user_model):
    run = started()
    runs.cancel(run=run, by=ann)
    runs.cancel(run=run, by=django_user_model.objects.create_user("bob"))
    assert (run.state, run.cancelled_by) == ("running", ann)
    assert standing(run) == "Asked to stop."


def test_a_run_that_has_ended_cannot_be_cancelled(ann):
    run = started()
    runs.end(run, State.SUCCEEDED, "Done.")
    with pytest.raises(RunEnded, match=f"Run {run.pk} is succeeded: Done."):
        runs.cancel(run=run, by=ann)
    assert run.cancel_at is None


# -- lost --


def test_a_run_without_a_sign_of_life_is_lost_by_one_update():
    run = started()
    silent_since(run, runs.SILENCE + 1)
    with CaptureQueriesContext(connection) as queries:
        assert runs.reap() == 1
    assert len(queries) == 1
    run.refresh_from_db()
    assert (run.state, run.sentence) == ("lost", runs.SILENT)
    assert run.finished_at
    assert runs.reap() == 0


@pytest.mark.parametrize("end", [None, State.SUCCEEDED, State.CANCELLED])
def test_a_run_that_beats_or_has_ended_is_not_lost(end):
    run = started()
    if end:
        runs.end(run, end, "")
    silent_since(run, 3600 if end else runs.SILENCE - 10)
    assert runs.reap() == 0


def test_a_lost_run_stands_in_nobodys_way():
    run = started()
    silent_since(run, 60)
    assert requested().state == "queued"
    run.refresh_from_db()
    assert run.state == "lost"


# -- tasks --


def test_a_run_and_its_task_are_queued_together_or_neither(ann):
    from django_tasks_db.models import DBTaskResult

    run = retrain_in_background(parameters=PARAMETERS, by=ann, origin=runs.Origin.API)
    task = DBTaskResult.objects.get()
    assert task.args_kwargs == {"args": [run.pk], "kwargs": {}}
    with pytest.raises(RunInProgress):
        retrain_in_background(parameters=PARAMETERS, by=ann, origin=runs.Origin.API)
    assert DBTaskResult.objects.count() == 1
    requeue()
    assert DBTaskResult.objects.count() == 2
    runs.cancel(run=run, by=ann)
    requeue()
    assert DBTaskResult.objects.count() == 2


@pytest.mark.parametrize("state", [State.RUNNING, State.CANCELLED])
def test_a_task_whose_run_is_not_queued_does_nothing(state):
    run = requested()
    TrainingRun.objects.update(state=state)
    assert supervise.call(run.pk) == "There was nothing to do."
    assert supervise.call(run.pk + 1) == "There was nothing to do."


# -- in words --


def test_a_queued_run_says_whether_a_worker_runs_that_could_take_it(ann):
    run = requested(ann)
    assert standing(run) == NO_WORKER
    workers.beat("one")
    assert standing(run) == "Waiting for the worker."
    run.created_at -= dt.timedelta(seconds=75)
    assert standing(run).startswith("The worker has not taken this run for 1 min 15 s:")
    assert (who(run), lasted(run)) == ("ann", "")


def test_a_running_run_says_its_stage_and_the_time_left():
    run = started()
    assert standing(run) == "Starting …"
    run.progress = {"stage": "training", "seconds_left": 300}
    assert standing(run) == "Training: about 5 min left."
    run.progress["tasks"] = {"augmentation": {"done": 4, "total": 4}, "cnn": {"done": 3, "total": 20}}
    assert standing(run) == "Training (cnn): about 5 min left."
    run.progress["tasks"]["svm"] = {"done": 1, "total": 4}
    assert standing(run) == "Training: about 5 min left."
    assert who(run) == "the admin"
