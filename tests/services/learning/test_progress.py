"""What a run tells while it works."""

from predictor.services.learning.progress import LINES, Tracker


def test_it_knows_the_steps_of_each_task_and_starts_anew_with_each_stage():
    tracker = Tracker()
    assert tracker.progress() == {"stage": "starting", "tasks": {}, "seconds_left": None, "accuracy": {}}
    tracker.stage("training")
    tracker.step("svm", 0, 4)
    tracker.step("cnn", 4, 4)
    tracker.judged("cnn", 0.98765432)
    found = tracker.progress()
    assert found["stage"] == "training"
    assert found["tasks"] == {
        "svm": {"done": 0, "total": 4, "seconds_left": None}, "cnn": {"done": 4, "total": 4, "seconds_left": 0},
    }  # fmt: skip
    assert found["seconds_left"] is None, "nobody knows before the first step"
    assert found["accuracy"] == {"cnn": 0.98765}
    tracker.stage("publishing")
    assert tracker.progress()["tasks"] == {}
    assert tracker.progress()["accuracy"] == {"cnn": 0.98765}


def test_the_time_left_is_that_of_the_slowest_task(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    tracker = Tracker()
    for task in ("svm", "cnn"):
        tracker.step(task, 0, 10)
    now[0] = 102.0
    tracker.step("svm", 1, 10)
    tracker.step("cnn", 5, 10)
    assert tracker.progress()["tasks"]["svm"]["seconds_left"] == 18
    assert tracker.progress()["seconds_left"] == 18


def test_the_last_lines_are_kept_without_what_a_database_cannot_store():
    tracker = Tracker()
    for number in range(LINES + 10):
        tracker.say(f"line\0 {number}")
    lines = tracker.log().split("\n")
    assert len(lines) == LINES
    assert (lines[0], lines[-1]) == ("line 10", f"line {LINES + 9}")


def test_everything_that_is_told_is_a_change():
    tracker = Tracker()
    seen = {tracker.changes}
    for tell in (lambda: tracker.stage("a"), lambda: tracker.step("b", 1, 2), lambda: tracker.say("c")):
        tell()
        assert tracker.changes not in seen
        seen.add(tracker.changes)


def test_a_network_tells_its_last_accuracy_on_the_validation_set():
    tracker = Tracker()
    tracker.step("cnn", 0, 20)
    assert "accuracy" not in tracker.progress()["tasks"]["cnn"]
    tracker.step("cnn", 1, 20, 0.9876543)
    assert tracker.progress()["tasks"]["cnn"]["accuracy"] == 0.98765
    tracker.step("cnn", 20, 20)  # it stopped early
    assert tracker.progress()["tasks"]["cnn"] == {"done": 20, "total": 20, "seconds_left": 0, "accuracy": 0.98765}
