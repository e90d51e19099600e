"""Labelled trajectories."""

import numpy as np
import pytest

from predictor.ml.errors import StrokesError
from predictor.ml.strokes.trajectory import CHANNELS, POINTS, trajectory
from predictor.training.data.strokes import Drawing
from predictor.training.data.traces import NO_TRACES, Traces, has_trajectory, traced
from predictor.training.errors import DatasetError
from tests import hands

DRAWINGS = hands.everything(1)
DOT = Drawing(1, "w", (np.array([[0.5, 0.5]]),))


def test_drawings_become_trajectories_in_their_order() -> None:
    found = traced(DRAWINGS)
    assert found.labels.tolist() == [*range(10)]
    assert np.array_equal(found.inputs(slice(3, 4))[0], trajectory(DRAWINGS[3].lines))
    assert found.inputs().dtype == np.float32
    assert found.class_counts == [1] * 10


def test_half_precision_is_given_as_single() -> None:
    found = traced(DRAWINGS)
    half = Traces(found.trajectories.astype(np.float16), found.labels)
    assert half.inputs().dtype == np.float32
    assert np.allclose(half.inputs(), found.inputs(), atol=1e-3)


def test_none_are_none_and_two_sets_are_one_after_the_other() -> None:
    found = traced(DRAWINGS)
    assert len(traced([])) == len(NO_TRACES) == 0
    assert (NO_TRACES + found).labels.tolist() == found.labels.tolist()
    assert len(found + found) == 20
    assert (found + found)[np.arange(10, 20)].digest == found.digest


def test_the_digest_depends_on_strokes_and_labels_but_not_on_their_order() -> None:
    found = traced(DRAWINGS)
    assert traced(DRAWINGS[::-1]).digest == found.digest
    assert Traces(found.trajectories, found.labels[::-1].copy()).digest != found.digest
    assert traced(DRAWINGS[:9]).digest != found.digest


def test_a_dot_has_no_trajectory() -> None:
    assert not has_trajectory(DOT.lines)
    assert has_trajectory(DRAWINGS[0].lines)
    with pytest.raises(StrokesError):
        traced([DOT])


def test_a_digit_that_is_missing_is_named_and_another_shape_is_refused() -> None:
    with pytest.raises(DatasetError, match="fewer than two drawings of 0, 1"):
        traced(DRAWINGS).require_all_classes()
    with pytest.raises(DatasetError, match="do not go with"):
        Traces(np.zeros((2, POINTS, CHANNELS + 1), np.float32), np.zeros(2, np.uint8))
