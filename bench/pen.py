"""What the pen adds to the pixels' consensus, on writers whose strokes none of them was trained on, and what it costs.

    .venv/bin/python bench/pen.py STROKES [--version N] [--models models] [--all]

STROKES is the file that the versions were trained on: of its writers, those that every run holds out are asked. With
`--all`, it is a file of other people, who are all asked.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from predictor.ml import runtime  # noqa: E402
from predictor.ml.artifacts import ARTIFACT, version_directory  # noqa: E402
from predictor.ml.champions import read_champions  # noqa: E402
from predictor.ml.consensus import pooled  # noqa: E402
from predictor.ml.images import to_images  # noqa: E402
from predictor.ml.kinds import PIXEL_KINDS  # noqa: E402
from predictor.ml.strokes.drawing import PEN  # noqa: E402
from predictor.ml.strokes.lines import lines_of, pen_of  # noqa: E402
from predictor.ml.strokes.matching import same_drawing  # noqa: E402
from predictor.ml.strokes.trajectory import trajectory  # noqa: E402
from predictor.training.data.strokes import draw, read_strokes, sent  # noqa: E402
from predictor.training.data.traces import traced  # noqa: E402
from predictor.training.preparation.writers import split_by_writer  # noqa: E402

PENS = (12.0, 18.0, 26.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--version", type=int, help="of the pen, instead of the champion")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    drawings = read_strokes(asked.strokes)
    drawings = drawings if asked.all else split_by_writer(drawings)[2]
    print(f"{len(drawings)} drawings by {len({each.writer for each in drawings})} writers")
    champions = read_champions(asked.models)
    version = asked.version or champions["pen"]
    pen = runtime.load(version_directory(asked.models, "pen", version))
    others = [runtime.load(version_directory(asked.models, kind, champions[kind])) for kind in PIXEL_KINDS]
    traces = traced(drawings)
    ours = pen.probabilities(traces.inputs())
    wrong = ours.argmax(axis=1) != traces.labels
    print(f"{pen} alone misses {wrong.sum()}")
    for width in PENS:
        data = draw(drawings, pen=width)
        answers = [each.probabilities(to_images(data.pixels)) for each in others]
        theirs = np.mean(answers, axis=0)
        missed = theirs.argmax(axis=1) != data.labels
        both = {
            "mean of the two": np.mean([ours, theirs], axis=0),
            "mean of all four": np.mean([ours, *answers], axis=0),
            f"consensus, in which the pen counts {pen.weight:g},": pooled([ours, *answers], [pen.weight, 1, 1, 1]),
        }
        told = ", ".join(f"{name} {(mean.argmax(axis=1) != data.labels).sum()}" for name, mean in both.items())
        print(f"width {width:g}: pixels' consensus misses {missed.sum()}, both {(wrong & missed).sum()}, {told}")
        strokes = [sent(each, width) for each in drawings]
        read = [(lines_of(each), pen_of(each)) for each in strokes]
        same = [same_drawing(*one, pixels) for one, pixels in zip(read, data.pixels, strict=True)]
        print(f"width {width:g}: strokes that draw their picture {sum(same)}")
    size = (version_directory(asked.models, "pen", version) / ARTIFACT).stat().st_size
    strokes = [sent(each, PEN) for each in drawings]
    read = [(lines_of(each), pen_of(each)) for each in strokes]
    pixels = draw(drawings).pixels
    print(f"{size:,} bytes; milliseconds of processor time, median of {len(drawings)}:")
    print(f"reading the strokes {_median(lambda n: lines_of(strokes[n]), len(strokes)):.3f}")
    print(f"trajectory {_median(lambda n: trajectory(read[n][0]), len(strokes)):.3f}")
    print(f"answer {_median(lambda n: pen.probabilities(traces.inputs(slice(n, n + 1))), len(strokes)):.3f}")
    print(f"same drawing {_median(lambda n: same_drawing(*read[n], pixels[n]), len(strokes)):.3f}")


def _median(call: Callable[[int], object], n: int) -> float:
    spent = []
    for number in range(n):
        start = time.process_time_ns()
        call(number)
        spent.append((time.process_time_ns() - start) / 1e6)
    return float(np.median(spent))


if __name__ == "__main__":
    main()
