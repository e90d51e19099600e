"""What the SVM sees."""

import numpy as np
import onnxruntime
import pytest

from predictor.ml.images import normalise, to_images
from predictor.training.classifiers.features import CHUNK, SIZE, as_onnx, features
from tests import drawings


def image_of(points, lean=0.0):
    leaning = [(x + lean * (140 - y), y) for x, y in points]
    return to_images(normalise(np.asarray(drawings.draw(leaning))))


def test_every_row_has_length_one_and_the_same_size():
    found = features(np.stack([image_of(line) for line in (drawings.THREE, drawings.SEVEN, drawings.ONE)]))
    assert found.shape == (3, SIZE)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)


def test_a_batch_and_single_images_give_the_same():
    images = np.stack([image_of(line) for line in (drawings.THREE, drawings.SEVEN)])
    assert np.allclose(features(images), np.concatenate([features(each[None]) for each in images]), atol=1e-6)


def test_many_images_are_cut_into_pieces_and_stay_in_order():
    images = np.stack([image_of(line) for line in (drawings.THREE, drawings.SEVEN, drawings.ONE)])
    many = np.tile(images, (CHUNK, 1, 1))[: CHUNK + 7]
    assert np.allclose(features(many), np.tile(features(images), (CHUNK, 1))[: CHUNK + 7], atol=1e-6)


def test_the_graph_that_is_exported_gives_the_same():
    images = np.stack([image_of(line) for line in (drawings.THREE, drawings.SEVEN)])
    session = onnxruntime.InferenceSession(as_onnx().SerializeToString(), providers=["CPUExecutionProvider"])
    assert np.allclose(session.run(["features"], {"image": images})[0], features(images), atol=1e-6)


def test_nothing_gives_nothing():
    assert features(np.zeros((0, 28, 28), np.float32)).shape == (0, SIZE)


def test_an_empty_image_gives_numbers_all_the_same():
    assert np.isfinite(features(np.zeros((1, 28, 28), np.float32))).all()


@pytest.mark.parametrize("lean", [-0.25, 0.25])
def test_a_leaning_seven_looks_like_the_upright_one(lean):
    upright, leaning, other = features(
        np.stack([image_of(drawings.SEVEN), image_of(drawings.SEVEN, lean), image_of(drawings.THREE)])
    )
    assert upright @ leaning > 0.9
    assert upright @ leaning > upright @ other + 0.1


def test_a_horizontal_stroke_is_not_torn_by_the_deskewing():
    images = image_of([(40, 140), (240, 140)])[None]
    assert np.isfinite(features(images)).all()
