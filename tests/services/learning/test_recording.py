"""What a run that somebody typed writes down about itself, and what it finds out. Real processes, nothing trained."""

import json
import signal
import threading

import pytest

from predictor.models import TrainingRun
from predictor.services.learning import runs
from predictor.services.learning.recording import Recording, recording
from tests import ending, workers
from tests.site import wait_for
from tests.workers import has_ended, row, trainer, trainer_of

AWAY = "ALTER TABLE predictor_trainingrun RENAME TO away"
BACK = "ALTER TABLE away RENAME TO predictor_trainingrun"


def test_a_run_that_was_typed_is_a_row_with_all_that_it_depends_on(site):
    with trainer(site, "--seed", workers.QUICK, "--base", "mnist500", "--epochs", 3) as process:
        _, said = process.communicate(timeout=ending.PATIENCE)
    assert process.returncode == 0, said
    found = row(site, 1)
    assert found["state"] == "succeeded"
    assert "in process" in found["log"]
    query = "SELECT origin, parameters, environment, started_at, finished_at FROM predictor_trainingrun"
    ((origin, parameters, environment, *times),) = site.rows(query)
    assert origin == "command"
    assert json.loads(parameters) == {
        "base": "mnist500", "kinds": ["svm"], "seed": 0, "quick": False, "epochs": 3, "folds": None, "strokes": None,
        "robustness": None, "promote": "auto",
    }  # fmt: skip
    assert {"python", "cores", "libraries", "revision"} == set(json.loads(environment))
    assert {"numpy", "onnxruntime", "tensorflow"} <= set(json.loads(environment)["libraries"])
    assert all(times)


@pytest.mark.parametrize("what", [workers.ENDLESS, workers.COMPUTING])
def test_it_finds_out_that_it_was_cancelled(site, what):
    with trainer(site, "--seed", what) as process:
        trainer_of(site, 1)
        workers.cancel(site, 1)
        assert process.wait(ending.PATIENCE) == 143
    assert (row(site, 1)["state"], row(site, 1)["sentence"]) == ("cancelled", "Cancelled by ann.")


def test_it_ends_when_it_was_declared_lost_and_stays_lost(site):
    with trainer(site, "--seed", workers.ENDLESS) as process:
        trainer_of(site, 1)
        site.rows("UPDATE predictor_trainingrun SET state = 'lost', sentence = 'gone'")
        assert process.wait(ending.PATIENCE) == 143
    assert (row(site, 1)["state"], row(site, 1)["sentence"]) == ("lost", "gone")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_makes_it_cancelled(site, number, code):
    with trainer(site, "--seed", workers.ENDLESS) as process:
        trainer_of(site, 1)
        process.send_signal(number)
        assert process.wait(ending.PATIENCE) == code
    assert (row(site, 1)["state"], row(site, 1)["sentence"]) == ("cancelled", f"Stopped by {number.name}.")


def test_a_second_run_is_refused_by_the_number_of_the_first(site):
    with trainer(site, "--seed", workers.ENDLESS):
        trainer_of(site, 1)
        with trainer(site, "--seed", workers.QUICK) as second:
            _, said = second.communicate(timeout=ending.PATIENCE)
        assert second.returncode == 1
        assert "CommandError: Run 1 is running (asked for" in said
        assert "Traceback" not in said
    assert site.rows("SELECT count(*) FROM predictor_trainingrun") == [(1,)]


def test_it_beats_again_when_the_database_is_back(site):
    with trainer(site, "--seed", workers.ENDLESS) as process:
        trainer_of(site, 1)
        site.rows(AWAY)
        deadline = threading.Timer(ending.PATIENCE, process.kill)
        deadline.start()
        assert any("could not give a sign of life" in line for line in iter(process.stderr.readline, ""))
        deadline.cancel()
        site.rows(BACK)
        site.rows("UPDATE predictor_trainingrun SET beat_at = '2026-01-01 00:00:00'")
        wait_for(lambda: site.rows("SELECT 1 FROM predictor_trainingrun WHERE beat_at > '2026-01-02'"))
        assert process.poll() is None


def test_without_a_database_it_says_so_and_trains_nothing(site):
    site.rows(AWAY)
    with trainer(site, "--seed", workers.ENDLESS) as process:
        said, why = process.communicate(timeout=ending.PATIENCE)
    assert process.returncode == 1
    assert said == ""
    assert why.splitlines()[-1] == "CommandError: The database is unavailable: no such table: predictor_trainingrun"


def test_what_was_queued_can_be_run_by_hand(site):
    run = workers.ask(site, workers.QUICK)
    with trainer(site, "--run", run) as process:
        assert process.wait(ending.PATIENCE) == 0
    assert has_ended(site, run)["state"] == "succeeded"
    for number, reason in ((run, f"Run {run} is succeeded"), (99, "There is no run 99.")):
        with trainer(site, "--run", number) as process:
            _, said = process.communicate(timeout=ending.PATIENCE)
        assert process.returncode == 1
        assert f"CommandError: {reason}" in said


@pytest.mark.django_db
def test_a_run_that_has_ended_meanwhile_may_not_publish():
    run = TrainingRun.objects.create(state="running", parameters={}, origin="command")
    watch = Recording(run)
    watch.confirm()
    runs.end(run, runs.State.LOST, "gone")
    with pytest.raises(runs.RunEnded, match="is lost: gone"):
        watch.confirm()


@pytest.mark.django_db
def test_an_error_is_the_sentence_and_its_traceback_in_the_log():
    run = TrainingRun.objects.create(state="running", parameters={}, origin="command")
    with pytest.raises(ArithmeticError), recording(run):
        raise ArithmeticError("a digit too many")
    run.refresh_from_db()
    assert (run.state, run.sentence) == ("failed", "a digit too many")
    assert "ArithmeticError: a digit too many" in run.log
