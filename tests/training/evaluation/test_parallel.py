"""Kinds trained in parallel give what each gives alone, and if one fails, the others finish."""

import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from predictor.ml.champions import CHAMPIONS
from predictor.ml.errors import ArtifactError
from predictor.training.errors import DatasetError, ExportError, TrainingError
from predictor.training.evaluation import challenge
from predictor.training.evaluation.challenge import Challenge
from predictor.training.evaluation.parallel import Failure, challenges
from predictor.training.preparation import strokes
from predictor.training.preparation.splits import Splits
from tests import hands
from tests.training.conftest import EPOCHS

KINDS = ["mlp", "svm"]
Steps = list[tuple[Any, ...]]  # see `training.progress`


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes at a time, whatever this machine has."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture(scope="module")
def splits(few: Splits) -> Splits:
    """With a validation set, so that a network has only one member."""
    return dataclasses.replace(few, validation=few.test)


@pytest.fixture(scope="module")
def ran(splits: Splits, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Challenge], Steps]:
    steps: Steps = []
    root = tmp_path_factory.mktemp("models")
    found = list(challenges(KINDS, splits, root, seed=1, epochs=EPOCHS, progress=lambda *step: steps.append(step)))
    return {each.sidecar.kind: each for each in succeeded(found)}, steps


@pytest.fixture(scope="module")
def alone(splits: Splits, tmp_path_factory: pytest.TempPathFactory) -> tuple[Challenge, Steps, list[object]]:
    """The SVM, the progress reported meanwhile, and the processes that ran."""
    steps: Steps = []
    running: list[object] = []

    def progress(*step: object) -> None:
        steps.append(step)
        running.extend(multiprocessing.active_children())

    (found,) = succeeded(
        challenges(["svm"], splits, tmp_path_factory.mktemp("models"), seed=1, epochs=EPOCHS, progress=progress)
    )
    return found, steps, running


def succeeded(found: Iterator[Challenge | Failure] | list[Challenge | Failure]) -> list[Challenge]:
    return [each for each in found if isinstance(each, Challenge)]


def children() -> list[multiprocessing.Process]:
    """In the order in which they were started."""
    return sorted(multiprocessing.active_children(), key=lambda process: int(process.name.rsplit("-", 1)[1]))


def wait_for_the_second(what: str, done: int, total: int, accuracy: float | None = None, /) -> None:
    """Read nothing that the SVM, started first, sends after its first step until the other process has ended."""
    if (what, done) == ("svm", 1):
        for process in children()[1:]:
            process.join()


# It works.


def test_each_kind_has_its_challenger(ran: tuple[dict[str, Challenge], Steps]) -> None:
    assert sorted(ran[0]) == KINDS


def test_a_challenger_is_what_it_would_be_alone(
    ran: tuple[dict[str, Challenge], Steps], alone: tuple[Challenge, Steps, list[object]]
) -> None:
    in_parallel = ran[0]["svm"]
    assert in_parallel.sidecar.hyperparameters == alone[0].sidecar.hyperparameters
    assert in_parallel.shown_answers == pytest.approx(alone[0].shown_answers, abs=1e-6)


def test_a_network_learns_as_well_beside_another_kind(ran: tuple[dict[str, Challenge], Steps]) -> None:
    assert ran[0]["mlp"].sidecar.metrics["held_out"]["accuracy"] > 0.7


def test_the_progress_of_all_arrives(ran: tuple[dict[str, Challenge], Steps]) -> None:
    for kind in KINDS:
        steps = [(done, total) for what, done, total, *_ in ran[1] if what == kind]
        assert steps
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert steps[-1][0] == steps[-1][1], "to the end"


def test_one_kind_alone_needs_no_process(alone: tuple[Challenge, Steps, list[object]]) -> None:
    assert alone[0].sidecar.kind == "svm"
    assert alone[2] == []


def test_the_svm_alone_gets_as_many_copies_as_there_are_epochs(
    alone: tuple[Challenge, Steps, list[object]],
) -> None:
    assert alone[0].sidecar.hyperparameters["variations"] == EPOCHS
    assert ("augmentation", 2 * EPOCHS, 2 * EPOCHS) in alone[1], "a chunk for a hundred drawings"


# Failures.


def test_a_kind_that_fails_is_reported_at_once_and_the_others_finish(
    splits: Splits, tmp_path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keras.py").write_text("raise OSError('libcudart.so cannot be opened')")
    monkeypatch.syspath_prepend(tmp_path)
    root = tmp_path / "models"
    first, second = challenges(["svm", "mlp"], splits, root, seed=1, epochs=1, progress=wait_for_the_second)
    assert isinstance(first, Failure)
    assert first.kind == "mlp"
    assert isinstance(first.error, OSError)
    assert str(first.error) == "libcudart.so cannot be opened"
    assert [each.sidecar.kind for each in succeeded([second])] == ["svm"]


def test_an_export_without_parity_is_a_failure(splits: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenge, "PARITY", -1)
    (found,) = challenges(["svm"], splits, tmp_path, seed=1)
    assert isinstance(found, Failure)
    assert isinstance(found.error, ExportError)


def test_an_error_of_a_process_arrives_as_itself(splits: Splits, tmp_path: Path) -> None:
    (tmp_path / CHAMPIONS).write_text("{")
    for each in challenges(["svm", "svm"], splits, tmp_path, seed=1, epochs=1):
        assert isinstance(each, Failure)
        assert isinstance(each.error, ArtifactError)
        assert "champions.json cannot be read" in str(each.error)


def test_an_unexpected_error_leaves_its_traceback_and_the_others_finish(
    splits: Splits, tmp_path: Path, two_cores: None, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = challenges(["svm", "knn"], splits, tmp_path, seed=1, epochs=1, progress=wait_for_the_second)
    assert isinstance(first, Failure)
    assert first.kind == "knn"
    assert str(first.error) == "The training process failed; see its traceback."
    assert "ValueError: There is no kind 'knn'." in capfd.readouterr().err
    assert [each.sidecar.kind for each in succeeded([second])] == ["svm"]


def test_a_process_that_is_killed_is_a_failure_that_says_so_and_the_others_finish(
    splits: Splits, tmp_path: Path, two_cores: None
) -> None:
    """As the kernel kills one when memory runs out."""
    killed: list[int] = []

    def kill(what: str, done: int, total: int) -> None:
        if what == "svm" and not killed:
            killed.append(children()[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    first, second = challenges(["svm", "svm"], splits, tmp_path, seed=1, epochs=1, progress=kill)
    assert isinstance(first, Failure)
    assert isinstance(first.error, TrainingError)
    assert str(first.error) == "The training process was killed, perhaps for lack of memory."
    assert len(succeeded([second])) == 1


def test_kinds_that_read_pixels_and_strokes_each_learn_from_their_own(
    splits: Splits, tmp_path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strokes, "OUTLIERS", 14)
    both = dataclasses.replace(splits, strokes=strokes.stroke_splits(hands.everything(4, each=2)))
    found = {
        each.sidecar.kind: each for each in succeeded(challenges(["svm", "pen"], both, tmp_path, seed=1, epochs=1))
    }
    assert found["svm"].sidecar.dataset["digest"] == both.training.digest
    assert both.strokes is not None
    assert found["pen"].sidecar.dataset["digest"] == both.strokes.training.digest
    assert len(found["pen"].trial.labels) == len(both.strokes.held_out)


def test_a_kind_that_reads_strokes_is_refused_without_any_before_a_process_starts(
    splits: Splits, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="The pen reads strokes, and there are none"):
        next(challenges(["pen"], splits, tmp_path, seed=1, epochs=1))
    assert children() == []


def test_data_without_a_digit_are_refused_before_any_process_starts(splits: Splits, tmp_path: Path) -> None:
    without = dataclasses.replace(splits, training=splits.training[splits.training.labels != 6])
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 6\."):
        next(challenges(["svm", "svm"], without, tmp_path, seed=1, epochs=1))
    assert children() == []


# Interruptions.


def test_an_interruption_terminates_all_processes(splits: Splits, tmp_path: Path, two_cores: None) -> None:
    ended: list[multiprocessing.Process] = []

    def interrupt(what: str, done: int, total: int) -> None:
        if what == "svm":
            ended.extend(children())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(challenges(["svm", "svm"], splits, tmp_path, seed=1, epochs=1, progress=interrupt))
    assert [process.exitcode for process in ended] == [-signal.SIGTERM] * 2
    assert children() == []
