"""A challenger is compared with its champion on the same held-out images, and its sidecar describes it."""

import dataclasses
import datetime as dt
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from predictor.ml import artifacts, runtime
from predictor.ml.champions import CHAMPIONS, promote
from predictor.ml.consensus import consensus
from predictor.ml.errors import ArtifactError
from predictor.ml.images import PREPROCESSING, Images, digest
from predictor.ml.runtime import Probabilities
from predictor.training.classifiers.train import train
from predictor.training.data.dataset import Dataset
from predictor.training.errors import DatasetError, ExportError
from predictor.training.evaluation import gate
from predictor.training.evaluation.challenge import LIBRARIES, PARITY, Challenge, parity
from predictor.training.evaluation.evaluate import probabilities, score
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import TrainingData
from tests.training.challenging import challenge
from tests.training.conftest import EPOCHS


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 200 held-out images the gate would never decide."""
    limits = gate.Limits(everything=0.02, mnist=0.02, digit=0.2, calibration=0.1, rejected=0.3)
    monkeypatch.setattr(gate, "LIMITS", limits)


@pytest.fixture(scope="module")
def challenger(few: Splits, training_data: TrainingData, tmp_path_factory: pytest.TempPathFactory) -> Challenge:
    """The first svm of an empty directory."""
    parts = {"held_out_first": few.held_out[np.arange(50)]}
    data = dataclasses.replace(few, held_out_sets=parts)
    return challenge("svm", data, tmp_path_factory.mktemp("models"), seed=1, data=training_data)


@pytest.fixture
def root(challenger: Challenge, tmp_path: Path) -> Path:
    """Where the first svm became champion."""
    artifacts.publish(tmp_path, challenger.sidecar, challenger.artifact)
    promote(tmp_path, {"svm": 1})
    return tmp_path


def mislabelled(splits: Splits) -> Splits:
    """The same with the training labels shuffled."""
    labels = np.random.default_rng(1).permutation(splits.training.labels)
    return dataclasses.replace(splits, training=Dataset(splits.training.pixels, labels))


# It works.


def test_the_first_challenger_wins_without_a_champion(challenger: Challenge) -> None:
    assert challenger.won
    assert challenger.champion is None
    assert challenger.champion_misses is None
    assert challenger.champion_error is None
    assert challenger.misses < 40, "of 200"


def test_a_challenger_that_is_as_good_as_the_champion_wins(
    few: Splits, training_data: TrainingData, root: Path, challenger: Challenge
) -> None:
    again = challenge("svm", few, root, seed=1, data=training_data)
    assert again.champion == 1
    assert again.champion_misses == again.misses == challenger.misses
    assert again.won


def test_a_challenger_that_is_worse_than_the_champion_does_not_win(
    few: Splits, root: Path, challenger: Challenge
) -> None:
    worse = challenge("svm", mislabelled(few), root, seed=1, epochs=EPOCHS)
    assert worse.champion_misses == challenger.misses
    assert worse.misses > challenger.misses
    assert not worse.won


def test_a_challenger_that_is_better_than_the_champion_wins(
    few: Splits, training_data: TrainingData, tmp_path: Path
) -> None:
    bad = challenge("svm", mislabelled(few), tmp_path, seed=1, epochs=EPOCHS)
    artifacts.publish(tmp_path, bad.sidecar, bad.artifact)
    promote(tmp_path, {"svm": 1})
    better = challenge("svm", few, tmp_path, seed=1, data=training_data)
    assert better.champion_misses == bad.misses > better.misses
    assert better.won


def test_the_gate_judges_by_all_answers_on_the_held_out_images(
    few: Splits, training_data: TrainingData, root: Path, challenger: Challenge
) -> None:
    trial = challenge("svm", few, root, seed=1, data=training_data).trial
    assert np.array_equal(trial.labels, few.held_out.labels)
    assert np.array_equal(trial.challenger, challenger.trial.challenger)
    assert trial.champion is not None
    assert np.allclose(trial.champion, trial.challenger, atol=1e-6)
    assert int((trial.challenger.argmax(axis=1) != trial.labels).sum()) == challenger.misses
    assert trial.sets == {"held_out_mnist": slice(0, 200)}
    verdicts = [consensus([p], x).verdict for p, x in zip(trial.challenger, few.held_out.pixels, strict=True)]
    assert trial.rejected.tolist() == [verdict != "digit" for verdict in verdicts]


def test_too_large_an_artifact_is_refused_even_without_a_champion(
    challenger: Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "LIMITS", gate.Limits(size=len(challenger.artifact) - 1))
    assert not dataclasses.replace(challenger).won


def test_the_champion_of_another_kind_does_not_count(
    few: Splits, training_data: TrainingData, challenger: Challenge, tmp_path: Path
) -> None:
    artifacts.publish(tmp_path, dataclasses.replace(challenger.sidecar, kind="mlp"), challenger.artifact)
    promote(tmp_path, {"mlp": 1})
    svm = challenge("svm", few, tmp_path, seed=1, data=training_data)
    assert svm.champion is None
    assert svm.won


def test_a_challenge_publishes_nothing(few: Splits, training_data: TrainingData, tmp_path: Path) -> None:
    challenge("svm", few, tmp_path, seed=1, data=training_data)
    assert list(tmp_path.iterdir()) == []


def test_training_data_that_are_not_given_are_prepared_and_progress_is_reported(
    few: Splits, challenger: Challenge, tmp_path: Path
) -> None:
    steps: list[tuple[str, int, int]] = []
    found = challenge("svm", few, tmp_path, seed=1, epochs=EPOCHS, progress=lambda *step: steps.append(step))
    assert np.array_equal(found.shown_answers, challenger.shown_answers)
    chunks = EPOCHS * 2  # one for a hundred drawings
    assert {what: (done, total) for what, done, total in steps} == {
        "augmentation": (chunks, chunks), "svm": (4, 4), "svm, evaluation": (1, 1),
    }  # fmt: skip
    assert steps.index(("svm", 4, 4)) < steps.index(("svm, evaluation", 0, 1))


def test_it_keeps_the_drawings_on_which_it_differs_from_the_champion(
    few: Splits, root: Path, challenger: Challenge
) -> None:
    assert challenger.differences is None, "there was no champion"
    worse = challenge("svm", mislabelled(few), root, seed=1, epochs=EPOCHS)
    assert worse.champion_misses is not None
    assert worse.differences is not None
    assert worse.differences.losses - worse.differences.wins == worse.misses - worse.champion_misses
    known = {digest(pixels): label for pixels, label in zip(few.held_out.pixels, few.held_out.labels, strict=True)}
    assert [known[digest(each.pixels)] for each in worse.differences.drawings] == [
        each.label for each in worse.differences.drawings
    ]
    assert worse.curves == ()


# Its sidecar.


def test_the_sidecar_says_where_the_challenger_comes_from(challenger: Challenge, few: Splits) -> None:
    sidecar = challenger.sidecar
    assert (sidecar.kind, sidecar.seed, sidecar.base) == ("svm", 1, "few")
    assert sidecar.preprocessing == PREPROCESSING
    assert sidecar.sha256 == hashlib.sha256(challenger.artifact).hexdigest()
    assert sidecar.size == len(challenger.artifact)
    assert sidecar.dataset == {
        "digest": few.training.digest,
        "n": 200,
        "class_counts": few.training.class_counts,
        "validation": 0,
        "outliers": 0,
        "reviewed": 0,
        "varied": 0,
        "held_out_digest": few.held_out.digest,
    }
    assert sidecar.hyperparameters["kernel"] == "rbf"
    assert sidecar.calibration["method"] == "softmax"
    assert 0 <= sidecar.parity <= PARITY
    assert sidecar.seconds > 0
    assert dt.datetime.fromisoformat(sidecar.trained_at).tzinfo == dt.UTC
    assert sidecar.libraries.keys() == set(LIBRARIES)


def test_the_sidecar_says_how_the_challenger_did(challenger: Challenge) -> None:
    metrics = challenger.sidecar.metrics
    assert metrics.keys() == {"held_out", "held_out_first", "mnist_test"}
    assert metrics["held_out"]["n"] == 200
    assert metrics["held_out_first"]["n"] == 50
    assert metrics["mnist_test"]["n"] == 100
    assert metrics["held_out"]["misses"] == challenger.misses
    for metric in metrics.values():
        assert metric["accuracy"] == pytest.approx(1 - metric["misses"] / metric["n"])


def test_it_keeps_its_answers_on_the_test_images(challenger: Challenge, few: Splits, root: Path) -> None:
    assert challenger.shown_answers.shape == (100, 10)
    assert np.array_equal(challenger.shown_answers, probabilities(runtime.load(root / "svm/v1"), few.test))
    assert score(challenger.shown_answers, few.test) == challenger.sidecar.metrics["mnist_test"]


def test_a_validation_set_and_outliers_are_counted(few: Splits, tmp_path: Path) -> None:
    data = dataclasses.replace(few, validation=few.test, outliers=few.held_out.pixels[:60])
    sidecar = challenge("svm", data, tmp_path, seed=1, epochs=1).sidecar
    assert (sidecar.dataset["validation"], sidecar.dataset["outliers"]) == (100, 60)


def test_a_published_challenger_loads_and_passes_its_self_test(root: Path, challenger: Challenge) -> None:
    champion = runtime.load(root / "svm/v1")
    assert champion.sidecar.to_json() == json.loads(json.dumps(challenger.sidecar.to_json())) | {"version": 1}


# Champions that cannot answer.


def test_a_broken_champion_is_replaced_and_named(few: Splits, training_data: TrainingData, root: Path) -> None:
    (root / "svm/v1/model.onnx").write_bytes(b"no ONNX")
    after = challenge("svm", few, root, seed=1, data=training_data)
    assert after.champion == 1
    assert after.champion_misses is None
    assert after.champion_error is not None
    assert "svm/v1/model.onnx" in after.champion_error
    assert after.won


@pytest.mark.parametrize("content", ['{"svm": 2}', "{"], ids=["a broken champion", "a damaged file"])
def test_a_challenger_is_compared_with_the_version_that_answers_instead(
    content: str, few: Splits, training_data: TrainingData, challenger: Challenge, root: Path
) -> None:
    (root / CHAMPIONS).write_text(content)
    after = challenge("svm", few, root, seed=1, data=training_data)
    assert after.champion == 1
    assert after.champion_misses == challenger.misses
    assert after.champion_error is None


def test_a_champion_of_another_preprocessing_is_replaced_and_named(
    few: Splits, training_data: TrainingData, challenger: Challenge, tmp_path: Path
) -> None:
    old = dataclasses.replace(challenger.sidecar, preprocessing=PREPROCESSING - 1)
    artifacts.publish(tmp_path, old, challenger.artifact)
    (tmp_path / CHAMPIONS).write_text('{"svm": 1}')
    after = challenge("svm", few, tmp_path, seed=1, data=training_data)
    assert after.champion_error is not None
    assert "preprocessing" in after.champion_error
    assert after.won


# Refusals.


def test_training_images_without_a_digit_are_refused(few: Splits, tmp_path: Path) -> None:
    without = dataclasses.replace(few, training=few.training[few.training.labels != 6])
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 6\."):
        challenge("svm", without, tmp_path, seed=1)


def test_training_images_of_only_one_digit_are_refused(few: Splits, tmp_path: Path) -> None:
    ones = dataclasses.replace(few, training=few.training[few.training.labels == 1])
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 0, 2, 3, 4, 5, 6, 7, 8, 9\."):
        challenge("svm", ones, tmp_path, seed=1)


def test_an_unknown_kind_is_refused(training_data: TrainingData) -> None:
    with pytest.raises(ValueError, match="knn"):
        train("knn", training_data, seed=1, epochs=1)


def test_damaged_champions_are_refused(few: Splits, training_data: TrainingData, tmp_path: Path) -> None:
    (tmp_path / CHAMPIONS).write_text("{")
    with pytest.raises(ArtifactError, match=r"champions\.json"):
        challenge("svm", few, tmp_path, seed=1, data=training_data)


# Parity.


class Always:
    """Answers every image alike."""

    def __init__(self, *answer: float) -> None:
        self.answer = np.array([*answer, *[0] * (10 - len(answer))], np.float32)

    def probabilities(self, images: Images) -> Probabilities:
        return np.tile(self.answer, (len(images), 1))


def test_parity_is_the_largest_difference(few: Splits) -> None:
    assert parity(Always(1), Always(1), few.held_out) == 0
    assert parity(Always(0.5, 0.5), Always(0.50002, 0.49995), few.held_out) == pytest.approx(5e-5, rel=1e-2)


@pytest.mark.parametrize("other", [Always(0.4998, 0.5002), Always(0, 1), Always(np.nan)])
def test_an_artifact_with_other_probabilities_is_refused(other: Always, few: Splits) -> None:
    with pytest.raises(ExportError, match="differs from the framework"):
        parity(Always(0.5, 0.5), other, few.held_out)
