"""Worker processes count in files that are numbered, locked, and taken over."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from mnistsite.metrics import workers
from tests.server import ROOT

ADDRESS = "127.0.0.1-8000"
# Obeys its standard input, line by line, and says what came of it.
PROCESS = """
import sys
from pathlib import Path
from mnistsite.metrics import workers

workers.share(Path(sys.argv[1]), sys.argv[2])
from mnistsite.metrics.definitions import in_progress, refusals

for line in sys.stdin:
    match line.split():
        case ["take"]:
            workers.take()
        case ["count", n]:
            for _ in range(int(n)):
                refusals.labels("some_code").inc()
        case ["begin"]:
            in_progress.labels(workers.number()).inc()
        case [name]:
            getattr(workers, name)()
    print(workers.number(), flush=True)
"""


class Process:
    def __init__(self, place: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, place, ADDRESS],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def do(self, line: str) -> str:
        """Its number, once the line has been obeyed."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def processes(place: Path, n: int) -> Iterator[list[Process]]:
    found = [Process(place) for _ in range(n)]
    try:
        yield found
    finally:
        for each in found:
            each.kill()


def directory(place: Path) -> Path:
    (found,) = place.glob("draw-a-digit-*")
    return found


def samples(place: Path) -> dict[str, float]:
    collected = MultiProcessCollector(CollectorRegistry(), str(directory(place))).collect()
    return {f"{s.name}{dict(s.labels)}": s.value for metric in collected for s in metric.samples}


COUNT = "digits_refusals_total{'code': 'some_code'}"


def test_a_new_process_goes_on_with_the_counts_of_one_that_was_killed(tmp_path):
    with processes(tmp_path, 3) as (first, second, third):
        assert [first.do("take"), second.do("take")] == ["0", "1"]
        first.do("count 5")
        second.do("count 7")
        first.kill()
        assert third.do("take") == "0"
        third.do("count 11")
        assert samples(tmp_path) == {COUNT: 23}
        assert len(list(directory(tmp_path).glob("*.db"))) == 2 * len(workers.KINDS)


def test_two_that_live_never_have_one_number(tmp_path):
    with processes(tmp_path, 4) as living:
        assert sorted(each.do("take") for each in living) == ["0", "1", "2", "3"]
        for each in living:
            each.do("count 100")
        assert samples(tmp_path) == {COUNT: 400}


def test_a_new_server_begins_at_zero_and_leaves_the_files_of_those_that_live(tmp_path):
    with processes(tmp_path, 3) as (dead, alive, parent):
        assert [dead.do("take"), alive.do("take")] == ["0", "1"]
        dead.do("count 5")
        alive.do("count 7")
        dead.kill()
        parent.do("clear")
        assert samples(tmp_path) == {COUNT: 7}
        alive.do("count 1")
        assert samples(tmp_path) == {COUNT: 8}


def test_while_a_process_lives_its_directory_is_locked_against_those_who_clean_up(tmp_path):
    with processes(tmp_path, 1) as (worker,):
        worker.do("take")
        place = os.open(directory(tmp_path), os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(place)


def test_what_only_counts_while_a_process_lives_ends_with_it(tmp_path):
    with processes(tmp_path, 3) as (dead, alive, parent):
        for each in (dead, alive):
            each.do("take")
            each.do("begin")
        dead.do("count 5")
        dead.kill()
        parent.do("bury")
        assert samples(tmp_path) == {"digits_http_requests_in_progress{'worker': '1'}": 1, COUNT: 5}


def test_whoever_takes_the_number_of_a_process_that_nobody_has_buried_does_not_take_over_its_requests(tmp_path):
    with processes(tmp_path, 2) as (dead, heir):
        dead.do("take")
        dead.do("begin")
        dead.kill()
        assert heir.do("take") == "0"
        heir.do("begin")
        assert samples(tmp_path) == {"digits_http_requests_in_progress{'worker': '0'}": 1}


def test_a_server_that_ends_leaves_nothing_behind_but_what_another_one_uses(tmp_path):
    with processes(tmp_path, 2) as (worker, parent):
        worker.do("take")
        parent.do("remove")
        assert directory(tmp_path).exists()
        worker.kill()
        parent.do("remove")
        assert not list(tmp_path.iterdir())


def test_without_room_for_its_files_a_worker_works_all_the_same(tmp_path):
    with processes(tmp_path, 1) as (worker,):
        worker.do("clear")  # it has begun
        for kind in workers.KINDS:
            (directory(tmp_path) / f"{kind}_0.new").mkdir()  # what cannot be written to
        worker.do("take")
        assert worker.do("count 3") == "0"
        assert samples(tmp_path) == {}


def test_a_directory_that_is_somebody_elses_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"draw-a-digit-{os.geteuid()}-{ADDRESS}").symlink_to(tmp_path / "elsewhere")
    run = subprocess.run(
        [sys.executable, "-c", PROCESS, tmp_path, ADDRESS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "belongs to somebody else" in run.stderr


def test_a_place_that_cannot_be_used_is_named_before_the_server_starts(tmp_path):
    (tmp_path / "file").write_text("")
    run = subprocess.run(
        [Path(sys.executable).with_name("gunicorn"), "--check-config", "mnistsite.wsgi"],
        cwd=ROOT, env=os.environ | {"METRICS_DIR": str(tmp_path / "file" / "below")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode
    assert "METRICS_DIR cannot be used" in run.stderr


def test_in_a_single_process_they_are_in_memory():
    assert workers.directory() is None
    assert workers.number() == "0"
    workers.take()
    workers.clear()
    workers.bury()
    workers.remove()


@pytest.mark.parametrize("kind", workers.KINDS)
def test_the_library_names_its_files_as_they_are_prepared(tmp_path, kind):
    with processes(tmp_path, 1) as (worker,):
        worker.do("take")
        prepared = {path.name for path in directory(tmp_path).glob("*.db")}
        worker.do("count 1")
        worker.do("begin")
        assert {path.name for path in directory(tmp_path).glob("*.db")} == prepared
        assert f"{kind}_0.db" in prepared
