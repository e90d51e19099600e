"""Several kinds at once give what each gives alone."""

import dataclasses
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from predictor.ml import artifacts
from predictor.ml.errors import ArtifactError
from predictor.training.bases import Data
from predictor.training.challenge import Challenge
from predictor.training.errors import DatasetError, TrainingError
from predictor.training.side_by_side import challenges

from .conftest import EPOCHS

KINDS = ["mlp", "svm"]
Told = list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def data(few: Data) -> Data:
    """A network of one member will do: with a validation set."""
    return dataclasses.replace(few, validation=few.test)


@pytest.fixture(scope="module")
def ran(data: Data, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Challenge], Told]:
    told: Told = []
    root = tmp_path_factory.mktemp("models")
    found = challenges(KINDS, data, root, seed=1, epochs=EPOCHS, progress=lambda *step: told.append(step))
    return list(found), told


def test_challengers_come_in_the_order_of_their_kinds(ran: tuple[list[Challenge], Told]) -> None:
    assert [each.sidecar.kind for each in ran[0]] == KINDS


def test_a_challenger_is_what_it_would_be_alone(ran: tuple[list[Challenge], Told], data: Data, tmp_path: Path) -> None:
    (alone,) = challenges(["svm"], data, tmp_path, seed=1, epochs=EPOCHS)
    _, beside = ran[0]
    assert beside.sidecar.hyperparameters == alone.sidecar.hyperparameters
    assert beside.test_answers == pytest.approx(alone.test_answers, abs=1e-6)


def test_a_network_learns_beside_another_kind_as_well(ran: tuple[list[Challenge], Told]) -> None:
    assert ran[0][0].sidecar.metrics["held_out"]["accuracy"] > 0.7


def test_the_progress_of_all_arrives(ran: tuple[list[Challenge], Told]) -> None:
    for kind in KINDS:
        told = [(done, total) for what, done, total in ran[1] if what == kind]
        assert told
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[-1][0] == told[-1][1], "to the end"


def test_one_kind_alone_needs_no_process(data: Data, tmp_path: Path) -> None:
    running: list[object] = []
    (alone,) = challenges(
        ["svm"], data, tmp_path, seed=1, epochs=2, progress=lambda *_: running.extend(multiprocessing.active_children())
    )
    assert alone.sidecar.kind == "svm"
    assert running == []


def test_an_error_of_a_process_surfaces_as_itself(data: Data, tmp_path: Path) -> None:
    (tmp_path / artifacts.CHAMPIONS).write_text("{")
    with pytest.raises(ArtifactError, match=r"champions\.json cannot be read"):
        list(challenges(["svm", "svm"], data, tmp_path, seed=1, epochs=1))


def test_data_that_lack_a_digit_are_refused_before_any_process_starts(data: Data, tmp_path: Path) -> None:
    without = dataclasses.replace(data, training=data.training[data.training.labels != 6])
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 6\."):
        next(challenges(["svm", "svm"], without, tmp_path, seed=1, epochs=1))


def test_a_process_that_is_killed_is_an_error_that_says_so(data: Data, tmp_path: Path) -> None:
    """As the kernel does where memory does not suffice."""

    def kill(what: str, done: int, total: int) -> None:
        if what == "svm":
            for process in multiprocessing.active_children():
                if process.name.startswith("SpawnProcess"):
                    os.kill(process.pid or 0, signal.SIGKILL)

    with pytest.raises(TrainingError, match="A training process was killed"):
        list(challenges(["svm", "svm"], data, tmp_path, seed=1, epochs=1, progress=kill))
