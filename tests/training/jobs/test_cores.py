"""Jobs in this process and on this machine's cores."""

from contextlib import suppress
from functools import partial

import pytest

from predictor.training.errors import TrainingError
from predictor.training.jobs.cores import Cores
from predictor.training.jobs.job import InTurn, Job, Pool
from predictor.training.progress import no_progress
from tests import ending
from tests.training.jobs import deeds

POOLS = [InTurn(), Cores(1), Cores(2)]


@pytest.mark.parametrize("pool", POOLS, ids=["in turn", "one core", "two cores"])
def test_all_jobs_are_done_with_the_same_data_and_their_progress_arrives(pool: Pool) -> None:
    steps: list[tuple[object, ...]] = []
    with pool.work(100, lambda *step: steps.append(step)) as work:
        for number in range(3):
            work.submit(Job(f"job {number}", partial(deeds.doubled, number)))
        found = {job.name: result for job, result in work.results()}
    assert found == {"job 0": 100, "job 1": 102, "job 2": 104}
    assert steps == [("doubling", 1, 1)] * 3


@pytest.mark.parametrize("pool", POOLS, ids=["in turn", "one core", "two cores"])
def test_a_job_may_follow_from_a_result(pool: Pool) -> None:
    found = []
    with pool.work(1, no_progress) as work:
        work.submit(Job("first", partial(deeds.doubled, 1)))
        for job, result in work.results():
            found.append(result)
            if job.name == "first":
                work.submit(Job("second", partial(deeds.doubled, result)))
    assert found == [3, 7]


def test_a_process_goes_on_with_a_job_of_the_same_name_only() -> None:
    with Cores(1).work(0, no_progress) as work:
        for name in ("a", "a", "b"):
            work.submit(Job(name, deeds.own_pid))
        (_, first), (_, second), (_, third) = work.results()
    assert first == second != third


@pytest.mark.parametrize("job", [deeds.failing, deeds.fatal])
def test_a_job_that_dies_is_an_error_and_the_others_finish(job: object, capfd: pytest.CaptureFixture[str]) -> None:
    with Cores(1).work(0, no_progress) as work:
        work.submit(Job("job", job))  # type: ignore[arg-type]
        work.submit(Job("job", partial(deeds.doubled, 1)))
        (_, died), (_, done) = work.results()
    assert isinstance(died, TrainingError)
    assert done == 2
    assert ("ZeroDivisionError: by nothing" in capfd.readouterr().err) == (job is deeds.failing)


def test_what_still_runs_is_ended_when_nobody_waits_for_it() -> None:
    pids: list[int] = []

    def interrupt(*step: object) -> None:
        pids.append(deeds.pid(step))
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), Cores(2).work(0, interrupt) as work:
        work.submit(Job("job", deeds.endless))
        work.submit(Job("job", deeds.endless))
        list(work.results())
    assert pids
    ending.wait_until_gone(pids)
