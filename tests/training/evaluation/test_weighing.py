import numpy as np
import pytest

from predictor.training.evaluation.weighing import LEAST, weigh

LABELS = np.arange(1000, dtype=np.uint8) % 10


def answers(seed, wrong, *, sure=0.9):
    """Of a classifier that is wrong now and then, at random, and always as sure."""
    random = np.random.default_rng(seed)
    said = np.where(random.random(len(LABELS)) < wrong, (LABELS + random.integers(1, 10, len(LABELS))) % 10, LABELS)
    return np.where(np.arange(10) == said[:, None], sure, (1 - sure) / 9).astype(np.float32)


def test_a_classifier_that_errs_elsewhere_is_worth_more_the_more_it_is_right():
    others = [answers(1, 0.1)] * 3
    weights = [weigh(others, answers(2, wrong), LABELS).weight for wrong in (0.5, 0.1, 0.01)]
    assert weights == sorted(weights)
    assert weights[0] < 1 < weights[2]


def test_one_that_guesses_counts_as_little_as_can_be():
    guesses = answers(2, 0.9)
    assert weigh([answers(1, 0.05)] * 3, guesses, LABELS).weight == pytest.approx(LEAST, rel=0.05)


@pytest.mark.parametrize("n", [2, 3])
def test_one_that_is_always_right_counts_as_much_as_all_others_together(n):
    assert weigh([answers(1, 0.3)] * n, answers(2, 0), LABELS).weight == pytest.approx(n, rel=0.05)


def test_what_it_is_worth_is_counted_on_the_same_drawings():
    others = [answers(seed, 0.3) for seed in (1, 2, 3)]
    found = weigh(others, answers(4, 0.02), LABELS)
    without, _, weighed = found.misses
    assert (found.n, without) == (1000, int((np.mean(others, axis=0).argmax(axis=1) != LABELS).sum()))
    assert weighed < without
    assert min(found.log_loss) == found.log_loss[2]
    assert found.to_json()["misses"]["weighed"] == weighed
