"""Tilt, blur, noise, and files that the server can read."""

import io

import numpy as np
import pytest
from numpy.random import Generator
from PIL import Image

from predictor.ml.pictures import decode
from predictor.training.photographs import camera
from predictor.training.photographs.pictures import Picture


@pytest.fixture
def disc() -> Picture:
    y, x = np.mgrid[:400, :400] - 199.5
    return np.where(np.hypot(x, y) < 150, 0, 1).astype(np.float32)[..., None]


@pytest.mark.parametrize("levels", [4, 20])
def test_noise_has_the_stated_deviation(levels: float, paper: Picture, random: Generator) -> None:
    noisy = camera.noise(paper, random, levels=levels)
    assert noisy.std() * 255 == pytest.approx(levels, rel=0.02)
    assert noisy.mean() == pytest.approx(0.8, abs=0.001)


def test_blur_widens_an_edge_by_its_radius(random: Generator) -> None:
    edge = np.zeros((50, 100, 1), np.float32)
    edge[:, 50:] = 1
    slopes = np.diff(camera.blur(edge, random, radius=6)[25, :, 0])
    place = np.arange(99) - 49
    assert np.sqrt((slopes * place**2).sum()) == pytest.approx(6, rel=0.1)


@pytest.mark.parametrize("degrees", [5, 15])
def test_a_tilted_disc_is_as_much_shorter_as_the_angle_says(degrees: float, disc: Picture, random: Generator) -> None:
    ink = camera.tilt(disc, random, degrees=degrees)[..., 0] < 0.5
    spread = np.linalg.eigvalsh(np.cov(np.nonzero(ink)))
    assert np.sqrt(spread[0] / spread[1]) == pytest.approx(np.cos(np.radians(degrees)), abs=0.015)


def test_what_is_nearer_is_larger(disc: Picture, random: Generator) -> None:
    ink = camera.tilt(disc, random, degrees=15)[..., 0] < 0.5
    middle = np.mean(np.nonzero(ink), axis=1) - 199.5
    assert 1 < np.hypot(*middle) < 15


def test_a_tilt_by_nothing_changes_nothing(disc: Picture, random: Generator) -> None:
    assert np.allclose(camera.tilt(disc, random, degrees=0), disc, atol=1 / 255)


def test_a_tilt_shows_nothing_but_paper(paper: Picture) -> None:
    for seed in range(10):
        assert np.allclose(camera.tilt(paper, np.random.default_rng(seed), degrees=15), 0.8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_holds_the_picture(channels: int, random: Generator) -> None:
    picture = random.random((30, 40, channels)).astype(np.float32)
    with Image.open(io.BytesIO(camera.png(picture))) as file:
        assert file.mode == {1: "L", 3: "RGB"}[channels]
        assert np.allclose(np.asarray(file).reshape(picture.shape) / 255, picture, atol=0.002)


def test_what_is_too_dark_or_too_bright_is_clipped() -> None:
    picture = np.array([[[-0.5], [1.5]]], np.float32)
    assert decode(camera.png(picture)).tolist() == [[0, 255]]


def test_a_jpeg_of_less_quality_is_smaller_and_less_like_the_picture(disc: Picture) -> None:
    files = [camera.jpeg(disc, quality=quality) for quality in (90, 65, 40)]
    assert len(files[0]) > len(files[1]) > len(files[2])
    errors = [np.abs(decode(file) / 255 - disc[..., 0]).mean() for file in files]
    assert errors[0] < errors[1] < errors[2]


@pytest.mark.parametrize("level", [0, 255])
def test_ink_on_a_transparent_canvas_is_opaque_and_of_one_level(level: int, disc: Picture) -> None:
    with Image.open(io.BytesIO(camera.on_transparent(1 - disc, level=level))) as file:
        *colours, alpha = (np.asarray(channel) for channel in file.split())
    assert all((colour == level).all() for colour in colours)
    assert alpha[200, 200] == 255
    assert alpha[0, 0] == 0
