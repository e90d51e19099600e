"""Child processes: what they answer, and how they end."""

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from predictor.training import processes
from predictor.training.errors import TrainingError
from predictor.training.processes import Child
from tests import ending


def half(send: Callable[[object], None], number: int) -> None:
    """Answers late if the number is small, so that the answers come in another order."""
    time.sleep(0.05 * (number < 2))
    send(number / 2)


def fail(send: Callable[[object], None]) -> None:
    raise ZeroDivisionError


def kill_itself(send: Callable[[object], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def survive_an_interrupt(send: Callable[[object], None]) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    send("alive")


def test_each_job_is_done_and_the_answers_are_in_order() -> None:
    assert list(processes.each(half, [(number,) for number in range(9)])) == [number / 2 for number in range(9)]


def test_a_child_may_have_no_children_and_does_jobs_itself() -> None:
    child = Child()
    child.begin(halves)
    assert child.receive() == [0.5, 1]
    child.end()


def halves(send: Callable[[object], None]) -> None:
    send(list(processes.each(half, [(1,), (2,)])))


def test_an_error_leaves_its_traceback_and_is_a_training_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TrainingError, match="failed; see its traceback"):
        list(processes.each(fail, [()]))
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_process_that_is_killed_is_a_training_error() -> None:
    with pytest.raises(TrainingError, match="was killed, perhaps for lack of memory"):
        list(processes.each(kill_itself, [()]))


def test_an_interrupt_of_the_terminal_does_not_end_a_child() -> None:
    assert list(processes.each(survive_an_interrupt, [()])) == ["alive"]


def test_those_that_still_compute_are_ended_when_nobody_waits_for_them() -> None:
    jobs = processes.each(ending.endless_job, [()])
    pid = next(jobs)
    jobs.close()  # type: ignore[attr-defined]
    ending.wait_until_gone([pid])


WAITS = """
import time
from predictor.training.processes import Child
from tests.ending import endless_job
child = Child()
child.begin(endless_job)
print(child.receive(), flush=True)
time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux is asked for it")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_ends_with_its_parent_whatever_it_computes_and_says_nothing(number: signal.Signals) -> None:
    with ending.running(WAITS) as parent:
        child = int(parent.stdout.readline())
        assert ending.is_running(child)
        parent.send_signal(number)
        ending.wait_until_gone([child])
        said = parent.communicate()[1]
    assert said.count("Traceback") == (number == signal.SIGINT), "the program's own"


WITHOUT_THE_KERNEL = """
import multiprocessing, os, sys, time
from predictor.training import processes
def child():
    sys.platform = "elsewhere"
    processes.end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(1000)
multiprocessing.get_context("fork").Process(target=child).start()
time.sleep(1000)
"""


def test_where_the_kernel_does_not_end_it_a_thread_does() -> None:
    with ending.running(WITHOUT_THE_KERNEL) as parent:
        child = int(parent.stdout.readline())
        assert ending.is_running(child)
        parent.kill()
        ending.wait_until_gone([child])
        assert parent.communicate()[1] == ""


def test_a_child_that_waits_for_work_ends_with_its_parent_too() -> None:
    program = "from predictor.training.processes import Child\nimport os, time\n"
    program += "from tests.training.test_processes import own_pid\n"
    program += "child = Child()\nchild.begin(own_pid)\nprint(child.receive(), flush=True)\ntime.sleep(1000)"
    with ending.running(program) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
        ending.wait_until_gone([child])
        assert parent.communicate()[1] == ""


def own_pid(send: Callable[[object], None]) -> None:
    send(os.getpid())


def test_a_child_ends_when_it_is_told_to() -> None:
    child = Child()
    child.begin(ending.endless_job)
    pid = child.receive()
    child.end()
    assert not ending.is_running(pid)
