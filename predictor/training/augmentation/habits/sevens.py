"""Sevens: with a bar, a hook at the top left, both or neither; with a curved stem; with a bar in the same stroke.

A bar tells a seven from a one with a long upstroke, as in France; the hook is common in Korea, China and Japan, and a
traditional form of copperplate has it, too: Wikipedia, "Regional handwriting variation". The rest is estimated.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import (
    Lines,
    angle_of,
    bend,
    bezier,
    bowed,
    box,
    direction,
    length,
    resampled,
    stroke,
)

LEVEL: Final = 15.0  # degrees that the top may rise or fall
LEVEL_ALONE: Final = 12.0  # the same where neither bar nor hook tells it from a one: see `ones.FLAG_LEAST`
TOP: Final = 0.35  # its least width relative to the digit's height
HOOK: Final = (0.1, 0.28)  # relative to the digit's height
ROUND: Final = 0.1  # of the digit's height: how far the body bends from two straight strokes where no bar may tell it
BAR: Final = (0.45, 0.9)  # its width relative to the top's
BAR_AT: Final = (0.38, 0.62)  # of the stem, from its top
JOINED_AT: Final = (0.32, 0.46)  # the same for a bar in one stroke with the stem: a lower one makes a two with a loop
BOW: Final = (0.06, 0.16)  # of the stem's length


@dataclass(frozen=True)
class _Seven:
    """The top with the stem as one line, the index of their corner, and the bar if there is one."""

    body: Line
    corner: int
    bar: Line | None

    @property
    def top(self) -> Line:
        return self.body[: self.corner + 1]

    @property
    def stem(self) -> Line:
        return self.body[self.corner :]

    @property
    def height(self) -> float:
        return float(np.ptp(self.body[:, 1]))


def plain(lines: Lines, random: Generator) -> Lines | None:
    """Without the bar, if there is one."""
    seven = _parts(lines, sharp=True)
    return None if seven is None or seven.bar is None else (seven.body,)


def barred(lines: Lines, random: Generator) -> Lines | None:
    """A bar through the stem, drawn anew if there is one."""
    seven = _parts(lines)
    return None if seven is None else (seven.body, _bar(seven, random))


def hooked(lines: Lines, random: Generator) -> Lines | None:
    """A stroke down at the top's left end, and no bar."""
    seven = _parts(lines, sharp=True)
    return None if seven is None else (_with_hook(seven, random),)


def hooked_and_barred(lines: Lines, random: Generator) -> Lines | None:
    """A stroke down at the top's left end, and a bar."""
    seven = _parts(lines)
    return None if seven is None else (_with_hook(seven, random), _bar(seven, random))


def curved(lines: Lines, random: Generator) -> Lines | None:
    """A stem that bends, from level to upright on its way down; the bar, if any, stays away."""
    seven = _parts(lines, sharp=True)
    if seven is None:
        return None
    stem = bowed(resampled(np.stack((seven.stem[0], seven.stem[-1])), 12), -random.uniform(*BOW))
    return (np.concatenate((seven.top[:-1], stem)),)


def bar_in_one_stroke(lines: Lines, random: Generator) -> Lines | None:
    """The pen goes on from the stem's end to the bar, as in fast hands, which leaves a loop at the lower left."""
    seven = _parts(lines, sharp=True)
    if seven is None:
        return None
    bar = _bar(seven, random, JOINED_AT)
    end, height = seven.body[-1], seven.height
    turn = bezier(
        end,
        end + height * np.array([-0.12, 0.04]) * random.uniform(0.6, 1.2),
        bar[0] + height * np.array([-0.14, 0.02]) * random.uniform(0.6, 1.2),
        bar[0],
    )
    return (np.concatenate((seven.body, turn[1:], bar[1:])),)


def _with_hook(seven: _Seven, random: Generator) -> Line:
    start = seven.body[0]
    fall = random.uniform(*HOOK) * seven.height
    end = start + fall * direction(random.uniform(-115, -75))
    return np.concatenate((stroke(end, start, random)[:-1], seven.body))


def _bar(seven: _Seven, random: Generator, at: tuple[float, float] = BAR_AT) -> Line:
    stem = resampled(seven.stem, 50)
    middle = stem[int(np.clip(random.uniform(*at), 0.3, at[1] + 0.04) * 49)]
    width = random.uniform(*BAR) * max(float(np.ptp(seven.top[:, 0])), 0.4 * seven.height)
    along, left = direction(random.uniform(-8, 18)), random.uniform(0.42, 0.62) * width
    return stroke(middle - left * along, middle + (width - left) * along, random)


def _parts(lines: Lines, *, sharp: bool = False) -> _Seven | None:
    """None if the strokes are not a level top, a stem down from its right end, and at most a bar.

    With `sharp`, None too if the top's right end is round or the top slopes: without a bar, it might be a one.
    """
    body = max(lines, key=lambda line: float(np.ptp(line[:, 1])))
    others = [line for line in lines if line is not body]
    if len(others) > 1 or len(body) < 5:
        return None
    low, high = box([body])
    extent = np.maximum(high - low, 1e-6)
    corner = int((((body - low) / extent) @ [1.0, -1.0]).argmax())
    seven = _Seven(body, corner, others[0] if others else None)
    allowed = _is_plain(seven) and all(_is_bar(line, seven) for line in others)
    if sharp and (_is_round(seven) or _slope(seven) > LEVEL_ALONE):
        return None
    return seven if allowed else None


def _is_plain(seven: _Seven) -> bool:
    top, stem, height = seven.top, seven.stem, seven.height
    if len(top) < 2 or len(stem) < 3 or length(top) < TOP * height or np.ptp(top[:, 1]) > 0.25 * height:
        return False
    across, down = top[-1] - top[0], stem[-1] - stem[0]
    return bool(
        across[0] > TOP * height
        and _slope(seven) < LEVEL
        and down[1] > 0.7 * height
        and length(stem) < 1.15 * np.linalg.norm(down)
    )


def _is_bar(line: Line, seven: _Seven) -> bool:
    """Whether the line crosses the stem between its ends, about level."""
    middle = (line[:, 1].mean() - seven.body[:, 1].min()) / seven.height
    return bool(np.ptp(line[:, 1]) < 0.3 * seven.height and 0.2 < middle < 0.85)


def _is_round(seven: _Seven) -> bool:
    return max(bend(seven.top), bend(seven.stem)) > ROUND * seven.height


def _slope(seven: _Seven) -> float:
    return abs(angle_of(seven.top[-1] - seven.top[0]))
