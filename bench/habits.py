"""How many digits are missed that are drawn with a habit, such as a slash through a zero.

    make setup-train
    .venv/bin/python bench/habits.py pendigits-train.jsonl.gz [--pen 12 18 26] [--version svm=3 cnn=2]
    .venv/bin/python bench/habits.py pendigits-train.jsonl.gz --sheet docs/habits.png

Each habit of `training.augmentation.habits` is applied to the digits of the held-out writers, from whom no version has
learned; the same drawings without it stand beside it. Digits are enlarged to half the canvas at least, so that the pen
leaves room for a mark. The champions answer, or the versions given: those of pixels with their consensus, the pen, and
the consensus of all, in which the pen counts what its sidecar says.

So that not only what was taught is judged, the ranges from which angles, lengths and places are chosen are wider here
than in training, by `--wider` of their width at either end, and nothing distorts the drawings afterwards. The flag of a
one keeps its least slope.

`--sheet` draws eight examples of each habit into a picture instead.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml import artifacts, runtime  # noqa: E402
from predictor.ml.consensus import pooled  # noqa: E402
from predictor.ml.kinds import KINDS, PIXEL_KINDS, STROKE_KINDS  # noqa: E402
from predictor.ml.runtime import Classifier  # noqa: E402
from predictor.ml.strokes.drawing import render  # noqa: E402
from predictor.training.augmentation.habits import HABITS, Habit  # noqa: E402
from predictor.training.augmentation.habits.shapes import Lines, box  # noqa: E402
from predictor.training.data.dataset import EMPTY  # noqa: E402
from predictor.training.data.strokes import Drawing, draw, read_strokes  # noqa: E402
from predictor.training.data.traces import traced  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402
from predictor.training.preparation.splits import PENS, split_by_writer  # noqa: E402

LEAST = 0.5  # the longer side of a digit relative to the canvas, for judging
SHEET = 3, 8, 44  # columns of habits, examples of each, and pixels of each
SEED = 1


class Wider(np.random.Generator):
    """A generator whose `uniform` reaches beyond its bounds, by a share of their distance."""

    def __init__(self, seed: int, beyond: float):
        super().__init__(np.random.PCG64(seed))
        self.beyond = beyond

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        reach = self.beyond * (np.asarray(high) - np.asarray(low))
        return super().uniform(low - reach, high + reach, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--pen", type=float, nargs="+", default=list(PENS), help="widths, in 280ths of the canvas")
    parser.add_argument(
        "--version", nargs="*", default=[], metavar="KIND=N", help="instead of the champion of its kind"
    )
    parser.add_argument("--writers", choices=["held-out", "all"], default="held-out")
    parser.add_argument("--wider", type=float, default=0.25)
    parser.add_argument("--sheet", type=Path, metavar="PNG")
    options = parser.parse_args()
    drawings = read_strokes(options.strokes)
    if options.sheet:
        sheet(drawings).save(options.sheet, optimize=True)
        return
    judged = split_by_writer(drawings)[2] if options.writers == "held-out" else drawings
    judge(judged, versions(options.version), options.pen, options.wider)


def versions(asked: Sequence[str]) -> dict[str, Classifier]:
    models = ROOT / "models"
    chosen = json.loads((models / "champions.json").read_text())
    for each in asked:
        kind, number = each.split("=")
        chosen[kind] = int(number)
    found = {kind: artifacts.version_directory(models, kind, chosen[kind]) for kind in KINDS}
    return {kind: runtime.load(directory) for kind, directory in found.items()}


def judge(drawings: Sequence[Drawing], models: Mapping[str, Classifier], pens: Sequence[float], wider: float) -> None:
    """Print a row for each habit: misses with it and, in brackets, without it, and what the consensus says instead."""
    names = [*(f"{kind} {each.version}" for kind, each in models.items()), "pixels", "consensus"]
    print(f"{'':34}{'n':>6}" + "".join(f"{name:>14}" for name in names) + "  read as")
    for number, habit in enumerate(HABITS):
        random = Wider(SEED + number, wider)
        pairs = [(each, habit.drawn(each.lines, random)) for each in drawings if habit.digit in (None, each.label)]
        allowed = [(each, lines) for each, lines in pairs if lines is not None]
        before, after = (
            [Drawing(each.label, each.writer, fitted(lines, LEAST)) for each, lines in some]
            for some in ([(each, each.lines) for each, _ in allowed], allowed)
        )
        plain, found = answers(models, before, pens), answers(models, after, pens)
        labels = np.tile([each.label for each in after], len(pens))
        wrong = found["consensus"] != labels
        confused = Counter(found["consensus"][wrong].tolist()).most_common(3)
        counts = [((found[name] != labels).sum(), (plain[name] != labels).sum()) for name in found]
        cells = "".join(f"{f'{after} ({before})':>14}" for after, before in counts)
        print(f"{habit.name:34}{len(labels):6}{cells}  " + ", ".join(f"{a}: {n}" for a, n in confused), flush=True)


def answers(
    models: Mapping[str, Classifier], drawings: Sequence[Drawing], pens: Sequence[float]
) -> dict[str, np.ndarray]:
    """The digit that each model and the consensus give to all drawings with each pen, (n · pens,) each."""
    data = sum((draw(drawings, pen=pen) for pen in pens), EMPTY)
    found = {kind: probabilities(models[kind], data) for kind in PIXEL_KINDS}
    together = {"pixels": pooled(list(found.values()))}
    for kind in STROKE_KINDS:
        found[kind] = np.tile(probabilities(models[kind], traced(drawings)), (len(pens), 1))
    together["consensus"] = pooled(list(found.values()), [models[kind].weight for kind in found])
    return {name: each.argmax(axis=1) for name, each in (found | together).items()}


def fitted(lines: Lines, least: float, most: float = 0.85) -> Lines:
    """In the middle of the canvas, the longer side between `least` and `most` of it."""
    low, high = box(lines)
    extent = max(float((high - low).max()), 1e-3)
    scale = float(np.clip(extent, least, most)) / extent
    return tuple((line - (low + high) / 2) * scale + 0.5 for line in lines)


def sheet(drawings: Sequence[Drawing]) -> Image.Image:
    """Examples of all habits, each with its name above."""
    columns, each, side = SHEET
    rows = -(-len(HABITS) // columns)
    width, height = each * side + 16, side + 18
    picture = Image.new("L", (columns * width, rows * height), 255)
    write, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    for number, habit in enumerate(HABITS):
        left, top = number // rows * width + 8, number % rows * height
        write.text((left, top + 2), habit.name, fill=80, font=font)
        for place, lines in enumerate(examples(habit, drawings, each)):
            cell = render(fitted(lines, 0.8), pen=15, side=side)
            picture.paste(Image.fromarray(cell), (left + place * side, top + 17))
    return picture.quantize(16)


def examples(habit: Habit, drawings: Sequence[Drawing], n: int) -> list[Lines]:
    random = np.random.default_rng(SEED)
    chosen = [each for each in drawings if habit.digit in (None, each.label)]
    found = (habit.drawn(chosen[index].lines, random) for index in random.permutation(len(chosen)))
    return [lines for lines, _ in zip((lines for lines in found if lines is not None), range(n), strict=False)]


if __name__ == "__main__":
    main()
