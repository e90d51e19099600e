"""A worker, its trainer and the run's row, when either of them ends. Real processes, nothing trained."""

import signal

import pytest

from tests import ending, workers
from tests.site import wait_for
from tests.workers import ask, has_ended, row, trainer_of, worker


def test_a_worker_trains_what_is_queued_and_says_how_it_ended(site):
    run = ask(site, workers.QUICK)
    with worker(site, "--batch") as process:
        assert process.wait(ending.PATIENCE) == 0, workers.said(site)
    found = row(site, run)
    assert found["state"] == "succeeded", found
    assert found["report"] == {"kinds": {}, "suspects": 0, "exit": {"code": 0, "signal": None}}
    assert found["progress"]["tasks"]["svm"] == {"done": 1, "total": 4, "seconds_left": None}
    assert "in process" in found["log"]
    assert "in process" in workers.said(site), "what the trainer prints is the worker's output, too"


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (workers.FAILING, "a digit too many"),
        (workers.KILLED, "The trainer was killed by signal 9 (SIGKILL): did the memory suffice?"),
        (workers.SILENT, "The trainer ended with code 3: svm: 1 of 4"),
    ],
)
def test_a_trainer_that_fails_or_dies_has_a_failed_run_and_the_next_run_works(site, what, sentence):
    run = ask(site, what)
    with worker(site):
        found = has_ended(site, run)
        assert found["state"] == "failed"
        assert found["sentence"].startswith(sentence)
        assert has_ended(site, ask(site, workers.QUICK))["state"] == "succeeded"
    assert (
        row(site, run)["report"]["exit"]
        == {
            workers.FAILING: {"code": 1, "signal": None},
            workers.KILLED: {"code": None, "signal": 9},
            workers.SILENT: {"code": 3, "signal": None},
        }[what]
    )


def test_an_unexpected_error_leaves_its_traceback_in_the_log(site):
    run = ask(site, workers.FAILING)
    with worker(site):
        log = has_ended(site, run)["log"]
    assert "Traceback (most recent call last)" in log
    assert "ArithmeticError: a digit too many" in log


@pytest.mark.parametrize("what", [workers.ENDLESS, workers.COMPUTING])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_cancels_its_run_and_ends(site, what, number):
    run = ask(site, what)
    with worker(site) as process:
        trainer = trainer_of(site, run)
        process.send_signal(number)
        assert process.wait(ending.PATIENCE) == 0, workers.said(site)
    found = row(site, run)
    assert (found["state"], found["sentence"]) == ("cancelled", "Its worker was asked to stop.")
    assert not ending.is_running(trainer)


def test_a_trainer_that_hears_no_signal_is_killed(site):
    run = ask(site, workers.STUCK)
    with worker(site, GRACE="1") as process:
        workers.trains(site, process)
        process.terminate()
        assert process.wait(ending.PATIENCE) == 0, workers.said(site)
    found = row(site, run)
    assert (found["state"], found["sentence"]) == ("cancelled", "Its worker was asked to stop.")
    assert found["report"]["exit"] == {"code": None, "signal": 9}


def test_an_idle_worker_ends_at_once(site):
    with worker(site) as process:
        wait_for(lambda: "Waiting for training runs." in workers.said(site))
        process.terminate()
        assert process.wait(ending.PATIENCE) == 0, workers.said(site)


@pytest.mark.parametrize("what", [workers.ENDLESS, workers.COMPUTING])
def test_a_cancelled_run_stops_and_the_worker_goes_on(site, what):
    run = ask(site, what)
    with worker(site) as process:
        workers.trains(site, process)
        workers.cancel(site, run)
        found = has_ended(site, run)
        assert (found["state"], found["sentence"]) == ("cancelled", "Cancelled by ann.")
        assert has_ended(site, ask(site, workers.QUICK))["state"] == "succeeded"


def test_the_trainer_of_a_worker_that_is_killed_ends_and_the_next_run_works(site):
    run = ask(site, workers.ENDLESS)
    with worker(site) as process:
        trainer = trainer_of(site, run)
        process.kill()
        ending.wait_until_gone([trainer])
    found = row(site, run)
    assert (found["state"], found["sentence"]) == ("lost", "The worker that supervised it is gone.")
    with worker(site):
        assert has_ended(site, ask(site, workers.QUICK))["state"] == "succeeded"


def test_a_run_whose_worker_and_trainer_are_killed_is_lost_at_the_next_sign_of_life(site):
    run = ask(site, workers.ENDLESS)
    with worker(site) as process:
        trainer = trainer_of(site, run)
        process.send_signal(signal.SIGSTOP)  # it must not see its trainer's end
        ending.end(trainer, signal.SIGKILL)
        process.kill()
    assert row(site, run)["state"] == "running", "nobody is there to say otherwise"
    site.rows("UPDATE predictor_trainingrun SET beat_at = datetime('now', '-31 seconds')")
    with worker(site):
        assert has_ended(site, run)["state"] == "lost"
        assert has_ended(site, ask(site, workers.QUICK))["state"] == "succeeded"


def test_a_run_whose_task_was_taken_by_a_worker_that_died_is_trained_by_the_next(site):
    run = ask(site, workers.QUICK)
    site.rows("UPDATE django_tasks_database_dbtaskresult SET status = 'RUNNING'")
    with worker(site, "--batch") as process:
        assert process.wait(ending.PATIENCE) == 0
    assert row(site, run)["state"] == "succeeded"


def test_a_run_that_was_cancelled_before_a_worker_came_is_not_trained(site):
    run = ask(site, workers.QUICK)
    workers.cancel(site, run)
    with worker(site, "--batch") as process:
        assert process.wait(ending.PATIENCE) == 0
    assert row(site, run)["sentence"] == "Cancelled by ann before it started."
    assert "in process" not in workers.said(site)
