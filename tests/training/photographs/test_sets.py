"""Sets of photographs: the same for the same seed, and never the same pictures for building and judging."""

import numpy as np
import pytest

from predictor.training.data.dataset import Mnist
from predictor.training.photographs.digits import Scanned
from predictor.training.photographs.sets import BUILDING, JUDGING, building_set, judging_digits, photographs


def test_a_set_is_the_same_each_time_and_differs_by_seed(scanned: list[Scanned]) -> None:
    one, again = (list(photographs("noise 4 levels", scanned[:3], seed=BUILDING)) for _ in range(2))
    other = list(photographs("noise 4 levels", scanned[:3], seed=JUDGING))
    assert one == again
    assert [label for _, label in one] == [digit.label for digit in scanned[:3]]
    assert not {content for content, _ in one} & {content for content, _ in other}


def test_a_picture_does_not_depend_on_how_many_are_made(scanned: list[Scanned]) -> None:
    few, many = (list(photographs("30 specks", scanned[:n], seed=JUDGING)) for n in (2, 6))
    assert many[:2] == few


def test_the_same_digit_is_another_picture_at_another_place_and_under_another_condition(scanned: list[Scanned]) -> None:
    (one, _), (two, _) = photographs("clean", [scanned[0]] * 2, seed=JUDGING)
    (other, _), *_ = photographs("frame 1 px", [scanned[0]], seed=JUDGING)
    assert len({one, two, other}) == 3


def test_an_unknown_condition_is_named(scanned: list[Scanned]) -> None:
    with pytest.raises(KeyError, match="fog"):
        next(photographs("fog", scanned, seed=JUDGING))


def test_building_and_judging_share_neither_seed_nor_digits(mnist: Mnist) -> None:
    assert BUILDING != JUDGING
    building = building_set("white on black", mnist, 3)
    assert [label for _, label in building] == mnist.labels[:3].tolist()
    judging = judging_digits(mnist)
    assert len(judging) == 9940
    assert all(np.array_equal(digit.levels, mnist.levels[60_000 + i]) for i, digit in enumerate(judging[:5]))
