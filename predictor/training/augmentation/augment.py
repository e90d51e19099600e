"""Random distortions of images: other ways in which the same hand might have drawn the same digit.

For training images only, never for validation, held-out or test images. Everything random comes from a generator that
the caller seeds: the same call gives the same pixels. About 8,000 copies a second on one core.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import onnxruntime
from numpy.random import Generator
from numpy.typing import NDArray
from onnx import TensorProto, helper

from predictor.ml.images import BOX, SIDE, Images, Pixels, to_images
from predictor.ml.runtime import OPSET
from predictor.training.data.dataset import Dataset
from predictor.training.progress import Progress, no_progress

Array = NDArray[np.float32]

KNOTS: Final = 5  # a side of the grid whose displacements bend the image
INK: Final = 0.15  # the level from which a pixel counts as ink in the digit's extent
POINTS: Final = SIDE * SIDE
MIDDLE: Final = (SIDE - 1) / 2
CHUNK: Final = 100  # images at a time: they stay in a processor's cache


@dataclass(frozen=True)
class Ranges:
    """The most that each distortion may do, in either direction: after Simard et al. 2003 and Cireşan et al. 2010.

    `normalise` fixes size and position, so these are restored but for small random errors, `zoom` and `shift`.
    """

    rotation: float = 15.0  # degrees
    shear: float = 0.25
    aspect: float = 0.2  # in the logarithm of height / width
    bend: float = 1.2  # pixels; the largest standard deviation of a knot's displacement
    thinner: float = 0.5  # of the way to an erosion by one pixel
    thicker: float = 1.0  # of the way to a dilation by one pixel
    contrast: float = 0.3  # in the logarithm of gamma
    zoom: float = 0.06  # in the logarithm of the size
    shift: float = 0.8  # pixels


DEFAULT: Final = Ranges()
# Few drawings are by few hands, so more of the variety of hands must come from distortions. Chosen on 500 images of
# MNIST's training set that are not the ancestor's, and judged on the held-out ones: a committee of five networks misses
# 93 of 5,984 with these ranges and 200,000 copies, 124 with DEFAULT and 100,000.
WIDE: Final = Ranges(rotation=20.0, shear=0.4, aspect=0.3, bend=2.4)
FEW: Final = 5000  # drawings: with fewer, `ranges_for` gives WIDE


def ranges_for(n: int) -> Ranges:
    """How far `n` drawings to train on should be distorted."""
    return WIDE if n < FEW else DEFAULT


def augment(
    data: Dataset, copies: int, *, seed: int, ranges: Ranges = DEFAULT, progress: Progress = no_progress
) -> Dataset:
    """`copies` distorted copies of each drawing: one of all of them in their order, then another, and so on.

    Returns:
        A dataset of pixels, uint8 (copies · n, 28, 28), and labels, uint8 (copies · n,).
    """
    starts = range(0, len(data), CHUNK)
    jobs = [(copy, start) for copy in range(copies) for start in starts]

    def job(which: tuple[int, int]) -> Pixels:
        copy, start = which
        random = np.random.default_rng([seed, copy, start])
        distorted = distort(to_images(data.pixels[start : start + CHUNK]), random, ranges)
        return np.rint(distorted * 255).astype(np.uint8)

    parts = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy and ONNX Runtime release Python's lock
        for done, part in enumerate(pool.map(job, jobs), 1):
            parts.append(part)
            progress("augmentation", done, len(jobs))
    return Dataset(np.concatenate(parts), np.tile(data.labels, copies))


def distort(images: Images, random: Generator, ranges: Ranges = DEFAULT) -> Images:
    """Rotate, shear, stretch, bend, and thicken or thin each image, float32 (n, 28, 28) in [0, 1], at random.

    The digit is returned to the size and position that `normalise` gives, which are measured on a first attempt.
    """
    n = len(images)
    affine, bend = _affine(n, random, ranges), _bend(n, random, ranges)
    first = _sample(images, _where(affine, bend, np.ones((n, 1), np.float32), np.zeros((n, 2), np.float32)))
    size, centre = _extent(first)
    size *= np.exp(_uniform(random, ranges.zoom, (n, 1)))
    centre += _uniform(random, ranges.shift, (n, 2))
    distorted = _thicken(_sample(images, _where(affine, bend, size, centre)), random, ranges)
    gamma = np.exp(_uniform(random, ranges.contrast, (n, 1, 1)))
    strongest = distorted.max(axis=(1, 2), keepdims=True)
    result: Images = (distorted / np.maximum(strongest, 1e-3)) ** gamma
    return result


def _uniform(random: Generator, half: float, shape: tuple[int, ...]) -> Array:
    return (half * (2 * random.random(shape, np.float32) - 1)).astype(np.float32)


def _affine(n: int, random: Generator, ranges: Ranges) -> Array:
    """Rotation, shear along x and a change of aspect, (n, 2, 2), for (y, x)."""
    angle = np.deg2rad(_uniform(random, ranges.rotation, (n,)))
    stretch = np.exp(_uniform(random, ranges.aspect, (n,)) / 2)
    shear = _uniform(random, ranges.shear, (n,))
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.stack((cos, -sin, sin, cos), axis=1).reshape(n, 2, 2)
    zero, one = np.zeros_like(shear), np.ones_like(shear)
    slant = np.stack((one, zero, shear, one), axis=1).reshape(n, 2, 2)
    scale = np.stack((stretch, zero, zero, 1 / stretch), axis=1).reshape(n, 2, 2)
    affine: Array = rotation @ slant @ scale
    return affine


def _bend(n: int, random: Generator, ranges: Ranges) -> Array:
    """A smooth displacement field in pixels, (n, 2, 784): random at the knots, interpolated between them."""
    strength = ranges.bend * random.random((n, 1, 1, 1), np.float32)
    knots = strength * random.standard_normal((n, 2, KNOTS, KNOTS), np.float32)
    bend: Array = (_splines() @ knots @ _splines().T).reshape(n, 2, POINTS)
    return bend


@cache
def _splines() -> Array:
    """The weight of each knot at each of SIDE positions, (28, KNOTS): normalised Gaussians as wide as the gaps."""
    gap = (SIDE - 1) / (KNOTS - 1)
    distance = np.arange(SIDE)[:, None] - gap * np.arange(KNOTS)
    weights = np.exp(-((distance / gap) ** 2) / 2 / 0.6**2)
    splines: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return splines


@cache
def _grid() -> Array:
    """The pixels' coordinates relative to the middle, (2, 784), y then x."""
    return (np.mgrid[0:SIDE, 0:SIDE].reshape(2, POINTS) - MIDDLE).astype(np.float32)


def _where(affine: Array, bend: Array, size: Array, centre: Array) -> Array:
    """Where in the original each pixel of the result is sampled, (n, 2, 784), in pixels from the middle."""
    points = size[:, :, None] * _grid() + centre[:, :, None]
    where: Array = affine @ points + bend
    return where


def _sample(images: Images, where: Array) -> Images:
    """Bilinear interpolation, 0 outside: (n, 28, 28) at (n, 2, k · k) pixels from the middle gives (n, k, k)."""
    side = int(np.sqrt(where.shape[2]))
    places = np.ascontiguousarray(where[:, ::-1].transpose(0, 2, 1)).reshape(-1, side, side, 2) / np.float32(MIDDLE)
    sampled: Images = _sampler().run(None, {"images": images[:, None], "places": places})[0][:, 0]
    return sampled


@cache
def _sampler() -> onnxruntime.InferenceSession:
    """ONNX Runtime's GridSample, several times as fast as what NumPy and SciPy offer."""
    names = {"images": [None, 1, SIDE, SIDE], "places": [None, None, None, 2]}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in names.items()]
    output = helper.make_tensor_value_info("sampled", TensorProto.FLOAT, None)
    node = helper.make_node("GridSample", list(names), ["sampled"], mode="linear", align_corners=1)
    graph = helper.make_graph([node], "sampler", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the other cores have chunks of their own
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _extent(images: Images) -> tuple[Array, Array]:
    """The digit's size relative to BOX, (n, 1), and its centre of mass relative to where it belongs, (n, 2)."""
    rows, columns = images.max(axis=2) > INK, images.max(axis=1) > INK
    height, width = (SIDE - line[:, ::-1].argmax(axis=1) - line.argmax(axis=1) for line in (rows, columns))
    size = (np.maximum(height, width) / np.float32(BOX)).astype(np.float32)[:, None]
    mass = np.maximum(images.sum(axis=(1, 2)), 1e-3)
    places = np.arange(SIDE, dtype=np.float32) - np.float32(SIDE / 2)
    y, x = images.sum(axis=2) @ places / mass, images.sum(axis=1) @ places / mass
    half = size[:, 0] / 2  # `normalise` puts the centre at 14, half a pixel from the grid's middle
    centre: Array = np.stack((y + 0.5 - half, x + 0.5 - half), axis=1).astype(np.float32)
    return size, centre


def _thicken(images: Images, random: Generator, ranges: Ranges) -> Images:
    """Move all edges outwards or inwards by a fraction of a pixel."""
    by = random.uniform(-ranges.thinner, ranges.thicker, (len(images), 1, 1)).astype(np.float32)
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    neighbours = (framed[:, 2:, 1:-1], framed[:, :-2, 1:-1], framed[:, 1:-1, 2:], framed[:, 1:-1, :-2])
    wide, narrow = images.copy(), images.copy()
    for neighbour in neighbours:
        np.maximum(wide, neighbour, out=wide)
        np.minimum(narrow, neighbour, out=narrow)
    thickened: Images = images + np.maximum(by, 0) * (wide - images) + np.minimum(by, 0) * (images - narrow)
    return thickened
