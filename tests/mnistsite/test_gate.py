"""The gate in front of the database: who waits, who is refused, and how it opens again."""

import threading
import time

import pytest
from django.db import OperationalError

from mnistsite.database.gate import Gate, Gated

LONG = 60.0  # seconds, more than any of these tests waits


@pytest.fixture
def gate():
    return Gate(slots=2, patience=LONG, wait=LONG)


def enter_beside(gate):
    """Enter in another thread; returns it and what came of it."""
    outcome = []

    def enter():
        try:
            gate.enter()
        except OperationalError as error:
            outcome.append(str(error))
        else:
            outcome.append("inside")

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    return thread, outcome


def fill(gate):
    gate.enter()
    gate.enter()


def test_a_thread_waits_until_another_leaves(gate):
    fill(gate)
    thread, outcome = enter_beside(gate)
    gate.leave(failed=False)
    thread.join(LONG)
    assert outcome == ["inside"]


def test_more_threads_than_slots_all_have_their_turn(gate):
    inside, most, lock = [], [], threading.Lock()

    def visit():
        gate.enter()
        with lock:
            inside.append(1)
            most.append(len(inside))
        time.sleep(0.001)
        with lock:
            inside.pop()
        gate.leave(failed=False)

    threads = [threading.Thread(target=visit) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 40
    assert max(most) <= 2


def test_a_newcomer_is_refused_when_nobody_has_come_out_for_a_while():
    gate = Gate(slots=2, patience=0.01, wait=LONG)
    fill(gate)
    with pytest.raises(OperationalError, match="busy or does not answer"):
        gate.enter()


def test_nobody_queues_for_ever_although_others_come_out():
    gate = Gate(slots=2, patience=LONG, wait=0.01)
    fill(gate)
    with pytest.raises(OperationalError, match="busy or does not answer"):
        gate.enter()


def test_a_failure_sends_away_those_who_wait(gate):
    fill(gate)
    thread, outcome = enter_beside(gate)
    gate.leave(failed=True)
    thread.join(LONG)
    assert outcome == ["The database is busy or does not answer."]


def test_after_a_failure_one_at_a_time_finds_out_whether_it_works_again(gate):
    gate.enter()
    gate.leave(failed=True)
    gate.enter()
    with pytest.raises(OperationalError):
        gate.enter()
    gate.leave(failed=False)
    fill(gate)


def test_a_failed_attempt_does_not_keep_its_slot(gate):
    for _ in range(5):
        gate.enter()
        gate.leave(failed=True)
    gate.enter()


class Base:
    errors_occurred = False
    rollback_exc: Exception | None = None

    def close_if_unusable_or_obsolete(self) -> None:
        pass


class Wrapper(Gated, Base):
    pass


def test_after_a_request_nothing_holds_the_error_that_rolled_it_back():
    wrapper = Wrapper()
    wrapper.rollback_exc = OperationalError("its traceback holds the request")
    wrapper.close_if_unusable_or_obsolete()
    assert wrapper.rollback_exc is None
