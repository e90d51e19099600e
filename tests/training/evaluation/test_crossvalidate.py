"""No classifier is evaluated on a drawing that it, or a copy of which, was trained on; all folds count."""

from collections.abc import Iterator

import numpy as np
import pytest

from predictor.ml.images import Images, digest, to_images
from predictor.ml.runtime import Probabilities
from predictor.training.augmentation.augment import WIDE, augment
from predictor.training.data.dataset import Dataset
from predictor.training.errors import DatasetError
from predictor.training.evaluation import crossvalidate as module
from predictor.training.evaluation.crossvalidate import cross_validate
from predictor.training.preparation.training_data import VIRTUAL, TrainingData

COPIES = 5


class Memory:
    """A nearest-neighbour classifier over originals and augmented copies, which keeps what it was given."""

    made: list["Memory"] = []

    def __init__(self, kind: str, data: TrainingData, *, seed: int, epochs: int | None = None) -> None:
        self.training_data = data
        self.asked: Images = np.zeros((0, 28, 28), np.float32)
        known = data.drawings + data.augmented
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
    """Memories in place of classifiers: nothing shows a leak as clearly."""
    monkeypatch.setattr(module, "train", Memory)
    Memory.made.clear()
    yield Memory.made
    Memory.made.clear()


@pytest.fixture(scope="module")
def senseless(training: Dataset) -> Dataset:
    """Drawings with random labels: only a classifier trained on a drawing can know its label."""
    return Dataset(training.pixels, np.random.default_rng(1).permutation(training.labels))


def drawings(pixels: np.ndarray) -> set[str]:
    return {digest(each) for each in pixels}


# No leak.


def test_the_label_of_a_drawing_not_trained_on_cannot_be_known(memories: list[Memory], senseless: Dataset) -> None:
    found = cross_validate("svm", senseless, n=5, seed=1, epochs=COPIES)
    assert 0.03 < found.mean < 0.2


def test_it_could_if_augmentation_came_before_the_folds(senseless: Dataset) -> None:
    """So the test above can fail."""
    training_data = TrainingData.prepare(senseless, seed=1, copies=COPIES)
    leaking = TrainingData(senseless[np.arange(100)], training_data.augmented)
    answers = Memory("svm", leaking, seed=1).probabilities(to_images(senseless.pixels[100:]))
    assert (answers.argmax(axis=1) == senseless.labels[100:]).mean() > 0.3, "one in ten would be chance"


def test_no_drawing_is_both_trained_on_and_evaluated_on(memories: list[Memory], training: Dataset) -> None:
    cross_validate("svm", training, n=4, seed=1, epochs=COPIES)
    for memory in memories:
        fold = drawings(np.rint(memory.asked * 255).astype(np.uint8))
        assert fold
        assert not fold & drawings(memory.training_data.drawings.pixels)
        assert fold | drawings(memory.training_data.drawings.pixels) == drawings(training.pixels)


def test_only_the_drawings_trained_on_are_augmented(memories: list[Memory], training: Dataset) -> None:
    """The same copies can be made without the drawings of the fold."""
    cross_validate("mlp", training, n=4, seed=1, epochs=COPIES)
    for memory in memories:
        again = augment(memory.training_data.drawings, COPIES, seed=1, ranges=WIDE)
        assert np.array_equal(memory.training_data.augmented.pixels, again.pixels)
        assert np.array_equal(memory.training_data.augmented.labels, again.labels)
        assert len(memory.training_data.validation) == len(memory.training_data.outliers) == 0


@pytest.mark.parametrize("epochs", [None, 1])
def test_the_svm_gets_no_more_copies_of_each_drawing_than_it_can_use(
    memories: list[Memory], training: Dataset, epochs: int | None
) -> None:
    cross_validate("svm", training, n=2, seed=1, epochs=epochs)
    assert [len(memory.training_data.augmented) for memory in memories] == [(epochs or VIRTUAL) * 100] * 2


# All folds count.


def test_every_drawing_is_evaluated_on_once(memories: list[Memory], training: Dataset) -> None:
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
    one, _, same, _, other, _ = (drawings(memory.training_data.drawings.pixels) for memory in memories)
    assert one == same != other


def test_progress_is_reported_from_the_start_on_and_after_each_fold(memories: list[Memory], training: Dataset) -> None:
    steps: list[tuple[str, int, int]] = []
    cross_validate("mlp", training, n=3, seed=1, epochs=1, progress=lambda *step: steps.append(step))
    assert steps == [("mlp, fold", 0, 3), ("mlp, fold", 1, 3), ("mlp, fold", 2, 3), ("mlp, fold", 3, 3)]


def test_a_digit_with_fewer_drawings_makes_for_fewer_folds(memories: list[Memory], training: Dataset) -> None:
    sevens = np.flatnonzero(training.labels == 7)
    few = training[np.setdiff1d(np.arange(200), sevens[3:])]
    assert len(cross_validate("svm", few, n=10, seed=1, epochs=1).accuracies) == 3


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_digit_with_too_few_drawings_is_refused(memories: list[Memory], training: Dataset, left: int) -> None:
    """With two there are two folds, and each leaves one drawing to train on."""
    sevens = np.flatnonzero(training.labels == 7)
    few = training[np.setdiff1d(np.arange(200), sevens[left:])]
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 7\."):
        cross_validate("svm", few, n=10, seed=1, epochs=1)


@pytest.mark.parametrize("digit", [0, 7])
def test_two_folds_need_four_drawings_of_each_digit_and_say_so_before_anything_is_trained(
    memories: list[Memory], training: Dataset, digit: int
) -> None:
    """Of three, two may be in one fold, which leaves only one to train on; in which fold depends on the digit."""
    of_it = np.flatnonzero(training.labels == digit)
    three, four = (training[np.setdiff1d(np.arange(200), of_it[left:])] for left in (3, 4))
    with pytest.raises(DatasetError, match=rf"fewer than two drawings of {digit}\."):
        cross_validate("svm", three, n=2, seed=1, epochs=1)
    assert memories == []
    assert len(cross_validate("svm", four, n=2, seed=1, epochs=1).accuracies) == 2


def test_a_real_classifier_is_cross_validated(training: Dataset) -> None:
    found = cross_validate("svm", training, n=2, seed=1, epochs=2)
    assert found.mean > 0.7
