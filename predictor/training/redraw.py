"""Draw pen strokes again, as another hand, device and pen would have.

Strokes know more than pixels: what is varied here, slant, proportions, speed, trembling, the ends that a screen
misses, is what tells writers apart. Each variation is then drawn by `strokes.render`, as the page's canvas would.
"""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.images import Pixels, normalise
from predictor.training.dataset import Dataset
from predictor.training.progress import Progress, silent
from predictor.training.strokes import CANVAS, Drawing, Line, render

ROTATION: Final = 12.0  # degrees to either side
SLANT: Final = 0.35
ASPECT: Final = 0.3  # of the logarithm of height by width
WARP: Final = 0.05  # of the digit's size: how far its parts move against each other
STRAY: Final = 0.025  # how far each stroke lies from where it belongs, standard deviation
TREMBLE: Final = 0.008
MISSED: Final = 0.08  # of a stroke's length, at either end
GAPS: Final = (0.04, 0.16)  # of the digit's size, between two points: of a slow device the page's curve cuts corners
SIZES: Final = (0.3, 0.6)  # the digit's longer side, of the canvas
PENS: Final = (0.04, 0.36)  # of the longer side: the page's pen, 18 units, on a digit of 50 to 450
CHUNK: Final = 250


def redraw(drawings: Sequence[Drawing], copies: int, *, seed: int, progress: Progress = silent) -> Dataset:
    """`copies` variations of each drawing, drawn and normalised: uint8 (n · copies, 28, 28)."""
    jobs = [
        (drawings[start : start + CHUNK], [seed, copy, start])
        for copy in range(copies)
        for start in range(0, len(drawings), CHUNK)
    ]
    # Workers are started anew, not forked: TensorFlow may be loaded here and does not survive it.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        parts = []
        for done, part in enumerate(pool.map(_redraw, *zip(*jobs, strict=True)), 1):
            parts.append(part)
            progress("strokes", done, len(jobs))
    labels = np.array([drawing.label for drawing in drawings], np.uint8)
    return Dataset(np.concatenate(parts), np.tile(labels, copies))


def vary(lines: Sequence[Line], random: Generator) -> tuple[tuple[Line, ...], float]:
    """One variation of lines in the unit square, and the width in canvas units of the pen to draw it with."""
    points = np.concatenate(lines)
    middle, size = (points.max(axis=0) + points.min(axis=0)) / 2, max(float(np.ptp(points, axis=0).max()), 1e-3)
    affine, warp = _affine(random), _warp(random)
    gap = float(np.exp(random.uniform(*np.log(GAPS))))
    held = [_device(_cut((line - middle) / size, random), gap, random) for line in lines]
    placed = [_warped(line @ affine.T, warp) + random.normal(0, STRAY, 2) for line in held]
    return _fit(placed, random)


def _redraw(drawings: Sequence[Drawing], seed: Sequence[int]) -> Pixels:
    random = np.random.default_rng(seed)
    varied = [vary(drawing.lines, random) for drawing in drawings]
    return np.array([normalise(render(lines, pen=pen)) for lines, pen in varied])


def _cut(line: Line, random: Generator) -> Line:
    """Without a part of its ends, as where a screen noticed the pen too late."""
    if len(line) < 8:
        return line
    first, last = random.uniform(0, MISSED, 2) * (random.random(2) < 0.5)
    return line[int(first * len(line)) : len(line) - int(last * len(line))]


def _device(line: Line, gap: float, random: Generator) -> Line:
    """Points as far apart as a slow device, or a fast hand, leaves them, each off by a little."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    length = float(steps.sum())
    if length < 2 * gap:
        return line
    along = np.concatenate(([0.0], np.cumsum(steps)))
    at = np.linspace(0, length, round(length / gap) + 1)
    sampled = np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=1)
    return sampled + random.normal(0, TREMBLE * random.random(), sampled.shape)


def _affine(random: Generator) -> Line:
    """Rotation, slant and proportions, (2, 2), for (x, y)."""
    angle = np.deg2rad(random.uniform(-ROTATION, ROTATION))
    stretch = np.exp(random.uniform(-ASPECT, ASPECT) / 2)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, random.uniform(-SLANT, SLANT)], [0, 1]])
    affine: Line = rotation @ slant @ np.diag([1 / stretch, stretch])
    return affine


def _warp(random: Generator) -> Line:
    """Three slow waves across the plane: for each its direction, two numbers, phase and displacement, two: (3, 5)."""
    direction = random.normal(0, 3.0, (3, 2))
    phase = random.uniform(0, 2 * np.pi, (3, 1))
    displacement = random.normal(0, WARP * random.random(), (3, 2))
    return np.concatenate((direction, phase, displacement), axis=1)


def _warped(line: Line, warp: Line) -> Line:
    waves = np.sin(line @ warp[:, :2].T + warp[:, 2])  # (n, 3)
    warped: Line = line + waves @ warp[:, 3:]
    return warped


def _fit(lines: Sequence[Line], random: Generator) -> tuple[tuple[Line, ...], float]:
    """Somewhere on the canvas, of any size, and a pen for it."""
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    size = random.uniform(*SIZES)
    scale = size / max(float(extent.max()), 1e-3)
    pen = size * CANVAS * float(np.exp(random.uniform(*np.log(PENS))))
    margin = 0.5 * pen / CANVAS
    corner = margin + random.random(2) * np.maximum(1 - 2 * margin - extent * scale, 0)
    return tuple((line - low) * scale + corner for line in lines), pen
