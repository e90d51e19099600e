"""What a run can be based on: sets that share no drawing, and sides that share no writer."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training import bases
from predictor.training.bases import PENS, WRITERS, Data, mnist500, mnist_all, with_drawn, with_strokes
from predictor.training.dataset import EMPTY, Dataset, Mnist, is_held_out, is_validation
from predictor.training.errors import DatasetError
from predictor.training.strokes import draw
from tests import hands

OUTLIERS = 14


@pytest.fixture(scope="module", autouse=True)
def few_outliers():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bases, "OUTLIERS", OUTLIERS)
        yield


@pytest.fixture(scope="module")
def data(mnist: Mnist) -> Data:
    return mnist_all(mnist)


@pytest.fixture(scope="module")
def base(few: Data) -> Data:
    return dataclasses.replace(few, training=few.training[np.arange(100)], validation=few.test[np.arange(30)])


@pytest.fixture(scope="module")
def stroked(base: Data) -> Data:
    """Ten writers, each of one digit of their own, three drawings each."""
    return with_strokes(
        base, [hands.write(digit, f"w{digit}", seed=n) for digit in range(10) for n in range(3)], seed=1
    )


def drawings(data: Dataset) -> set[str]:
    return {digest(pixels) for pixels in data.pixels}


def rest(joined: Dataset, first: Dataset) -> Dataset:
    """What was added to `first`, which stands at the beginning."""
    assert np.array_equal(joined.pixels[: len(first)], first.pixels)
    assert np.array_equal(joined.labels[: len(first)], first.labels)
    return joined[np.arange(len(first), len(joined))]


# MNIST.


def test_the_ancestors_500_teach_alone(mnist: Mnist) -> None:
    data = mnist500(mnist)
    assert data.base == "mnist500"
    assert data.training.digest == mnist.mnist500().digest
    assert len(data.validation) == len(data.outliers) == 0
    assert not (drawings(data.training) & (drawings(data.held_out) | drawings(data.test)))


def test_no_drawing_is_in_two_of_mnists_four_sets(data: Data) -> None:
    sets = [drawings(each) for each in (data.training, data.validation, data.held_out, data.test)]
    assert all(not one & other for one, other in combinations(sets, 2))


def test_all_of_mnist_is_used_but_what_the_ancestors_500_share_with_what_judges(data: Data, mnist: Mnist) -> None:
    taught = len(data.training) + len(data.validation)
    left_out = is_held_out(mnist.mnist500()).sum()
    assert 60_000 - left_out <= taught + len(data.held_out) < 60_000
    assert len(data.test) == 9_940
    assert data.base == "mnist"


def test_one_in_ten_judges_and_one_in_twenty_of_the_others_stops_and_calibrates(data: Data) -> None:
    taught = len(data.training) + len(data.validation)
    assert len(data.held_out) / (taught + len(data.held_out)) == pytest.approx(1 / 10, abs=0.005)
    assert len(data.validation) / taught == pytest.approx(1 / 20, abs=0.003)
    assert not is_validation(data.training).any()
    data.validation.require_all_classes()


# Strokes.


def test_as_many_strokes_as_images_teach(base: Data, stroked: Data) -> None:
    taught = rest(stroked.training, base.training)
    assert len(taught) == pytest.approx(len(base.training), rel=0.2)
    assert len(taught) % (8 * 3) == 0, "all drawings of eight writers equally often"


def test_whoever_teaches_neither_judges_nor_calibrates(base: Data, stroked: Data) -> None:
    """Each writer wrote one digit only: the labels tell who it was."""
    sides = [
        (stroked.training, base.training),
        (stroked.validation, base.validation),
        (stroked.held_out, base.held_out),
    ]
    writers = [set(rest(joined, first).labels.tolist()) for joined, first in sides]
    assert [len(side) for side in writers] == [8, 1, 1]
    assert set.union(*writers) == set(range(10))


def test_what_judges_and_calibrates_is_drawn_as_it_was_written_with_three_pens(base: Data, stroked: Data) -> None:
    for joined, first in ((stroked.validation, base.validation), (stroked.held_out, base.held_out)):
        added = rest(joined, first)
        (digit,) = set(added.labels.tolist())
        written = [hands.write(digit, f"w{digit}", seed=n) for n in range(3)]
        assert np.array_equal(added.pixels, np.concatenate([draw(written, pen=pen).pixels for pen in PENS]))


def test_the_parts_that_judge_have_names(base: Data, stroked: Data) -> None:
    assert stroked.held_out_sets.keys() == {"held_out_mnist", "held_out_strokes"}
    assert stroked.held_out_sets["held_out_mnist"].digest == base.held_out.digest
    assert stroked.held_out_sets["held_out_strokes"].digest == rest(stroked.held_out, base.held_out).digest


def test_with_strokes_come_outliers_and_a_name_and_the_test_set_stays(base: Data, stroked: Data) -> None:
    assert stroked.outliers.shape == (OUTLIERS, 28, 28)
    assert stroked.base == "few+strokes"
    assert stroked.test is base.test


def test_the_more_writers_the_more_judge_and_calibrate_and_each_is_on_one_side_only(base: Data) -> None:
    people = 3 * WRITERS
    found = with_strokes(base, [hands.write(w % 10, f"w{w}") for w in range(people)], seed=1)
    assert len(rest(found.held_out, base.held_out)) == 3 * len(PENS)
    assert len(rest(found.validation, base.validation)) == 3 * len(PENS)
    assert len(rest(found.training, base.training)) == (people - 6) * round(len(base.training) / (people - 6))


@pytest.mark.parametrize("people", [1, 2])
def test_fewer_than_three_writers_are_refused(base: Data, people: int) -> None:
    with pytest.raises(DatasetError, match=f"at least three writers are needed, not {people}"):
        with_strokes(base, hands.everything(people), seed=1)


def test_three_writers_are_enough(base: Data) -> None:
    found = with_strokes(base, hands.everything(3), seed=1)
    for joined, first in ((found.validation, base.validation), (found.held_out, base.held_out)):
        assert rest(joined, first).class_counts == [len(PENS)] * 10


# What reviewers labelled.


def test_labelled_drawings_teach_and_judge_beside_the_others(base: Data, few: Data) -> None:
    taught, judging = few.held_out[np.arange(7)], few.held_out[np.arange(7, 12)]
    found = with_drawn(base, taught, judging)
    assert rest(found.training, base.training).digest == taught.digest
    assert rest(found.held_out, base.held_out).digest == judging.digest
    assert (found.base, found.test, found.validation) == (base.base, base.test, base.validation)


@pytest.mark.parametrize("name", ["base", "stroked"])
def test_the_parts_that_judge_add_up_with_what_was_drawn(name: str, few: Data, request: pytest.FixtureRequest) -> None:
    data: Data = request.getfixturevalue(name)
    judging = few.held_out[np.arange(7, 12)]
    found = with_drawn(data, EMPTY, judging)
    assert sum(found.held_out_sets.values(), EMPTY).digest == found.held_out.digest
    assert found.held_out_sets["held_out_drawn"] is judging
    assert found.held_out_sets.keys() == {"held_out_mnist", *data.held_out_sets, "held_out_drawn"}


@pytest.mark.parametrize("name", ["base", "stroked"])
def test_where_nothing_drawn_judges_there_is_no_part_of_it(
    name: str, few: Data, request: pytest.FixtureRequest
) -> None:
    data: Data = request.getfixturevalue(name)
    assert with_drawn(data, few.held_out, EMPTY).held_out_sets == data.held_out_sets
