"""Redraw pen strokes as another hand, device and pen would have drawn them.

Strokes hold more than pixels do: slant, proportions, speed, tremor, the ends that a touchscreen misses. These
differ between writers and devices, so they are what is varied here; how a digit is formed is varied by `habits`.
`data.strokes.render` then draws each copy as the page's canvas does.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from predictor.ml.images import normalise
from predictor.ml.strokes.drawing import CANVAS, render
from predictor.ml.strokes.lines import Line
from predictor.ml.strokes.trajectory import trajectory
from predictor.training import processes
from predictor.training.augmentation import habits
from predictor.training.augmentation.retrace import retrace, shuffled
from predictor.training.data.dataset import Dataset
from predictor.training.data.strokes import Drawing
from predictor.training.data.traces import Traces
from predictor.training.progress import Progress, no_progress

HABITS: Final = 0.6  # share of copies that `habits.apply` may change: see its table for what it then does
ROTATION: Final = 12.0  # degrees to either side
SLANT: Final = 0.35
ASPECT: Final = 0.3  # in the logarithm of height / width
WARP: Final = 0.05  # of the digit's size: how far its parts move relative to each other
STRAY: Final = 0.025  # of the digit's size: standard deviation of each stroke's displacement
TREMOR: Final = 0.008  # of the digit's size: largest standard deviation of a point's displacement
MISSED: Final = 0.08  # of a stroke's length, at either end
GAPS: Final = (0.04, 0.16)  # of the digit's size, between two points: if wide, the page's curve cuts corners
SIZES: Final = (0.3, 0.6)  # the digit's longer side relative to the canvas
PENS: Final = (0.04, 0.48)  # relative to the longer side: the page's widest pen, 30 units, on a digit of 63 and more
FINE: Final = (0.04, 0.3)  # the same for a drawing with a habit, whose marks and gaps a thicker pen would fill
ATTEMPTS: Final = 6  # at a distortion that leaves a one or a seven what it was
CHUNK: Final = 250


def redraw(drawings: Sequence[Drawing], copies: int, *, seed: int, progress: Progress = no_progress) -> Dataset:
    """`copies` redrawn copies of each drawing: one of all of them in their order, then another, and so on.

    Returns:
        A dataset of pixels, uint8 (copies · n, 28, 28), normalised, and labels, uint8 (copies · n,).

    Raises:
        TrainingError: a process died, perhaps for lack of memory.
    """
    parts = list(_parts(_redraw, drawings, copies, seed, progress))
    labels = np.array([drawing.label for drawing in drawings], np.uint8)
    return Dataset(np.concatenate(parts), np.tile(labels, copies))


def retraced(drawings: Sequence[Drawing], copies: int, *, seed: int, progress: Progress = no_progress) -> Traces:
    """The same for classifiers of trajectories: `copies` of each drawing, in the same order, not drawn but traced.

    Some are traced in another order or direction: see `retrace`.

    Returns:
        Trajectories, float16 (copies · n, POINTS, CHANNELS), and labels.

    Raises:
        TrainingError: a process died, perhaps for lack of memory.
    """
    parts = list(_parts(_retrace, drawings, copies, seed, progress))
    return Traces(np.concatenate(parts), np.tile(np.array([each.label for each in drawings], np.uint8), copies))


def redrawn_and_shuffled(drawings: Sequence[Drawing], copies: int, *, seed: int) -> tuple[Dataset, Traces]:
    """The same for comparing both sorts of classifiers: each copy as it is drawn, and as it is traced.

    They have no other habit than their writer's. But every second copy is traced as by somebody who was taught to write
    otherwise, in an order and in directions of chance: see `shuffled`.

    Returns:
        `copies` of each drawing, in the same order in both.

    Raises:
        TrainingError: a process died, perhaps for lack of memory.
    """
    pixels, trajectories = zip(*_parts(_both, drawings, copies, seed, no_progress), strict=True)
    labels = np.tile(np.array([drawing.label for drawing in drawings], np.uint8), copies)
    return Dataset(np.concatenate(pixels), labels), Traces(np.concatenate(trajectories), labels)


def _parts(
    job: processes.Job, drawings: Sequence[Drawing], copies: int, seed: int, progress: Progress
) -> Iterator[Any]:
    """What a job makes of each chunk of each copy."""
    jobs = [
        (drawings[start : start + CHUNK], [seed, copy, start])
        for copy in range(copies)
        for start in range(0, len(drawings), CHUNK)
    ]
    for done, part in enumerate(processes.each(job, jobs), 1):
        yield part
        progress("strokes", done, len(jobs))


def distort(
    lines: Sequence[Line], random: Generator, pens: tuple[float, float] = PENS
) -> tuple[tuple[Line, ...], float]:
    """Distort lines in the unit square at random, and choose the width, in canvas units, of the pen to draw them.

    `pens` are the least and the greatest width relative to the digit's longer side.
    """
    points = np.concatenate(lines)
    middle, size = (points.max(axis=0) + points.min(axis=0)) / 2, max(float(np.ptp(points, axis=0).max()), 1e-3)
    affine, warp = _affine(random), _warp(random)
    gap = float(np.exp(random.uniform(*np.log(GAPS))))
    recorded = [_recorded(_cut((line - middle) / size, random), gap, random) for line in lines]
    distorted = [_warped(line @ affine.T, warp) + random.normal(0, STRAY, 2) for line in recorded]
    return _fit(distorted, random, pens)


def _redraw(send: processes.Send, drawings: Sequence[Drawing], seed: Sequence[int]) -> None:
    random = np.random.default_rng(seed)
    distorted = [_another_hand(drawing, random) for drawing in drawings]
    send(np.array([normalise(render(lines, pen=pen)) for lines, pen in distorted]))


def _retrace(send: processes.Send, drawings: Sequence[Drawing], seed: Sequence[int]) -> None:
    random = np.random.default_rng(seed)
    distorted = [_another_hand(drawing, random, traced=True)[0] for drawing in drawings]
    send(np.array([trajectory(lines) for lines in distorted], np.float16))


def _both(send: processes.Send, drawings: Sequence[Drawing], seed: Sequence[int]) -> None:
    random = np.random.default_rng(seed)
    _, copy, _ = seed
    distorted = [distort(drawing.lines, random) for drawing in drawings]
    pixels = np.array([normalise(render(lines, pen=pen)) for lines, pen in distorted])
    traced = [shuffled(lines, random) if copy % 2 else lines for lines, _ in distorted]
    send((pixels, np.array([trajectory(lines) for lines in traced], np.float32)))


def _another_hand(drawing: Drawing, random: Generator, *, traced: bool = False) -> tuple[tuple[Line, ...], float]:
    """The drawing with a habit, perhaps, and distorted; again, if that makes a seven of a one or the reverse.

    If `traced`, its strokes may come in another order or direction, too: see `retrace`.
    """
    lines = habits.apply(drawing.lines, drawing.label, random) if random.random() < HABITS else drawing.lines
    pens = PENS if lines is drawing.lines else FINE
    for _ in range(ATTEMPTS):
        distorted, pen = distort(lines, random, pens)
        if not habits.is_ambiguous(distorted, drawing.label):
            break
    return (retrace(distorted, random) if traced else distorted), pen


def _cut(line: Line, random: Generator) -> Line:
    """Cut off some of either end, as a touchscreen does that notices the pen late."""
    if len(line) < 8:
        return line
    first, last = random.uniform(0, MISSED, 2) * (random.random(2) < 0.5)
    return line[int(first * len(line)) : len(line) - int(last * len(line))]


def _recorded(line: Line, gap: float, random: Generator) -> Line:
    """Resample the line at points `gap` apart, as a slow device or a fast hand leaves them, each slightly displaced."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    length = float(steps.sum())
    if length < 2 * gap:
        return line
    along = np.concatenate(([0.0], np.cumsum(steps)))
    at = np.linspace(0, length, round(length / gap) + 1)
    sampled = np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=1)
    return sampled + random.normal(0, TREMOR * random.random(), sampled.shape)


def _affine(random: Generator) -> Line:
    """Rotation, slant and proportions, (2, 2), for (x, y)."""
    angle = np.deg2rad(random.uniform(-ROTATION, ROTATION))
    stretch = np.exp(random.uniform(-ASPECT, ASPECT) / 2)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, random.uniform(-SLANT, SLANT)], [0, 1]])
    affine: Line = rotation @ slant @ np.diag([1 / stretch, stretch])
    return affine


def _warp(random: Generator) -> Line:
    """Three slow waves across the plane, (3, 5): direction (two numbers), phase, and displacement (two numbers)."""
    direction = random.normal(0, 3.0, (3, 2))
    phase = random.uniform(0, 2 * np.pi, (3, 1))
    displacement = random.normal(0, WARP * random.random(), (3, 2))
    return np.concatenate((direction, phase, displacement), axis=1)


def _warped(line: Line, warp: Line) -> Line:
    waves = np.sin(line @ warp[:, :2].T + warp[:, 2])  # (n, 3)
    warped: Line = line + waves @ warp[:, 3:]
    return warped


def _fit(lines: Sequence[Line], random: Generator, pens: tuple[float, float]) -> tuple[tuple[Line, ...], float]:
    """Place the lines at a random size and position on the canvas, and choose a pen."""
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    size = random.uniform(*SIZES)
    scale = size / max(float(extent.max()), 1e-3)
    pen = size * CANVAS * float(np.exp(random.uniform(*np.log(pens))))
    margin = 0.5 * pen / CANVAS
    corner = margin + random.random(2) * np.maximum(1 - 2 * margin - extent * scale, 0)
    return tuple((line - low) * scale + corner for line in lines), pen
