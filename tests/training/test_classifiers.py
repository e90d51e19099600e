"""What svm, mlp and cnn have in common, shown of each: one conformance suite."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import pytest

from predictor.ml import artifacts
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.images import PREPROCESSING, digest, to_images
from predictor.ml.runtime import Classifier, Probabilities
from predictor.training import network
from predictor.training.bases import Data
from predictor.training.challenge import Trained, train
from predictor.training.material import Material
from predictor.training.outliers import outliers
from tests import disk

from .conftest import EPOCHS

SEED = 3
NETWORKS = ("cnn", "mlp")
EXPOSED = ("svm", "mlp")  # to outliers
MEMBERS = {"folds": 2, "validation": 1}
Told: TypeAlias = list[tuple[str, int, int]]
Make: TypeAlias = Callable[[str, str], Trained]


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Networks that are taught by little in small steps, two in a committee: enough to see them learn."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FOLDS": 2, "CHECKS": 4, "SETTLED": 2, "BATCH": 32}.items():
            patch.setattr(network, name, value)
        yield


@pytest.fixture(scope="module")
def materials(material: Material, few: Data) -> dict[str, Material]:
    """Without a validation set, with one, and with outliers as well."""
    validation = few.held_out[np.arange(100)]
    with_validation = dataclasses.replace(material, validation=validation)
    with_outliers = dataclasses.replace(with_validation, outliers=outliers(120, seed=1))
    return {"folds": material, "validation": with_validation, "outliers": with_outliers}


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str], Told]:
    """What the training of each kind on each material said of its progress."""
    return {}


@pytest.fixture(scope="module")
def make(materials: dict[str, Material], told: dict[tuple[str, str], Told]) -> Make:
    """Trains a kind on a material, once."""

    @cache
    def make(kind: str, which: str) -> Trained:
        said = told[kind, which] = []
        return train(kind, materials[which], seed=SEED, epochs=EPOCHS, progress=lambda *step: said.append(step))

    return make


@pytest.fixture(scope="module", params=artifacts.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module", params=["folds", "validation"])
def which(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def trained(make: Make, kind: str, which: str) -> Trained:
    return make(kind, which)


@pytest.fixture(scope="module")
def served(trained: Trained, few: Data) -> Classifier:
    return serve(trained, few)


def serve(trained: Trained, few: Data) -> Classifier:
    """The same as the web process runs it."""
    artifact = trained.to_onnx()
    first = few.held_out.pixels[0]
    sidecar = Sidecar(
        **{field.name: None for field in dataclasses.fields(Sidecar)}
        | {"kind": trained.kind, "version": 1, "preprocessing": PREPROCESSING}
        | {"sha256": hashlib.sha256(artifact).hexdigest()}
        | {"selftest": SelfTest(first, trained.probabilities(to_images(first)[None])[0])}
    )
    return Classifier(sidecar, artifact)


def entropy(answers: Probabilities) -> float:
    """How flat they are in the mean: 0 is certain, log 10 knows nothing."""
    return float(-(answers * np.log(np.maximum(answers, 1e-12))).sum(axis=1).mean())


# As it was trained.


def test_it_says_of_which_kind_it_is(trained: Trained, kind: str) -> None:
    assert trained.kind == kind


def test_it_gives_probabilities(trained: Trained, few: Data) -> None:
    answers = trained.probabilities(to_images(few.held_out.pixels))
    assert answers.shape == (200, 10)
    assert answers.dtype == np.float32
    assert answers.min() >= 0
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_it_has_learnt_much_more_than_chance(trained: Trained, few: Data) -> None:
    unseen = few.held_out[np.arange(100, 200)]
    right = trained.probabilities(to_images(unseen.pixels)).argmax(axis=1) == unseen.labels
    assert right.mean() > 0.4


def test_the_order_and_the_company_of_images_do_not_matter(trained: Trained, few: Data) -> None:
    images = to_images(few.held_out.pixels[:40])
    answers = trained.probabilities(images)
    assert trained.probabilities(images[::-1])[::-1] == pytest.approx(answers, abs=1e-5)
    assert trained.probabilities(images[7:8])[0] == pytest.approx(answers[7], abs=1e-5)


def test_what_it_was_made_with_is_plain_json(trained: Trained) -> None:
    for described in (trained.hyperparameters, trained.calibration):
        assert json.loads(json.dumps(described)) == described
    assert trained.hyperparameters
    assert trained.calibration["method"]


def test_its_progress_is_told_to_the_end(make: Make, kind: str, which: str, told: dict[tuple[str, str], Told]) -> None:
    make(kind, which)
    said = told[kind, which]
    names = dict.fromkeys(what for what, _, _ in said)
    for name in names:
        steps = [(done, total) for what, done, total in said if what == name]
        assert [done for done, _ in steps] == sorted({done for done, _ in steps})
        assert steps[-1][0] == steps[-1][1]
    members = MEMBERS[which] if kind in NETWORKS else 1
    assert list(names) == ([kind] if members == 1 else [f"{kind} {n + 1}/{members}" for n in range(members)])


# As it is served.


def test_its_artifact_answers_as_it_does(trained: Trained, served: Classifier, few: Data) -> None:
    images = to_images((few.training + few.held_out).pixels)
    assert served.probabilities(images).dtype == np.float32
    assert served.probabilities(images) == pytest.approx(trained.probabilities(images), abs=1e-4)


def test_its_artifact_answers_one_image_as_among_many(served: Classifier, few: Data) -> None:
    images = to_images(few.held_out.pixels[:10])
    single = np.concatenate([served.probabilities(image[None]) for image in images])
    assert single == pytest.approx(served.probabilities(images), abs=1e-5)


def test_its_artifact_stays_a_probability_for_images_like_no_digit(served: Classifier) -> None:
    images = np.array([np.zeros((28, 28)), np.ones((28, 28)), np.eye(28)], np.float32)
    answers = served.probabilities(images)
    assert np.isfinite(answers).all()
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_full_disk_fails_the_export_of_a_network(make: Make, kind: str) -> None:
    with disk.full(), pytest.raises(OSError, match="File too large"):
        make(kind, "validation").to_onnx()


# Seeds and data.


def test_the_same_seed_gives_the_same_answers(make: Make, kind: str, materials: dict[str, Material], few: Data) -> None:
    images = to_images(few.held_out.pixels)
    again = train(kind, materials["validation"], seed=SEED, epochs=EPOCHS)
    assert np.array_equal(again.probabilities(images), make(kind, "validation").probabilities(images))


@pytest.mark.parametrize("kind", ["svm", "mlp"])  # the two networks share it
def test_another_seed_gives_other_answers(make: Make, kind: str, materials: dict[str, Material], few: Data) -> None:
    images = to_images(few.held_out.pixels)
    which = "folds" if kind == "svm" else "validation"  # nothing but its folds is random in the SVM
    other = train(kind, materials[which], seed=SEED + 1, epochs=EPOCHS)
    assert not np.array_equal(other.probabilities(images), make(kind, which).probabilities(images))


def test_training_leaves_its_material_as_it_is(make: Make, kind: str, material: Material, few: Data) -> None:
    before = few.material(seed=1, copies=EPOCHS)
    make(kind, "folds")
    assert np.array_equal(material.variations.pixels, before.variations.pixels)
    assert material.drawings.digest == before.drawings.digest


# Outliers.


@pytest.mark.parametrize("kind", EXPOSED)
def test_outliers_make_its_answers_on_other_outliers_flatter(make: Make, kind: str) -> None:
    images = to_images(outliers(70, seed=2))
    before, after = (entropy(make(kind, each).probabilities(images)) for each in ("validation", "outliers"))
    assert after > before + 0.05


@pytest.mark.parametrize("kind", EXPOSED)
def test_outliers_cost_it_little_on_digits(make: Make, kind: str, few: Data) -> None:
    unseen = few.held_out[np.arange(100, 200)]
    right = make(kind, "outliers").probabilities(to_images(unseen.pixels)).argmax(axis=1) == unseen.labels
    assert right.mean() > 0.4


def test_with_outliers_the_artifact_of_the_svm_answers_as_it_does(make: Make, few: Data) -> None:
    """It has one class more; nothing in the networks' depends on them."""
    trained = make("svm", "outliers")
    images = to_images(np.concatenate((outliers(35, seed=2), few.held_out.pixels)))
    assert serve(trained, few).probabilities(images) == pytest.approx(trained.probabilities(images), abs=1e-4)


@pytest.mark.parametrize("kind", EXPOSED)
def test_how_many_outliers_there_were_is_stated(make: Make, kind: str) -> None:
    assert make(kind, "validation").hyperparameters["outliers"] == 0
    assert 80 <= make(kind, "outliers").hyperparameters["outliers"] <= 120, "some may calibrate instead"


# The SVM.


def test_the_svm_has_one_sigmoid_for_all_pairs_fitted_to_what_it_was_given(make: Make) -> None:
    found = [make("svm", which).calibration for which in ("folds", "validation", "outliers")]
    assert {calibration["method"] for calibration in found} == {"sigmoid"}
    assert all(calibration["slope"] > 0 and calibration["power"] > 0 for calibration in found)
    assert found[0] != found[1] != found[2]


def test_the_svm_says_how_many_variations_it_learnt_from(make: Make, materials: dict[str, Material]) -> None:
    assert make("svm", "validation").hyperparameters["variations"] == 9
    few = dataclasses.replace(materials["validation"], variations=materials["validation"].drawings)
    assert train("svm", few, seed=SEED).hyperparameters["variations"] == 1


# The networks.


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_has_a_temperature_for_each_member(make: Make, kind: str) -> None:
    for which, members in MEMBERS.items():
        trained = make(kind, which)
        assert trained.calibration["method"] == "temperature"
        assert len(trained.calibration["temperatures"]) == members
        assert min(trained.calibration["temperatures"]) > 0
        assert trained.hyperparameters["members"] == members


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_says_from_how_many_variations_each_member_learnt(make: Make, kind: str) -> None:
    assert make(kind, "validation").hyperparameters["variations"] == 200 * EPOCHS
    assert make(kind, "folds").hyperparameters["variations"] == 100 * EPOCHS


@pytest.mark.parametrize("kind", ["mlp"])  # the two networks share it
def test_a_network_learns_the_same_where_more_variations_are_made_for_others(
    kind: str, materials: dict[str, Material], few: Data
) -> None:
    images = to_images(few.held_out.pixels)
    some, more = (
        train(kind, each, seed=SEED, epochs=2) for each in (materials["validation"].first(2), materials["validation"])
    )
    assert np.array_equal(some.probabilities(images), more.probabilities(images))


def test_what_stops_and_calibrates_a_member_has_not_taught_it(material: Material) -> None:
    splits = network._splits(material, SEED)
    for taught, aside in splits:
        known = {digest(pixels) for pixels in material.drawings.pixels[taught]}
        assert not known & {digest(pixels) for pixels in aside.pixels}
        assert len(known) + len(aside) == len(material.drawings)
    assert sum(len(aside) for _, aside in splits) == len(material.drawings), "each drawing is aside once"


def test_a_member_is_taught_by_what_belongs_to_it_and_by_some_outliers() -> None:
    seen = np.arange(6, dtype=np.float16)
    labels, rows, odd = np.arange(6, dtype=np.uint8), np.array([1, 4]), np.array([100, 101], np.float16)
    batches = network._batches(seen, labels, rows, odd, [1])
    given, targets = (np.concatenate(part) for part in zip(*(next(batches) for _ in range(20)), strict=True))
    assert set(given.tolist()) == {1, 4, 100, 101}
    assert (given >= 100).mean() == pytest.approx(network.OUTLIERS, abs=0.01)
    assert (targets[given < 100].argmax(axis=1) == given[given < 100]).all()
    assert np.allclose(targets[given >= 100], 0.1)


@pytest.mark.parametrize("factor", [0.5, 1, 4])
def test_logits_that_are_too_sure_are_cooled_and_shy_ones_heated(factor: float) -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, (5000, 10)).astype(np.float32)
    labels = (logits + random.gumbel(size=logits.shape)).argmax(axis=1).astype(np.uint8)  # drawn from their softmax
    assert network._temperature(factor * logits, labels) == pytest.approx(factor, rel=0.1)


def test_a_network_that_stops_early_says_that_it_is_done() -> None:
    said: Told = []
    callback = network._Told("mlp", lambda *step: said.append(step))
    callback.on_epoch_end(0)
    callback.on_train_end()
    assert said == [("mlp", 1, network.CHECKS), ("mlp", network.CHECKS, network.CHECKS)]
