"""How the site's answers to pictures are counted."""

import numpy as np

from predictor.ml.images import Images
from predictor.training.evaluation.photographs import Counts, judge, read
from tests import drawings


class Says:
    """Always gives the same probability to one digit, and the rest to the next."""

    def __init__(self, digit: int, share: float = 1.0) -> None:
        self._answer = np.zeros(10, np.float32)
        self._answer[[digit, (digit + 1) % 10]] = share, 1 - share

    def probabilities(self, images: Images) -> np.ndarray:
        return np.tile(self._answer, (len(images), 1))


class Undecided:
    def probabilities(self, images: Images) -> np.ndarray:
        return np.full((len(images), 10), 0.1, np.float32)


PICTURES = [(drawings.BLACK_ON_WHITE, 3), (drawings.WHITE_ON_BLACK, 3), (drawings.A_SEVEN, 7)]


def test_answers_are_right_or_wrong() -> None:
    assert judge([Says(3)], read(PICTURES)) == Counts(n=3, right=2, right_and_sure=2, refused=0, sure_but_wrong=1)


def test_an_answer_with_another_verdict_may_be_right_but_not_sure() -> None:
    assert judge([Undecided(), Says(3, 0.51)], read(PICTURES)) == Counts(n=3, right=2, refused=3)


def test_a_picture_on_which_nothing_is_found_is_refused() -> None:
    found = judge([Says(3)], read([(drawings.BLANK, 3), *PICTURES]))
    assert found == Counts(n=4, right=2, right_and_sure=2, refused=1, sure_but_wrong=1)
    assert judge([Says(3)], read([(drawings.BLANK, 3)])) == Counts(n=1, refused=1)


def test_the_consensus_decides() -> None:
    assert judge([Says(7), Says(3, 0.9), Says(3, 0.9)], read(PICTURES)).right == 2


def test_counts_add_up() -> None:
    assert Counts(5, 4, 3, 2, 1) + Counts(1, 1, 1, 0, 0) == Counts(6, 5, 4, 2, 1)
