"""The networks: committees, batches, temperature and early stopping."""

import platform

import numpy as np
import pytest

from predictor.ml.images import digest, to_images
from predictor.ml.weights import Weights
from predictor.training.classifiers import network
from predictor.training.classifiers.curve import Curve
from predictor.training.classifiers.train import train
from predictor.training.evaluation.evaluate import probabilities
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import TrainingData
from tests.training.classifiers.conftest import MEMBERS, NETWORKS, SEED, Make, Steps
from tests.training.conftest import EPOCHS

NONE = np.zeros(0, np.intp)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_has_one_temperature_however_many_members(make: Make, kind: str) -> None:
    for which, members in MEMBERS.items():
        trained = make(kind, which)
        assert trained.calibration["method"] == "temperature"
        (temperature,) = trained.calibration["temperatures"]
        assert temperature > 0
        assert trained.hyperparameters["members"] == members


@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="elsewhere TensorFlow may lack it",
)
def test_networks_are_trained_by_onednn_whatever_the_processor() -> None:
    from tensorflow.python.util import _pywrap_util_port  # no public name says it; imported after the setting is made

    assert _pywrap_util_port.IsMklEnabled()


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_states_how_many_augmented_images_each_member_was_trained_on(make: Make, kind: str) -> None:
    assert make(kind, "validation").hyperparameters["variations"] == 200 * EPOCHS
    assert make(kind, "folds").hyperparameters["variations"] == 100 * EPOCHS


@pytest.mark.parametrize("kind", ["mlp"])  # the two networks share it
def test_a_network_is_the_same_if_more_copies_were_made_for_other_kinds(
    kind: str, variants: dict[str, TrainingData], few: Splits
) -> None:
    images = to_images(few.held_out.pixels)
    some, more = (
        train(kind, each, seed=SEED, epochs=2)
        for each in (variants["validation"].limited_to(2), variants["validation"])
    )
    assert np.array_equal(some.probabilities(images), more.probabilities(images))


def test_no_member_is_trained_on_its_validation_set(training_data: TrainingData) -> None:
    splits = network._splits(training_data, network.FOLDS, SEED)
    for which, validation in splits:
        known = {digest(pixels) for pixels in training_data.drawings.pixels[which]}
        assert not known & {digest(pixels) for pixels in validation.pixels}
        assert len(known) + len(validation) == len(training_data.drawings)
    assert sum(len(validation) for _, validation in splits) == len(training_data.drawings), "each drawing once"


def test_a_batch_holds_rows_of_the_member_and_some_outliers() -> None:
    inputs = np.arange(6, dtype=np.float16)
    labels, rows, out = np.arange(6, dtype=np.uint8), np.array([1, 4]), np.array([100, 101], np.float16)
    batches = network._batches(inputs, labels, out, rows, [1], varied=NONE, share=0.0)
    X, y = (np.concatenate(part) for part in zip(*(next(batches) for _ in range(20)), strict=True))
    assert set(X.tolist()) == {1, 4, 100, 101}
    assert (X >= 100).mean() == pytest.approx(network.OUTLIERS, abs=0.01)
    assert (y[X < 100].argmax(axis=1) == X[X < 100]).all()
    assert np.allclose(y[X >= 100], 0.1)


def test_a_stated_share_of_the_digits_in_a_batch_are_varied_copies() -> None:
    inputs, labels = np.arange(6, dtype=np.float16), np.arange(6, dtype=np.uint8)
    rows, varied, out = np.array([1, 4]), np.array([2, 5]), np.full(1, 100, np.float16)
    batches = network._batches(inputs, labels, out, rows, [1], varied=varied, share=0.4)
    X, y = (np.concatenate(part) for part in zip(*(next(batches) for _ in range(20)), strict=True))
    digits = X[X < 100]
    assert set(digits.tolist()) == {1, 2, 4, 5}
    assert np.isin(digits, varied).mean() == pytest.approx(0.4, abs=0.02)
    assert (y[X < 100].argmax(axis=1) == digits).all()


@pytest.mark.parametrize("factor", [0.5, 1, 4])
def test_the_temperature_corrects_overconfident_and_underconfident_logits(factor: float) -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, (5000, 10)).astype(np.float32)
    labels = (logits + random.gumbel(size=logits.shape)).argmax(axis=1).astype(np.uint8)  # drawn from their softmax
    assert network._temperature(factor * logits, labels) == pytest.approx(factor, rel=0.1)


def test_early_stopping_completes_the_progress() -> None:
    steps: Steps = []
    callback = network._ProgressCallback("mlp", lambda *step: steps.append(step))
    callback.on_train_begin()
    callback.on_epoch_end(0, {"val_accuracy": 0.75, "val_loss": 1.5})
    callback.on_train_end()
    n = network.CHECKS
    assert steps == [("mlp", 0, n), ("mlp", 1, n, 0.75), ("mlp", n, n)]
    assert callback.curve == Curve("mlp", (0.75,), (1.5,))


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_keeps_the_learning_curve_of_each_member(make: Make, kind: str, few: Splits) -> None:
    for which, members in MEMBERS.items():
        curves = make(kind, which).curves
        assert len(curves) == members
        assert len({curve.name for curve in curves}) == members
        for curve in curves:
            assert network.MIN_CHECKS <= len(curve.accuracy) == len(curve.loss) <= network.CHECKS
            assert 0 <= min(curve.accuracy) < max(curve.accuracy) <= 1
            assert curve.loss[-1] < curve.loss[0]


def test_a_curve_passes_the_accuracy_that_the_network_keeps(make: Make, few: Splits) -> None:
    trained = make("mlp", "validation")
    (curve,) = trained.curves
    validation = few.held_out[np.arange(100)]
    right = probabilities(trained, validation).argmax(axis=1) == validation.labels
    assert min(abs(right.mean() - reached) for reached in curve.accuracy) < 1e-6


@pytest.fixture(scope="module", params=NETWORKS)
def weights(request: pytest.FixtureRequest, make: Make) -> tuple[str, Weights]:
    return request.param, make(request.param, "validation").weights


def test_a_network_has_weights_and_a_committee_has_none(make: Make, weights: tuple[str, Weights]) -> None:
    kind, known = weights
    assert {each.dtype for each in known} == {np.dtype(np.float32)}
    assert make(kind, "folds").weights == []
    assert make("svm", "validation").weights == []


def test_one_that_goes_on_from_weights_begins_where_these_were(
    weights: tuple[str, Weights], make: Make, variants: dict[str, TrainingData], few: Splits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    kind, known = weights
    monkeypatch.setattr(network, "STARTED_RATE", 0.0)  # nothing moves but the statistics of the normalisation
    begun = train(kind, variants["validation"], seed=SEED, epochs=1, start=known)
    images = to_images(few.held_out.pixels)
    fresh = train(kind, variants["validation"], seed=SEED, epochs=1)
    first, same, other = (each.probabilities(images).argmax(1) for each in (make(kind, "validation"), begun, fresh))
    assert (same == first).mean() > 0.9 > (other == first).mean()
    assert begun.hyperparameters["started"] is True
    assert fresh.hyperparameters["started"] is False


def test_without_a_validation_set_weights_are_not_gone_on_from(
    weights: tuple[str, Weights], variants: dict[str, TrainingData]
) -> None:
    kind, known = weights
    trained = train(kind, variants["folds"], seed=SEED, epochs=1, start=known)
    assert trained.hyperparameters["started"] is False


@pytest.mark.parametrize("which", ["fewer", "others"])
def test_weights_of_another_network_are_not_gone_on_from(
    which: str, weights: tuple[str, Weights], variants: dict[str, TrainingData]
) -> None:
    kind, known = weights
    wrong = known[:-1] if which == "fewer" else known[::-1]
    trained = train(kind, variants["validation"], seed=SEED, epochs=1, start=wrong)
    assert trained.hyperparameters["started"] is False


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_for_each_fold(kind: str, variants: dict[str, TrainingData]) -> None:
    trained = train(kind, variants["folds"], seed=SEED, epochs=1, folds=3)
    assert trained.hyperparameters["members"] == 3
