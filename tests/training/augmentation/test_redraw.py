"""Redrawn pen strokes."""

import os

import numpy as np
import pytest

from predictor.ml.images import normalise, to_images
from predictor.ml.strokes.drawing import CANVAS, render
from predictor.training.augmentation import redraw as module
from predictor.training.augmentation.redraw import PENS, SIZES, distort, redraw
from predictor.training.classifiers.features import features
from predictor.training.data.strokes import Drawing, draw
from tests import hands
from tests.training.augmentation.habits.samples import DIGITS

DRAWINGS = [hands.write(digit, "w") for digit in range(10)]
DOT = Drawing(1, "w", (np.array([[0.5, 0.5]]),))


def distorted(drawing: Drawing, n: int):
    return [distort(drawing.lines, np.random.default_rng([drawing.label, seed])) for seed in range(n)]


@pytest.fixture(scope="module")
def redrawn():
    return redraw(DRAWINGS, 3, seed=1)


# A set.


def test_all_drawings_are_redrawn_in_their_order_as_often_as_asked(redrawn):
    assert redrawn.labels.tolist() == [*range(10)] * 3
    assert redrawn.pixels.shape == (30, 28, 28)
    assert len({pixels.tobytes() for pixels in redrawn.pixels}) == 30


def test_the_seed_alone_decides_not_the_number_of_processes_or_how_often(redrawn, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    again = redraw(DRAWINGS, 2, seed=1)
    assert np.array_equal(again.pixels, redrawn.pixels[:20])


def test_another_seed_gives_other_pixels_and_progress_is_reported(redrawn):
    steps = []
    other = redraw(DRAWINGS, 2, seed=2, progress=lambda *step: steps.append(step))
    assert not (other.pixels == redrawn.pixels[:20]).all(axis=(1, 2)).any()
    assert steps == [("strokes", 1, 2), ("strokes", 2, 2)]


def test_many_drawings_are_cut_into_pieces_and_stay_in_order(monkeypatch):
    assert len(DRAWINGS) * 30 > module.CHUNK
    many = redraw(DRAWINGS * 30, 1, seed=1)
    assert many.labels.tolist() == [*range(10)] * 30
    assert resembling(many.pixels) > 0.9


def test_a_stated_share_of_copies_is_drawn_with_another_habit(monkeypatch):
    asked, sent = [], []
    level = (np.array([[0.2, 0.5], [0.8, 0.5]]),)

    def apply(lines, label, random):
        asked.append((label, any(lines is drawing.lines for drawing in DRAWINGS)))
        return level

    monkeypatch.setattr(module.habits, "apply", apply)
    module._redraw(sent.append, DRAWINGS * 20, [1])
    assert abs(len(asked) / 200 - module.HABITS) < 0.15
    assert {label for label, is_original in asked if is_original} == set(range(10))
    extents = [np.ptp(np.argwhere(pixels > 127), axis=0) for pixels in sent[0]]
    levels = sum(wide > 1.5 * high for high, wide in extents)
    assert len(asked) <= levels < 200  # what it returned was drawn


@pytest.mark.parametrize("digit", [1, 7])
def test_no_copy_might_be_a_one_as_well_as_a_seven(digit, monkeypatch):
    drawing = Drawing(digit, "w", DIGITS[digit][:1])
    random = np.random.default_rng(1)
    monkeypatch.setattr(module, "HABITS", 0.0)
    anyhow = sum(module.habits.is_ambiguous(distort(drawing.lines, random)[0], digit) for _ in range(400))
    after = sum(module.habits.is_ambiguous(module._another_hand(drawing, random)[0], digit) for _ in range(400))
    assert anyhow > 0
    assert after == 0


# One drawing.


def resembling(pixels) -> float:
    """The share of copies, of the ten digits in turn, that are nearest to the original of their digit."""
    likest = (features(to_images(pixels)) @ features(to_images(draw(DRAWINGS).pixels)).T).argmax(axis=1)
    return float((likest == np.arange(len(pixels)) % 10).mean())


def test_a_copy_is_recognisable():
    drawn = [normalise(render(lines, pen=pen)) for each in zip(*(distorted(one, 20) for one in DRAWINGS), strict=True)
             for lines, pen in each]  # fmt: skip
    assert resembling(np.array(drawn)) > 0.9


@pytest.mark.parametrize("drawing", [*DRAWINGS, DOT], ids=[*"0123456789", "a dot"])
def test_a_copy_has_as_many_strokes_and_all_its_ink_on_the_canvas(drawing):
    for lines, pen in distorted(drawing, 50):
        assert len(lines) == len(drawing.lines)
        assert all(line.ndim == 2 and line.shape[1] == 2 and len(line) for line in lines)
        points, half = np.concatenate(lines), pen / CANVAS / 2
        assert points.min() >= half - 1e-9
        assert points.max() <= 1 - half + 1e-9


def test_sizes_and_pens_lie_in_their_ranges_and_fill_them():
    found = [each for drawing in DRAWINGS for each in distorted(drawing, 50)]
    sizes = np.array([np.ptp(np.concatenate(lines), axis=0).max() for lines, _ in found])
    pens = np.array([pen for _, pen in found]) / CANVAS / sizes
    for values, (low, high) in ((sizes, SIZES), (pens, PENS)):
        assert low - 1e-9 <= values.min() < low * 1.1
        assert high * 0.9 < values.max() <= high + 1e-9


def test_positions_and_slants_vary():
    lines = [np.concatenate(lines) for lines, _ in distorted(DRAWINGS[1], 100)]
    places = np.array([points.min(axis=0) for points in lines])
    assert (places.std(axis=0) > 0.05).all()
    slopes = [np.polyfit(points[:, 1], points[:, 0], 1)[0] for points in lines]
    assert np.std(slopes) > 0.1


def test_slow_devices_record_fewer_points_than_fast_ones():
    numbers = [len(lines[0]) for lines, _ in distorted(DRAWINGS[0], 50)]
    assert min(numbers) * 2 < max(numbers)


def test_the_original_stays_as_it_was():
    before = [line.copy() for line in DRAWINGS[4].lines]
    distorted(DRAWINGS[4], 3)
    assert all(np.array_equal(one, other) for one, other in zip(before, DRAWINGS[4].lines, strict=True))


def test_a_dot_and_strokes_on_one_spot_can_be_redrawn():
    twice = Drawing(1, "w", (np.full((9, 2), 0.5), np.full((1, 2), 0.5)))
    for drawing in (DOT, twice):
        for lines, pen in distorted(drawing, 20):
            assert np.isfinite(np.concatenate(lines)).all()
            assert normalise(render(lines, pen=pen)).max() == 255
