"""The connected components of a mask of any size, by its runs of pixels."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.bool_]
EDGE: Final = 0.06  # of the longer side, for a frame
Run: TypeAlias = tuple[int, int, int]  # row, first column, column after the last


@dataclass(eq=False)
class Component:
    """One 8-connected component: its runs, its number of pixels, and its bounding box."""

    runs: list[Run] = field(default_factory=list)
    size: int = 0
    top: int = 1 << 30
    left: int = 1 << 30
    bottom: int = -1
    right: int = -1

    def add(self, run: Run) -> None:
        row, first, end = run
        self.runs.append(run)
        self.size += end - first
        self.top, self.bottom = min(self.top, row), max(self.bottom, row + 1)
        self.left, self.right = min(self.left, first), max(self.right, end)

    @property
    def side(self) -> int:
        """The longer side of the bounding box, in pixels."""
        return max(self.bottom - self.top, self.right - self.left)

    @property
    def is_frame(self) -> bool:
        """Whether nearly all of it lies along the edges of its bounding box, on all four sides."""
        edge = max(1, round(EDGE * self.side))
        inner_left, inner_right = self.left + edge, self.right - edge
        inside = sum(
            max(0, min(end, inner_right) - max(first, inner_left))
            for row, first, end in self.runs
            if self.top + edge <= row < self.bottom - edge
        )
        around = 2 * (self.bottom - self.top + self.right - self.left)
        return inside <= 0.05 * self.size and self.size >= 0.8 * around and self.side > 4 * edge

    def encloses(self, other: "Component") -> bool:
        """Whether the other lies in its bounding box, and is not just a speck."""
        within = self.top < other.top and self.left < other.left
        return within and self.bottom > other.bottom and self.right > other.right and other.size >= 0.05 * self.size

    def touches(self, height: int, width: int) -> bool:
        """Whether it reaches an edge of a picture of this size."""
        return self.top == 0 or self.left == 0 or self.bottom == height or self.right == width

    def gap(self, other: "Component") -> int:
        """Pixels between the two bounding boxes, along the axis on which they are farther apart."""
        across = max(self.left, other.left) - min(self.right, other.right)
        down = max(self.top, other.top) - min(self.bottom, other.bottom)
        return max(across, down, 0)

    def paint(self, mask: Mask) -> None:
        """Set its pixels in a mask."""
        for row, first, end in self.runs:
            mask[row, first:end] = True


def components(mask: Mask) -> list[Component]:
    """The 8-connected components of a mask, bool (h, w)."""
    height, width = mask.shape
    padded = np.zeros((height, width + 2), np.int8)
    padded[:, 1:-1] = mask
    steps = np.diff(padded, axis=1)
    rows, firsts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    runs = list(zip(rows.tolist(), firsts.tolist(), ends.tolist(), strict=True))
    parents = list(range(len(runs)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    above = 0
    for number, (row, first, end) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] < first):
            above += 1
        other = above
        while other < number and runs[other][0] == row - 1 and runs[other][1] <= end:
            parents[root(other)] = root(number)
            other += 1
    found: dict[int, Component] = {}
    for number, run in enumerate(runs):
        found.setdefault(root(number), Component()).add(run)
    return list(found.values())
