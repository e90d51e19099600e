"""Several kinds at once give what each gives alone, and where one fails the others finish."""

import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from predictor.ml import artifacts
from predictor.ml.errors import ArtifactError
from predictor.training import challenge
from predictor.training.bases import Data
from predictor.training.challenge import Challenge
from predictor.training.errors import DatasetError, ExportError, TrainingError
from predictor.training.material import VIRTUAL
from predictor.training.side_by_side import Failure, challenges

from .conftest import EPOCHS

KINDS = ["mlp", "svm"]
Told = list[tuple[str, int, int]]


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many processes at a time, whatever this machine has."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture(scope="module")
def data(few: Data) -> Data:
    """A network of one member will do: with a validation set."""
    return dataclasses.replace(few, validation=few.test)


@pytest.fixture(scope="module")
def ran(data: Data, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Challenge], Told]:
    told: Told = []
    root = tmp_path_factory.mktemp("models")
    found = list(challenges(KINDS, data, root, seed=1, epochs=EPOCHS, progress=lambda *step: told.append(step)))
    return {each.sidecar.kind: each for each in succeeded(found)}, told


@pytest.fixture(scope="module")
def alone(data: Data, tmp_path_factory: pytest.TempPathFactory) -> tuple[Challenge, Told, list[object]]:
    """The SVM, what was told meanwhile, and the processes that ran."""
    told: Told = []
    running: list[object] = []

    def progress(*step: object) -> None:
        told.append(step)
        running.extend(multiprocessing.active_children())

    (found,) = succeeded(
        challenges(["svm"], data, tmp_path_factory.mktemp("models"), seed=1, epochs=1, progress=progress)
    )
    return found, told, running


def succeeded(found: Iterator[Challenge | Failure] | list[Challenge | Failure]) -> list[Challenge]:
    return [each for each in found if isinstance(each, Challenge)]


def children() -> list[multiprocessing.Process]:
    """In the order in which they were started."""
    return sorted(multiprocessing.active_children(), key=lambda process: int(process.name.rsplit("-", 1)[1]))


def wait_for_the_second(what: str, done: int, total: int) -> None:
    """Look at nothing that the SVM, started first, says after its first step until the other process has ended."""
    if (what, done) == ("svm", 1):
        for process in children()[1:]:
            process.join()


# It works.


def test_each_kind_has_its_challenger(ran: tuple[dict[str, Challenge], Told]) -> None:
    assert sorted(ran[0]) == KINDS


def test_a_challenger_is_what_it_would_be_alone(
    ran: tuple[dict[str, Challenge], Told], alone: tuple[Challenge, Told, list[object]]
) -> None:
    """The SVM with other epochs, even: they are the network's."""
    beside = ran[0]["svm"]
    assert beside.sidecar.hyperparameters == alone[0].sidecar.hyperparameters
    assert beside.test_answers == pytest.approx(alone[0].test_answers, abs=1e-6)


def test_a_network_learns_beside_another_kind_as_well(ran: tuple[dict[str, Challenge], Told]) -> None:
    assert ran[0]["mlp"].sidecar.metrics["held_out"]["accuracy"] > 0.7


def test_the_progress_of_all_arrives(ran: tuple[dict[str, Challenge], Told]) -> None:
    for kind in KINDS:
        told = [(done, total) for what, done, total in ran[1] if what == kind]
        assert told
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[-1][0] == told[-1][1], "to the end"


def test_one_kind_alone_needs_no_process(alone: tuple[Challenge, Told, list[object]]) -> None:
    assert alone[0].sidecar.kind == "svm"
    assert alone[2] == []


def test_for_the_svm_alone_nine_variations_are_made_and_epochs_take_none_away(
    alone: tuple[Challenge, Told, list[object]],
) -> None:
    assert alone[0].sidecar.hyperparameters["variations"] == VIRTUAL
    assert ("variations", VIRTUAL * 2, VIRTUAL * 2) in alone[1], "a chunk for a hundred drawings"


# Failures.


def test_a_kind_that_fails_is_told_at_once_and_the_others_finish(
    data: Data, tmp_path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keras.py").write_text("raise OSError('libcudart.so cannot be opened')")
    monkeypatch.syspath_prepend(tmp_path)
    root = tmp_path / "models"
    first, second = challenges(["svm", "mlp"], data, root, seed=1, epochs=1, progress=wait_for_the_second)
    assert isinstance(first, Failure)
    assert first.kind == "mlp"
    assert isinstance(first.error, OSError)
    assert str(first.error) == "libcudart.so cannot be opened"
    assert [each.sidecar.kind for each in succeeded([second])] == ["svm"]


def test_an_export_that_is_not_fit_is_a_failure(data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenge, "PARITY", -1)
    (found,) = challenges(["svm"], data, tmp_path, seed=1)
    assert isinstance(found, Failure)
    assert isinstance(found.error, ExportError)


def test_an_error_of_a_process_arrives_as_itself(data: Data, tmp_path: Path) -> None:
    (tmp_path / artifacts.CHAMPIONS).write_text("{")
    for each in challenges(["svm", "svm"], data, tmp_path, seed=1, epochs=1):
        assert isinstance(each, Failure)
        assert isinstance(each.error, ArtifactError)
        assert "champions.json cannot be read" in str(each.error)


def test_an_error_that_nobody_foresaw_leaves_its_traceback_and_the_others_finish(
    data: Data, tmp_path: Path, two_cores: None, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = challenges(["svm", "knn"], data, tmp_path, seed=1, epochs=1, progress=wait_for_the_second)
    assert isinstance(first, Failure)
    assert first.kind == "knn"
    assert str(first.error) == "The training process failed; its traceback says why."
    assert "ValueError: There is no kind 'knn'." in capfd.readouterr().err
    assert [each.sidecar.kind for each in succeeded([second])] == ["svm"]


def test_a_process_that_is_killed_is_a_failure_that_says_so_and_the_others_finish(
    data: Data, tmp_path: Path, two_cores: None
) -> None:
    """As the kernel does where memory does not suffice."""
    killed: list[int] = []

    def kill(what: str, done: int, total: int) -> None:
        if what == "svm" and not killed:
            killed.append(children()[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    first, second = challenges(["svm", "svm"], data, tmp_path, seed=1, epochs=1, progress=kill)
    assert isinstance(first, Failure)
    assert isinstance(first.error, TrainingError)
    assert str(first.error) == "The training process was killed; did the memory suffice?"
    assert len(succeeded([second])) == 1


def test_data_that_lack_a_digit_are_refused_before_any_process_starts(data: Data, tmp_path: Path) -> None:
    without = dataclasses.replace(data, training=data.training[data.training.labels != 6])
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 6\."):
        next(challenges(["svm", "svm"], without, tmp_path, seed=1, epochs=1))
    assert children() == []


# Whoever stops it.


def test_an_interruption_ends_all_processes_before_they_are_done(data: Data, tmp_path: Path, two_cores: None) -> None:
    ended: list[multiprocessing.Process] = []

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "svm":
            ended.extend(children())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(challenges(["svm", "svm"], data, tmp_path, seed=1, epochs=1, progress=interrupt))
    assert [process.exitcode for process in ended] == [-signal.SIGTERM] * 2
    assert children() == []
