"""How long commands report their progress."""

import io
import re
import sys
import time

import pytest
from django.core.management.base import OutputWrapper

from predictor.management.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when the test says so."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def steps(clock, total, *, what="work", seconds=2.0):
    """The output for this many steps of this many seconds each."""
    out = io.StringIO()
    with Progress(OutputWrapper(out)) as progress:
        for done in range(1, total + 1):
            clock[0] += seconds
            progress(what, done, total)
    return out.getvalue().splitlines()


def test_without_a_terminal_each_quarter_has_a_line(clock):
    assert steps(clock, 100) == [
        "work: 25 of 100, 150 s left",
        "work: 50 of 100, 100 s left",
        "work: 75 of 100, 50 s left",
        "work: done",
    ]


def test_a_step_that_passes_several_quarters_has_one_line(clock):
    assert steps(clock, 3) == ["work: 1 of 3", "work: 2 of 3, 2 s left", "work: done"]


def test_the_time_left_is_unknown_after_the_first_step(clock):
    assert steps(clock, 4)[0] == "work: 1 of 4"


def test_one_step_is_done_at_once(clock):
    assert steps(clock, 1) == ["work: done"]


def test_a_long_run_has_no_more_than_four_lines(clock):
    assert len(steps(clock, 12_345)) == 4


def test_each_task_has_its_own_time(clock):
    out = io.StringIO()
    with Progress(OutputWrapper(out)) as progress:
        for done in range(1, 5):
            clock[0] += 10
            progress("slow", done, 4)
            clock[0] += 1
            progress("beside", done, 4)
    said = out.getvalue().splitlines()
    assert [line for line in said if line.startswith("slow")][1:] == [
        "slow: 2 of 4, 22 s left",
        "slow: 3 of 4, 11 s left",
        "slow: done",
    ]
    assert len(said) == 8


def test_what_is_reported_in_between_is_a_line_as_well():
    out = io.StringIO()
    with Progress(OutputWrapper(out)) as progress:
        progress.say("svm: not worse")
    assert out.getvalue() == "svm: not worse\n"


def test_no_line_is_lost_when_the_work_fails(clock):
    out = io.StringIO()

    def work():
        with Progress(OutputWrapper(out)) as progress:
            progress("work", 1, 2)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        work()
    assert out.getvalue() == "work: 1 of 2\n"


def test_a_line_can_be_read_at_once(tmp_path):
    with (tmp_path / "log").open("w") as file, Progress(OutputWrapper(file)) as progress:
        progress("work", 1, 2)
        assert (tmp_path / "log").read_text() == "work: 1 of 2\n"


def test_on_a_terminal_there_are_bars_with_the_lines_above_them(monkeypatch):
    """The command's output is a terminal, whatever that of the process is."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    out = OutputWrapper(terminal)
    with Progress(out) as progress:
        progress("cnn", 1, 4)
        progress("svm", 4, 4)
        progress.say("svm: 95.12% of [all] misses")
        progress("cnn", 4, 4)
    out.write("published")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "svm: 95.12% of [all] misses\n" in shown
    last = shown.rindex("svm: 95")
    assert "cnn" in shown[last:]
    assert "━" in shown[last:]
    assert "done" not in shown
    assert shown.endswith("\npublished\n"), "afterwards each line ends again"
    assert sys.stdout.getvalue() == ""


def test_redirected_output_has_lines_although_the_process_has_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    out = io.StringIO()
    with Progress(OutputWrapper(out)) as progress:
        progress("cnn", 4, 4)
    assert out.getvalue() == "cnn: done\n"
    assert sys.stdout.getvalue() == ""


def test_the_accuracy_of_a_step_is_said_and_its_beginning_is_not():
    out = io.StringIO()
    with Progress(OutputWrapper(out)) as progress:
        progress("cnn", 0, 4)
        progress("cnn", 1, 4, 0.9876)
    assert re.fullmatch(r"cnn: 1 of 4, \d+ s left, 98\.76% right on the validation set\n", out.getvalue())
