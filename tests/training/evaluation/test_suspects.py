"""Wrong labels come first, and nothing that is trained on confirms them."""

import numpy as np
import pytest

from predictor.training.data.dataset import EMPTY, Dataset, Mnist
from predictor.training.errors import DatasetError
from predictor.training.evaluation import suspects as module
from predictor.training.evaluation.suspects import Contradiction, contradictions

WRONG = np.arange(0, 400, 40)
COPIES = 8


@pytest.fixture(scope="module")
def base(mnist: Mnist) -> Dataset:
    return mnist.mnist500()


@pytest.fixture(scope="module")
def sound(mnist: Mnist) -> Dataset:
    return mnist.dataset(np.arange(1000, 1400))


@pytest.fixture(scope="module")
def reviewed(sound: Dataset) -> Dataset:
    """Ten labels of 400 are wrong."""
    labels = sound.labels.copy()
    labels[WRONG] = (labels[WRONG] + 3) % 10
    return Dataset(sound.pixels, labels)


@pytest.fixture(scope="module")
def found(reviewed: Dataset, base: Dataset) -> list[Contradiction]:
    return contradictions(reviewed, base, seed=1)


def of_wrong(found: list[Contradiction]) -> list[int]:
    return [each.index for each in found if each.index in WRONG]


def contradicted_copies(reviewed: Dataset, base: Dataset, shift: tuple[int, int]) -> float:
    """The share of wrong labels that are found, of ten drawings, each of which was sent 1 + COPIES times."""
    copies = Dataset(np.roll(reviewed.pixels[WRONG], shift, axis=(1, 2)), reviewed.labels[WRONG])
    found = contradictions(sum([copies] * COPIES, reviewed), base, seed=1)
    return sum(each.index in WRONG or each.index >= len(reviewed) for each in found) / (10 * (1 + COPIES))


# It works.


def test_wrong_labels_are_found_before_others(found: list[Contradiction]) -> None:
    assert len(of_wrong(found[:20])) >= 9
    assert len(found) < 40


def test_most_predicted_digits_are_the_right_ones(found: list[Contradiction], sound: Dataset) -> None:
    assert sum(sound.labels[each.index] == each.digit for each in found if each.index in WRONG) >= 8


def test_each_predicted_digit_is_likelier_than_the_label(found: list[Contradiction], reviewed: Dataset) -> None:
    for each in found:
        assert each.digit != reviewed.labels[each.index]
        assert 0 <= each.of_label < each.of_digit <= 1


def test_the_worst_come_first(found: list[Contradiction]) -> None:
    margins = [each.of_label - each.of_digit for each in found]
    assert margins == sorted(margins)
    assert len({each.index for each in found}) == len(found)


def test_the_seed_decides(found: list[Contradiction], reviewed: Dataset, base: Dataset) -> None:
    assert contradictions(reviewed, base, seed=1) == found
    assert contradictions(reviewed, base, seed=2) != found


def test_progress_is_reported_after_each_fold(reviewed: Dataset, base: Dataset) -> None:
    steps: list[tuple[str, int, int]] = []
    contradictions(reviewed, base, seed=1, progress=lambda *step: steps.append(step))
    assert steps == [("labels", fold, 5) for fold in range(1, 6)]


def test_three_drawings_are_enough_with_a_base(sound: Dataset, base: Dataset) -> None:
    labels = sound.labels[:3].copy()
    labels[1] = (labels[1] + 5) % 10
    (found,) = contradictions(Dataset(sound.pixels[:3], labels), base, seed=1)
    assert (found.index, found.digit) == (1, sound.labels[1])


def test_without_a_base_only_reviewed_drawings_are_trained_on(reviewed: Dataset) -> None:
    assert len(of_wrong(contradictions(reviewed, EMPTY, seed=1)[:20])) >= 8


def test_without_reviewed_drawings_nothing_is_contradicted(base: Dataset) -> None:
    assert contradictions(EMPTY, base, seed=1) == []


# No leak.


@pytest.mark.parametrize("shift", [(0, 0), (0, -1), (-1, 0), (1, -1), (-1, -1)], ids=str)
def test_near_duplicates_of_a_drawing_do_not_confirm_its_wrong_label(
    shift: tuple[int, int], reviewed: Dataset, base: Dataset
) -> None:
    assert contradicted_copies(reviewed, base, shift) >= 0.9


def test_they_would_if_they_were_in_different_folds(
    reviewed: Dataset, base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above can fail."""
    monkeypatch.setattr(module, "NEAR_DUPLICATE", 2)
    assert contradicted_copies(reviewed, base, (0, 0)) < 0.5


def test_the_same_drawing_in_the_base_does_not_confirm_it_either(
    found: list[Contradiction], reviewed: Dataset, base: Dataset
) -> None:
    assert contradictions(reviewed, base + reviewed, seed=1) == found


# Bounds.


def test_of_many_drawings_a_sample_is_checked(
    reviewed: Dataset, base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_MOST", 100)
    samples = [set(of_wrong(contradictions(reviewed, base, seed=seed))) for seed in range(6)]
    assert all(len(sample) < len(WRONG) for sample in samples)
    assert len(set.union(*samples)) >= 6, "another one for another seed"


def test_of_a_large_base_a_sample_is_trained_on(
    found: list[Contradiction], reviewed: Dataset, base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BASE_AT_MOST", 10)
    some = contradictions(reviewed, base, seed=1)
    assert some != found
    assert len(of_wrong(some[:20])) >= 8


def test_a_digit_missing_from_both_is_named(sound: Dataset, base: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 7\."):
        contradictions(sound[sound.labels != 7], base[base.labels != 7], seed=1)
