"""Drawings as visitors might send them, each answered by the champions: as before, or changed in one way."""

import dataclasses
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from predictor.ml.strokes.drawing import PEN, render
from predictor.training.data.strokes import Drawing, sent

SIZES = (0.35, 0.75)  # longer side, relative to the canvas
Change = Callable[[Drawing], Drawing]


@dataclass(frozen=True)
class Way:
    """How a pool differs: the pen, another form of the strokes, or which drawings there are."""

    pen: float = PEN
    sizes: tuple[float, float] = SIZES
    change: Change = lambda drawing: drawing
    without: int | None = None


def leaning(degrees: float) -> Change:
    def lean(drawing: Drawing) -> Drawing:
        shear = np.array([[1, 0], [-np.tan(np.radians(degrees)), 1]])
        return dataclasses.replace(drawing, lines=tuple(line @ shear for line in drawing.lines))

    return lean


USUAL = Way()
CHANGES = {
    "pen of 30 instead of 18": Way(pen=30.0),
    "pen of 22": Way(pen=22.0),
    "leaning 20° more": Way(change=leaning(20)),
    "leaning 8° more": Way(change=leaning(8)),
    "no sevens": Way(without=7),
    "half the size": Way(sizes=(SIZES[0] / 2, SIZES[1] / 2)),
    "five writers": Way(),
}


def placed(drawing: Drawing, way: Way, random: np.random.Generator) -> Drawing:
    """At a random size in the middle of the canvas."""
    points = np.concatenate(drawing.lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = random.uniform(*way.sizes) / max(float(extent.max()), 1e-3)
    corner = 0.5 - extent * scale / 2
    return dataclasses.replace(drawing, lines=tuple((line - low) * scale + corner for line in drawing.lines))


def pool(drawings: Sequence[Drawing], n: int, way: Way, *, seed: int) -> list[dict[str, Any]]:
    """The columns of `n` rows, with the true digit as `truth`, each of another drawing."""
    from predictor.ml import images
    from predictor.services.answering.answers import Drawing as Sent
    from predictor.services.answering.answers import Legible
    from predictor.services.answering.classify import classify
    from predictor.services.collecting import submissions

    random = np.random.default_rng(seed)
    usable = [each for each in drawings if each.label != way.without]
    chosen = [usable[i] for i in random.choice(len(usable), n, replace=n > len(usable))]
    changed = [placed(way.change(each), way, random) for each in chosen]
    legible = []
    for each in changed:
        gray = render(each.lines, pen=way.pen)
        file = io.BytesIO()
        Image.fromarray(gray).save(file, "PNG")
        drawing = Sent(file.getvalue(), "page", "bench", strokes=dict(sent(each, way.pen)))
        legible.append(Legible(drawing, gray, *images.read(gray)))
    rows = []
    for start in range(0, n, 100):
        part = legible[start : start + 100]
        for one, answer in zip(part, classify(part), strict=True):
            row = submissions._row(one, answer)
            columns = ("image", "strokes", "pixels", "answers", "prediction", "verdict", "agreement", "priority")
            rows.append({name: getattr(row, name) for name in columns})
    return [row | {"truth": each.label} for row, each in zip(rows, chosen, strict=True)]
