"""Nothing made of a drawing that judges ever teaches, and all folds count."""

from collections.abc import Iterator

import numpy as np
import pytest

from predictor.ml.images import Images, digest, to_images
from predictor.ml.runtime import Probabilities
from predictor.training import crossvalidate as module
from predictor.training.augment import multiply
from predictor.training.crossvalidate import cross_validate
from predictor.training.dataset import Dataset
from predictor.training.errors import DatasetError
from predictor.training.material import VIRTUAL, Material

COPIES = 5


class Memory:
    """Answers with the label of the nearest drawing that taught it, original or varied; keeps what it was given."""

    made: list["Memory"] = []

    def __init__(self, kind: str, material: Material, *, seed: int, epochs: int | None = None) -> None:
        self.material = material
        self.asked: Images = np.zeros((0, 28, 28), np.float32)
        known = material.drawings + material.variations
        self._known, self._labels = self._unit(to_images(known.pixels)), known.labels
        self.made.append(self)

    def probabilities(self, images: Images) -> Probabilities:
        self.asked = np.concatenate((self.asked, images))
        return np.eye(10, dtype=np.float32)[self._labels[(self._unit(images) @ self._known.T).argmax(axis=1)]]

    @staticmethod
    def _unit(images: Images) -> Images:
        flat = images.reshape(len(images), -1)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)


@pytest.fixture
def memories(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Memory]]:
    """Memories instead of classifiers: nothing gives a leak away as they do."""
    monkeypatch.setattr(module, "train", Memory)
    Memory.made.clear()
    yield Memory.made
    Memory.made.clear()


@pytest.fixture(scope="module")
def senseless(training: Dataset) -> Dataset:
    """Drawings whose labels say nothing about them: only who has seen one can know."""
    return Dataset(training.pixels, np.random.default_rng(1).permutation(training.labels))


def drawings(pixels: np.ndarray) -> set[str]:
    return {digest(each) for each in pixels}


# No leak.


def test_who_has_not_seen_a_drawing_cannot_know_its_label(memories: list[Memory], senseless: Dataset) -> None:
    found = cross_validate("svm", senseless, n=5, seed=1, epochs=COPIES)
    assert 0.03 < found.mean < 0.2


def test_it_could_if_variations_were_made_before_the_folds(senseless: Dataset) -> None:
    """So the test above can fail."""
    material = Material.prepare(senseless, seed=1, copies=COPIES)
    leaking = Material(senseless[np.arange(100)], material.variations)
    answers = Memory("svm", leaking, seed=1).probabilities(to_images(senseless.pixels[100:]))
    assert (answers.argmax(axis=1) == senseless.labels[100:]).mean() > 0.5


def test_no_drawing_that_judges_teaches(memories: list[Memory], training: Dataset) -> None:
    cross_validate("svm", training, n=4, seed=1, epochs=COPIES)
    for memory in memories:
        aside = drawings(np.rint(memory.asked * 255).astype(np.uint8))
        assert aside
        assert not aside & drawings(memory.material.drawings.pixels)
        assert aside | drawings(memory.material.drawings.pixels) == drawings(training.pixels)


def test_all_that_is_varied_are_the_drawings_that_teach(memories: list[Memory], training: Dataset) -> None:
    """The variations can be made anew without the drawings that judge."""
    cross_validate("mlp", training, n=4, seed=1, epochs=COPIES)
    for memory in memories:
        again = multiply(memory.material.drawings, COPIES, seed=1)
        assert np.array_equal(memory.material.variations.pixels, again.pixels)
        assert np.array_equal(memory.material.variations.labels, again.labels)
        assert len(memory.material.validation) == len(memory.material.outliers) == 0


@pytest.mark.parametrize("epochs", [None, 1])
def test_the_svm_has_its_nine_variations_and_no_more(
    memories: list[Memory], training: Dataset, epochs: int | None
) -> None:
    cross_validate("svm", training, n=2, seed=1, epochs=epochs)
    assert [len(memory.material.variations) for memory in memories] == [VIRTUAL * 100] * 2


# All folds count.


def test_every_drawing_judges_once(memories: list[Memory], training: Dataset) -> None:
    found = cross_validate("svm", training, n=5, seed=1, epochs=1)
    asked = np.concatenate([memory.asked for memory in memories])
    assert sorted(map(digest, np.rint(asked * 255).astype(np.uint8))) == sorted(map(digest, training.pixels))
    assert found.answers.shape == (200, 10)
    assert found.answers.sum(axis=1) == pytest.approx(1)
    assert len(found.accuracies) == 5


def test_its_figures_are_those_of_all_folds(memories: list[Memory], training: Dataset) -> None:
    found = cross_validate("svm", training, n=5, seed=1, epochs=1)
    right = found.answers.argmax(axis=1) == training.labels
    assert found.misses == 200 - right.sum()
    assert found.mean == pytest.approx(right.mean()), "of folds of the same size"
    assert found.spread == pytest.approx(np.std(found.accuracies, ddof=1))
    assert found.data is training


def test_other_folds_come_from_another_seed_the_same_from_the_same(memories: list[Memory], training: Dataset) -> None:
    for seed in (1, 1, 2):
        cross_validate("svm", training, n=2, seed=seed, epochs=1)
    one, _, same, _, other, _ = (drawings(memory.material.drawings.pixels) for memory in memories)
    assert one == same != other


def test_its_progress_is_told_after_each_fold(memories: list[Memory], training: Dataset) -> None:
    told: list[tuple[str, int, int]] = []
    cross_validate("mlp", training, n=3, seed=1, epochs=1, progress=lambda *step: told.append(step))
    assert told == [("mlp, fold", 1, 3), ("mlp, fold", 2, 3), ("mlp, fold", 3, 3)]


def test_a_digit_with_fewer_drawings_makes_for_fewer_folds(memories: list[Memory], training: Dataset) -> None:
    sevens = np.flatnonzero(training.labels == 7)
    few = training[np.setdiff1d(np.arange(200), sevens[3:])]
    assert len(cross_validate("svm", few, n=10, seed=1, epochs=1).accuracies) == 3


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_digit_with_too_few_drawings_is_refused(memories: list[Memory], training: Dataset, left: int) -> None:
    """Two make two folds, and of each of them one drawing would teach."""
    sevens = np.flatnonzero(training.labels == 7)
    few = training[np.setdiff1d(np.arange(200), sevens[left:])]
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 7\."):
        cross_validate("svm", few, n=10, seed=1, epochs=1)


@pytest.mark.parametrize("digit", [0, 7])
def test_two_folds_need_four_drawings_of_each_digit_and_say_so_before_anything_is_trained(
    memories: list[Memory], training: Dataset, digit: int
) -> None:
    """Of three, two may be in one fold, and only one would teach; in which one depends on the digit."""
    of_it = np.flatnonzero(training.labels == digit)
    three, four = (training[np.setdiff1d(np.arange(200), of_it[left:])] for left in (3, 4))
    with pytest.raises(DatasetError, match=rf"fewer than two drawings of {digit}\."):
        cross_validate("svm", three, n=2, seed=1, epochs=1)
    assert memories == []
    assert len(cross_validate("svm", four, n=2, seed=1, epochs=1).accuracies) == 2


def test_a_real_classifier_is_cross_validated(training: Dataset) -> None:
    found = cross_validate("svm", training, n=2, seed=1, epochs=2)
    assert found.mean > 0.7
