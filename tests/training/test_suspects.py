"""Wrong labels come first, whatever stands beside them."""

import numpy as np
import pytest

from predictor.training import suspects as module
from predictor.training.dataset import EMPTY, Dataset, Mnist
from predictor.training.errors import DatasetError
from predictor.training.suspects import Contradiction, contradictions

WRONG = np.arange(0, 400, 40)
COPIES = np.arange(400, 420)


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


def contradicted_copies(reviewed: Dataset, base: Dataset, shift: tuple[int, int]) -> int:
    """How many are found of the ten wrong labels where each drawing was sent thrice: of 30."""
    copies = Dataset(np.roll(reviewed.pixels[WRONG], shift, axis=(1, 2)), reviewed.labels[WRONG])
    found = contradictions(reviewed + copies + copies, base, seed=1)
    return sum(each.index in {*WRONG, *COPIES} for each in found)


# It works.


def test_wrong_labels_are_found_before_others(found: list[Contradiction]) -> None:
    assert len(of_wrong(found[:20])) >= 9
    assert len(found) < 40


def test_the_digits_that_were_seen_are_mostly_the_right_ones(found: list[Contradiction], sound: Dataset) -> None:
    assert sum(sound.labels[each.index] == each.digit for each in found if each.index in WRONG) >= 8


def test_each_is_another_digit_than_the_label_and_likelier(found: list[Contradiction], reviewed: Dataset) -> None:
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


def test_its_progress_is_told_after_each_fold(reviewed: Dataset, base: Dataset) -> None:
    told: list[tuple[str, int, int]] = []
    contradictions(reviewed, base, seed=1, progress=lambda *step: told.append(step))
    assert told == [("labels", fold, 5) for fold in range(1, 6)]


def test_three_drawings_are_enough_beside_a_base(sound: Dataset, base: Dataset) -> None:
    labels = sound.labels[:3].copy()
    labels[1] = (labels[1] + 5) % 10
    (found,) = contradictions(Dataset(sound.pixels[:3], labels), base, seed=1)
    assert (found.index, found.digit) == (1, sound.labels[1])


def test_without_a_base_the_reviewed_drawings_teach_alone(reviewed: Dataset) -> None:
    assert len(of_wrong(contradictions(reviewed, EMPTY, seed=1)[:20])) >= 8


def test_without_a_reviewed_drawing_there_is_nothing_to_contradict(base: Dataset) -> None:
    assert contradictions(EMPTY, base, seed=1) == []


# No leak.


@pytest.mark.parametrize("shift", [(0, 0), (0, -1), (-1, 0), (1, -1), (-1, -1)], ids=str)
def test_copies_of_a_drawing_do_not_vouch_for_its_wrong_label(
    shift: tuple[int, int], reviewed: Dataset, base: Dataset
) -> None:
    assert contradicted_copies(reviewed, base, shift) >= 27


def test_they_would_if_they_were_not_kept_together(
    reviewed: Dataset, base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above can fail."""
    monkeypatch.setattr(module, "NEAR_COPY", 2)
    assert contradicted_copies(reviewed, base, (0, 0)) < 25


def test_neither_does_the_same_drawing_in_the_base(
    found: list[Contradiction], reviewed: Dataset, base: Dataset
) -> None:
    assert contradictions(reviewed, base + reviewed, seed=1) == found


# Bounds.


def test_of_many_drawings_a_sample_is_looked_at(
    reviewed: Dataset, base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_MOST", 100)
    samples = [set(of_wrong(contradictions(reviewed, base, seed=seed))) for seed in range(6)]
    assert all(len(sample) < len(WRONG) for sample in samples)
    assert len(set.union(*samples)) >= 6, "another one for another seed"


def test_of_a_large_base_a_sample_teaches(
    found: list[Contradiction], reviewed: Dataset, base: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BASE_AT_MOST", 10)
    some = contradictions(reviewed, base, seed=1)
    assert some != found
    assert len(of_wrong(some[:20])) >= 8


def test_a_digit_that_neither_they_nor_the_base_have_is_named(sound: Dataset, base: Dataset) -> None:
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 7\."):
        contradictions(sound[sound.labels != 7], base[base.labels != 7], seed=1)
