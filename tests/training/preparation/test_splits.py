"""The splits of a run share no drawing and no writer."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.data.dataset import EMPTY, Dataset, Mnist, is_held_out, is_validation
from predictor.training.data.strokes import draw
from predictor.training.errors import DatasetError
from predictor.training.preparation import splits
from predictor.training.preparation.splits import (
    PENS,
    Splits,
    full_mnist,
    mnist500,
    with_reviewed,
    with_strokes,
)
from predictor.training.preparation.strokes import stroke_splits
from predictor.training.preparation.writers import WRITERS
from tests import hands

OUTLIERS = 14


@pytest.fixture(scope="module", autouse=True)
def few_outliers():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splits, "OUTLIERS", OUTLIERS)
        yield


@pytest.fixture(scope="module")
def data(mnist: Mnist) -> Splits:
    return full_mnist(mnist)


@pytest.fixture(scope="module")
def base(few: Splits) -> Splits:
    return dataclasses.replace(few, training=few.training[np.arange(100)], validation=few.test[np.arange(30)])


@pytest.fixture(scope="module")
def stroked(base: Splits) -> Splits:
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


def test_the_base_mnist500_trains_on_the_ancestors_500_alone(mnist: Mnist) -> None:
    data = mnist500(mnist)
    assert data.base == "mnist500"
    assert data.training.digest == mnist.mnist500().digest
    assert len(data.validation) == len(data.outliers) == 0
    assert not (drawings(data.training) & (drawings(data.held_out) | drawings(data.test)))


def test_no_drawing_is_in_two_of_mnists_four_splits(data: Splits) -> None:
    sets = [drawings(each) for each in (data.training, data.validation, data.held_out, data.test)]
    assert all(not one & other for one, other in combinations(sets, 2))


def test_all_of_mnist_is_used_except_images_of_the_500_that_would_be_held_out(data: Splits, mnist: Mnist) -> None:
    not_held_out = len(data.training) + len(data.validation)
    left_out = is_held_out(mnist.mnist500()).sum()
    assert 60_000 - left_out <= not_held_out + len(data.held_out) < 60_000
    assert len(data.test) == 9_940
    assert data.base == "mnist"


def test_one_image_in_ten_is_held_out_and_one_in_twenty_of_the_others_is_for_validation(data: Splits) -> None:
    not_held_out = len(data.training) + len(data.validation)
    assert len(data.held_out) / (not_held_out + len(data.held_out)) == pytest.approx(1 / 10, abs=0.005)
    assert len(data.validation) / not_held_out == pytest.approx(1 / 20, abs=0.003)
    assert not is_validation(data.training).any()
    data.validation.require_all_classes()


# Strokes.


def test_about_as_many_redrawn_strokes_are_added_as_there_are_images(base: Splits, stroked: Splits) -> None:
    added = rest(stroked.training, base.training)
    assert len(added) == pytest.approx(len(base.training), rel=0.2)
    assert len(added) % (8 * 3) == 0, "all drawings of eight writers equally often"


def test_no_writer_is_in_two_splits(base: Splits, stroked: Splits) -> None:
    """Each writer wrote one digit only: the labels tell who it was."""
    sides = [
        (stroked.training, base.training),
        (stroked.validation, base.validation),
        (stroked.held_out, base.held_out),
    ]
    writers = [set(rest(joined, first).labels.tolist()) for joined, first in sides]
    assert [len(side) for side in writers] == [8, 1, 1]
    assert set.union(*writers) == set(range(10))


def test_validation_and_held_out_strokes_are_drawn_as_written_with_three_pens(base: Splits, stroked: Splits) -> None:
    for joined, first in ((stroked.validation, base.validation), (stroked.held_out, base.held_out)):
        added = rest(joined, first)
        (digit,) = set(added.labels.tolist())
        written = [hands.write(digit, f"w{digit}", seed=n) for n in range(3)]
        assert np.array_equal(added.pixels, np.concatenate([draw(written, pen=pen).pixels for pen in PENS]))


def test_the_parts_of_the_held_out_set_have_names(base: Splits, stroked: Splits) -> None:
    assert stroked.held_out_sets.keys() == {"held_out_mnist", "held_out_strokes"}
    assert stroked.held_out_sets["held_out_mnist"].digest == base.held_out.digest
    assert stroked.held_out_sets["held_out_strokes"].digest == rest(stroked.held_out, base.held_out).digest


def test_strokes_add_outliers_and_a_name_and_leave_the_test_set_alone(base: Splits, stroked: Splits) -> None:
    assert stroked.outliers.shape == (OUTLIERS, 28, 28)
    assert stroked.base == "few+strokes"
    assert stroked.test is base.test


def test_what_the_kinds_that_read_strokes_learn_from_stays(base: Splits) -> None:
    people = hands.everything(3)
    both = dataclasses.replace(base, strokes=stroke_splits(people))
    assert with_strokes(both, people, seed=1).strokes is both.strokes


def test_more_writers_are_held_out_and_for_validation_where_there_are_more(base: Splits) -> None:
    people = 3 * WRITERS
    found = with_strokes(base, [hands.write(w % 10, f"w{w}") for w in range(people)], seed=1)
    assert len(rest(found.held_out, base.held_out)) == 3 * len(PENS)
    assert len(rest(found.validation, base.validation)) == 3 * len(PENS)
    assert len(rest(found.training, base.training)) == (people - 6) * round(len(base.training) / (people - 6))


@pytest.mark.parametrize("people", [1, 2])
def test_fewer_than_three_writers_are_refused(base: Splits, people: int) -> None:
    with pytest.raises(DatasetError, match=f"at least three writers are needed, not {people}"):
        with_strokes(base, hands.everything(people), seed=1)


def test_three_writers_are_enough(base: Splits) -> None:
    found = with_strokes(base, hands.everything(3), seed=1)
    for joined, first in ((found.validation, base.validation), (found.held_out, base.held_out)):
        assert rest(joined, first).class_counts == [len(PENS)] * 10


# Reviewed drawings.


def test_reviewed_drawings_join_the_training_and_the_held_out_set(base: Splits, few: Splits) -> None:
    training, held_out = few.held_out[np.arange(7)], few.held_out[np.arange(7, 12)]
    found = with_reviewed(base, training, held_out)
    assert rest(found.training, base.training).digest == training.digest
    assert rest(found.held_out, base.held_out).digest == held_out.digest
    assert (found.base, found.test, found.validation) == (base.base, base.test, base.validation)


@pytest.mark.parametrize("name", ["base", "stroked"])
def test_the_parts_of_the_held_out_set_add_up(name: str, few: Splits, request: pytest.FixtureRequest) -> None:
    data: Splits = request.getfixturevalue(name)
    held_out = few.held_out[np.arange(7, 12)]
    found = with_reviewed(data, EMPTY, held_out)
    assert sum(found.held_out_sets.values(), EMPTY).digest == found.held_out.digest
    assert found.held_out_sets["held_out_drawn"] is held_out
    assert found.held_out_sets.keys() == {"held_out_mnist", *data.held_out_sets, "held_out_drawn"}


@pytest.mark.parametrize("name", ["base", "stroked"])
def test_without_held_out_reviewed_drawings_there_is_no_part_for_them(
    name: str, few: Splits, request: pytest.FixtureRequest
) -> None:
    data: Splits = request.getfixturevalue(name)
    assert with_reviewed(data, few.held_out, EMPTY).held_out_sets == data.held_out_sets


# What the gate is told.


def test_the_parts_stand_in_the_held_out_set_one_after_another(base: Splits, stroked: Splits, few: Splits) -> None:
    assert base.parts == {"held_out_mnist": slice(0, 200)}
    found = with_reviewed(stroked, EMPTY, few.held_out[np.arange(5)])
    assert found.parts.keys() == found.held_out_sets.keys()
    for name, part in found.parts.items():
        assert np.array_equal(found.held_out.pixels[part], found.held_out_sets[name].pixels)
    assert [*found.parts.values()][-1].stop == len(found.held_out)


def test_renderings_of_one_stroke_drawing_have_one_number(stroked: Splits, few: Splits) -> None:
    found = with_reviewed(stroked, EMPTY, few.held_out[np.arange(5)])
    drawings = found.held_out_drawings
    part = found.parts["held_out_strokes"]
    assert len(drawings) == len(found.held_out)
    assert np.array_equal(drawings[: part.start], np.arange(part.start))
    assert np.bincount(drawings)[part.start : part.start + 3].tolist() == [len(PENS)] * 3
    assert len(set(drawings[part.stop :])) == 5
    for drawing in set(drawings[part].tolist()):
        assert len(set(found.held_out.labels[drawings == drawing])) == 1
    assert len(set(drawings.tolist())) == len(drawings) - 3 * (len(PENS) - 1)


def test_the_sites_labels_are_counted_by_digit_whether_held_out_or_not(base: Splits, few: Splits) -> None:
    training, held_out = few.held_out[np.arange(7)], few.held_out[np.arange(7, 12)]
    assert with_reviewed(base, training, held_out).site_labels == few.held_out[np.arange(12)].class_counts
    assert with_reviewed(base, training, EMPTY).site_labels == training.class_counts
    assert base.site_labels == [0] * 10
