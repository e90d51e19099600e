"""Other ways in which the same hand might have drawn the same digit, many drawings at a time.

Applied to training images only, never to what judges or reports. Everything random comes from a generator that the
caller seeds: the same call gives the same pixels. About 8,000 variations a second on one core.
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
from predictor.training.dataset import Dataset
from predictor.training.features import OPSET
from predictor.training.progress import Progress, silent

Array = NDArray[np.float32]

KNOTS: Final = 5  # of the grid whose displacements bend the picture, on each side
INK: Final = 0.15  # what counts as ink where the digit's extent is measured
POINTS: Final = SIDE * SIDE
MIDDLE: Final = (SIDE - 1) / 2
CHUNK: Final = 100  # images at a time: they stay in a processor's cache


@dataclass(frozen=True)
class Ranges:
    """How far a variation may go to either side: after Simard et al. 2003 and Cireşan et al. 2010.

    What `normalise` takes away, size and place, is put right again, but for the little that it leaves.
    """

    rotation: float = 15.0  # degrees
    shear: float = 0.25
    aspect: float = 0.2  # of the logarithm of height by width
    bend: float = 1.2  # pixels, standard deviation of a knot's displacement at most
    thinner: float = 0.5  # of the way to the picture with one pixel taken off all edges
    thicker: float = 1.0
    contrast: float = 0.3  # of the logarithm of gamma
    zoom: float = 0.06  # of the logarithm of the size
    shift: float = 0.8  # pixels


USUAL: Final = Ranges()


def multiply(data: Dataset, copies: int, *, seed: int, progress: Progress = silent) -> Dataset:
    """`copies` variations of each drawing of `data`, in its order, one after the other: uint8 (copies · n, 28, 28)."""
    starts = range(0, len(data), CHUNK)
    jobs = [(copy, start) for copy in range(copies) for start in starts]

    def job(which: tuple[int, int]) -> Pixels:
        copy, start = which
        random = np.random.default_rng([seed, copy, start])
        varied = vary(to_images(data.pixels[start : start + CHUNK]), random)
        return np.rint(varied * 255).astype(np.uint8)

    parts = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy and ONNX Runtime let go of Python's lock
        for done, part in enumerate(pool.map(job, jobs), 1):
            parts.append(part)
            progress("variations", done, len(jobs))
    return Dataset(np.concatenate(parts), np.tile(data.labels, copies))


def vary(images: Images, random: Generator, ranges: Ranges = USUAL) -> Images:
    """One variation of each image, float32 (n, 28, 28) in [0, 1]: turned, sheared, stretched, bent, thicker or thinner.

    The digit is brought back to the size and the place that `normalise` gives it, measured on a first attempt.
    """
    n = len(images)
    affine, bend = _affine(n, random, ranges), _bend(n, random, ranges)
    first = _sample(images, _where(affine, bend, np.ones((n, 1), np.float32), np.zeros((n, 2), np.float32)))
    size, centre = _extent(first)
    size *= np.exp(_uniform(random, ranges.zoom, (n, 1)))
    centre += _uniform(random, ranges.shift, (n, 2))
    varied = _thicken(_sample(images, _where(affine, bend, size, centre)), random, ranges)
    gamma = np.exp(_uniform(random, ranges.contrast, (n, 1, 1)))
    strongest = varied.max(axis=(1, 2), keepdims=True)
    result: Images = (varied / np.maximum(strongest, 1e-3)) ** gamma
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
    """A smooth field of displacements in pixels, (n, 2, 784): random at the knots, splined between them."""
    strength = ranges.bend * random.random((n, 1, 1, 1), np.float32)
    knots = strength * random.standard_normal((n, 2, KNOTS, KNOTS), np.float32)
    bend: Array = (_splines() @ knots @ _splines().T).reshape(n, 2, POINTS)
    return bend


@cache
def _splines() -> Array:
    """How much each knot counts at each of SIDE positions, (28, KNOTS): normalised Gaussians as wide as the gaps."""
    gap = (SIDE - 1) / (KNOTS - 1)
    distance = np.arange(SIDE)[:, None] - gap * np.arange(KNOTS)
    weights = np.exp(-((distance / gap) ** 2) / 2 / 0.6**2)
    splines: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return splines


@cache
def _grid() -> Array:
    """The pixels' places about the middle, (2, 784), y then x."""
    return (np.mgrid[0:SIDE, 0:SIDE].reshape(2, POINTS) - MIDDLE).astype(np.float32)


def _where(affine: Array, bend: Array, size: Array, centre: Array) -> Array:
    """Where each pixel of the result is taken from, (n, 2, 784), in pixels from the middle of the original."""
    looked_at = size[:, :, None] * _grid() + centre[:, :, None]
    where: Array = affine @ looked_at + bend
    return where


def _sample(images: Images, where: Array) -> Images:
    """Bilinear interpolation, 0 outside: (n, 28, 28) at (n, 2, k · k) pixels about the middle gives (n, k, k)."""
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
    options.intra_op_num_threads = 1  # the other cores train
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _extent(images: Images) -> tuple[Array, Array]:
    """By how much the digit is larger than BOX, (n, 1), and its centre of mass about where it belongs, (n, 2)."""
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
    """Move all edges outwards or inwards by a part of a pixel."""
    by = random.uniform(-ranges.thinner, ranges.thicker, (len(images), 1, 1)).astype(np.float32)
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    neighbours = (framed[:, 2:, 1:-1], framed[:, :-2, 1:-1], framed[:, 1:-1, 2:], framed[:, 1:-1, :-2])
    wide, narrow = images.copy(), images.copy()
    for neighbour in neighbours:
        np.maximum(wide, neighbour, out=wide)
        np.minimum(narrow, neighbour, out=narrow)
    thickened: Images = images + np.maximum(by, 0) * (wide - images) + np.minimum(by, 0) * (images - narrow)
    return thickened
