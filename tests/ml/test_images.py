"""From grey levels to MNIST's form; and the scale, the encodings and the digest of pixels."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from predictor.ml import images, pictures
from predictor.ml.errors import BlankImage
from predictor.training.data.dataset import read_idx
from tests.ml.handmade import (
    DRAWN,
    INK,
    SEEN,
    box,
    difference,
    levels,
    three,
)

MNIST_TEST = Path(__file__).parents[2] / "data/mnist/t10k-images-idx3-ubyte.gz"
repeatable = settings(deadline=None, derandomize=True, database=None)


def test_a_drawn_3_becomes_a_centred_3_of_20_pixels() -> None:
    assert SEEN.shape == (28, 28)
    assert SEEN.dtype == np.uint8
    assert SEEN.max() == 255
    top, bottom, left, right = box(SEEN)
    assert bottom - top + 1 == 20
    assert right - left + 1 == 15
    mass = SEEN.sum(dtype=float)
    assert (SEEN.sum(axis=1) @ np.arange(28)) / mass == pytest.approx(14, abs=0.5)
    assert (SEEN.sum(axis=0) @ np.arange(28)) / mass == pytest.approx(14, abs=0.5)
    # The strokes of a 3: ink at the top, in the middle and at the bottom; nothing on the left between them.
    assert SEEN[top + 1, 14] == 255
    assert SEEN[bottom - 1, 14] == 255
    assert not SEEN[top + 4 : bottom - 4, left : left + 4].any()


@pytest.mark.parametrize(
    ("pen", "paper"),
    [(0, 255), (255, 0), (0, 128), (255, 128), (60, 200), (200, 60), (100, 130), (130, 100)],
)
def test_the_ink_may_be_darker_or_lighter_than_the_paper(pen: int, paper: int) -> None:
    assert np.array_equal(images.normalise(levels(INK, paper, pen)), SEEN)


@pytest.mark.parametrize(("pen", "paper"), [(0, 255), (255, 0)], ids=["black on white", "white on black"])
def test_a_bold_digit_that_covers_most_of_the_picture_keeps_its_polarity(pen: int, paper: int) -> None:
    bold = three(pen=26)
    top, bottom, left, right = box(bold)
    tight = bold[top - 1 : bottom + 2, left - 1 : right + 2]
    assert tight.mean() > 0.6, "ink on most of it"
    assert np.array_equal(images.normalise(levels(tight, paper, pen)), images.normalise(levels(bold)))


@repeatable
@given(top=st.integers(1, 80), bottom=st.integers(1, 80), left=st.integers(1, 80), right=st.integers(1, 80))
def test_the_position_of_the_drawing_does_not_matter(top: int, bottom: int, left: int, right: int) -> None:
    first, last, start, end = box(INK)
    moved = np.pad(INK[first : last + 1, start : end + 1], ((top, bottom), (left, right)))
    assert np.array_equal(images.normalise(levels(moved)), SEEN)


@settings(repeatable, max_examples=40)
@given(scale=st.floats(0.8, 6), left=st.floats(0, 10), top=st.floats(0, 10))
def test_the_size_of_the_drawing_hardly_matters(scale: float, left: float, top: float) -> None:
    size = round(112 * scale) + 12
    drawn = images.normalise(levels(three(size, scale=scale, left=left, top=top)))
    # The centre of mass is rounded to a pixel, so two sizes may end up one pixel apart.
    shifts = [np.roll(drawn, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert min(difference(shifted, SEEN) for shifted in shifts) < 12, "another person's 3 differs by 25 to 40"


@settings(repeatable, max_examples=300)
@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=60)))
def test_any_picture_is_either_blank_or_normalised(gray: np.ndarray) -> None:
    contrast = int(gray.max()) - int(gray.min())
    try:
        drawn = images.normalise(gray)
    except BlankImage:
        assert contrast < 2 * images.BLANK
        return
    assert contrast >= images.BLANK
    assert drawn.shape == (28, 28)
    assert drawn.dtype == np.uint8
    assert drawn.max() == 255
    top, bottom, left, right = box(drawn)
    assert max(bottom - top, right - left) < images.BOX


@settings(repeatable, max_examples=200)
@given(
    arrays.arrays(np.uint8, st.tuples(st.just(20), st.integers(1, 20)), elements=st.sampled_from([0, 0, 0, 60, 255]))
)
def test_no_ink_is_lost_at_the_border_however_lopsided_the_digit_is(digit: np.ndarray) -> None:
    assume(digit[0].any() and digit[-1].any() and digit[:, 0].any() and digit[:, -1].any() and digit.max() == 255)
    drawn = images.normalise(np.pad(digit, 4))
    top, bottom, left, right = box(drawn)
    assert np.array_equal(drawn[top : bottom + 1, left : right + 1], digit)


def test_mnists_own_images_stay_nearly_unchanged() -> None:
    originals = read_idx(MNIST_TEST)[:300]
    drawn = [images.normalise(original) for original in originals]
    changes = np.array([difference(one, other) for one, other in zip(drawn, originals, strict=True)])
    moves = np.array([np.abs(np.subtract(box(o), box(d))).max() for o, d in zip(originals, drawn, strict=True)])
    assert moves.max() <= 1, "pixels"
    assert (changes < 1).mean() > 0.97
    assert changes.mean() < 1


def test_normalised_pixels_stay_nearly_unchanged() -> None:
    assert difference(images.normalise(SEEN), SEEN) < 1


def test_faint_noise_on_the_paper_is_removed() -> None:
    noise = np.random.default_rng(1).integers(0, 16, DRAWN.shape).astype(np.uint8)
    noisy = np.where(INK, 0, 255 - noise).astype(np.uint8)
    assert np.array_equal(images.normalise(noisy), SEEN)


@pytest.mark.parametrize("shape", [(1, 4000), (4000, 1)])
def test_a_line_one_pixel_high_is_drawn_as_a_line(shape: tuple[int, int]) -> None:
    paper = np.full(shape, 255, np.uint8)
    paper.reshape(-1)[1000:2600] = 0
    drawn = images.normalise(paper)
    assert sorted(np.array(drawn.nonzero()).max(axis=1) - np.array(drawn.nonzero()).min(axis=1)) == [0, 19]
    assert drawn.sum() == 20 * 255


def test_two_specks_far_apart_are_normalised_or_refused_as_blank() -> None:
    paper = np.full((1000, 1000), 255, np.uint8)
    paper[100, 100] = paper[900, 900] = 0
    try:
        drawn = images.normalise(paper)
    except BlankImage:
        return
    assert drawn.max() == 255


def test_a_hairline_in_a_large_picture_is_kept() -> None:
    paper = np.full((2000, 2000), 255, np.uint8)
    paper[range(100, 1900), range(100, 1900)] = 0
    drawn = images.normalise(paper)
    assert box(drawn) == (4, 23, 4, 23)
    assert (drawn.diagonal()[4:24] > 100).all()


def test_images_are_pixels_divided_by_255() -> None:
    found = images.to_images(np.array([[[0, 51, 255]]], np.uint8))
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx(np.array([[[0, 0.2, 1]]]))


def test_a_png_of_pixels_decodes_to_the_same_pixels() -> None:
    assert np.array_equal(pictures.decode(images.to_png(SEEN)), SEEN)


def test_a_digest_depends_on_the_pixels_alone() -> None:
    other = SEEN.copy()
    other[0, 0] ^= 1
    assert images.digest(SEEN) == images.digest(SEEN.copy())
    assert images.digest(SEEN) != images.digest(other)
    assert images.digest(np.zeros((28, 28), np.uint8)) == (
        "0c37ddc45244523ca3b841e3ea85e147a1d35c6ae1cd767e8c30dabf057516fd"
    )


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_is_refused(level: int) -> None:
    with pytest.raises(BlankImage):
        images.normalise(np.full((50, 40), level, np.uint8))


def test_a_nearly_blank_picture_is_refused_and_one_a_little_darker_is_not() -> None:
    with pytest.raises(BlankImage):
        images.normalise(levels(INK, 255, 255 - images.BLANK + 1))
    assert np.array_equal(images.normalise(levels(INK, 255, 255 - images.BLANK)), SEEN)


@repeatable
@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_a_png_written_by_hand_holds_what_pillows_does(pixels) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    by_hand, by_pillow = Image.open(io.BytesIO(images.to_png(pixels))), Image.open(buffer)
    assert (by_hand.mode, by_hand.size) == (by_pillow.mode, by_pillow.size) == ("L", pixels.shape[::-1])
    assert np.array_equal(np.asarray(by_hand), np.asarray(by_pillow))
