"""The held-out drawings of which champion and challenger say different digits."""

import dataclasses

import numpy as np
import pytest

from predictor.ml.runtime import Probabilities
from predictor.training.evaluation.differences import Differences, Said, differences
from predictor.training.evaluation.gate import SITE, Trial

LABELS = np.zeros(6, np.uint8)
PIXELS = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)


def sure(*answers: tuple[int, float]) -> Probabilities:
    """The digit that each answer says, with its probability; the rest is the others'."""
    found = np.array([[(1 - p) / 9] * 10 for _, p in answers], np.float32)
    for row, (digit, p) in enumerate(answers):
        found[row, digit] = p
    return found


@pytest.fixture
def trial() -> Trial:
    """Right are both, the challenger, the challenger by more, the champion, none, the champion on this site."""
    return Trial(
        labels=LABELS,
        drawings=np.arange(6),
        challenger=sure((0, 0.9), (0, 0.6), (0, 0.9), (1, 0.9), (2, 0.9), (1, 0.55)),
        champion=sure((0, 0.9), (1, 0.6), (2, 0.9), (0, 0.7), (3, 0.9), (0, 0.55)),
        rejected=np.zeros(6, bool),
        sets={"held_out_mnist": slice(0, 5), SITE: slice(5, 6)},
    )


def found(trial: Trial, most: int = 24) -> Differences:
    compared = differences(trial, PIXELS, most)
    assert compared is not None
    return compared


def shown(trial: Trial, most: int = 24) -> list[int]:
    return [int(each.pixels[0, 0]) for each in found(trial, most).drawings]


def test_it_is_counted_who_is_right_where_the_other_is_wrong(trial: Trial) -> None:
    counted = found(trial)
    assert (counted.wins, counted.losses, counted.both_wrong) == (2, 2, 1)


def test_the_drawings_of_this_site_come_first_then_those_on_which_the_two_differ_most(trial: Trial) -> None:
    assert shown(trial) == [5, 2, 3, 1, 4]
    assert [each.is_ours for each in found(trial).drawings] == [True, False, False, False, False]


def test_it_says_what_each_of_the_two_said(trial: Trial) -> None:
    second = found(trial).drawings[1]
    assert second.label == 0
    assert second.challenger == Said(0, pytest.approx(0.9))
    assert second.champion == Said(2, pytest.approx(0.9))


def test_only_so_many_are_picked_and_all_are_counted(trial: Trial) -> None:
    assert shown(trial, 2) == [5, 2]
    assert found(trial, 2).wins == 2


def test_a_drawing_is_shown_in_one_rendering_only_where_it_makes_the_largest_difference(trial: Trial) -> None:
    rendered = dataclasses.replace(trial, drawings=np.array([0, 1, 1, 1, 2, 3]))
    assert shown(rendered) == [5, 2, 4]


def test_nothing_is_compared_without_a_champion_and_nothing_shown_where_they_agree(trial: Trial) -> None:
    assert differences(dataclasses.replace(trial, champion=None), PIXELS) is None
    assert found(dataclasses.replace(trial, champion=trial.challenger)) == Differences(0, 0, 0, ())
