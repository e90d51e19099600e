"""How long one drawing takes in the process, from the page's PNG to the answers, without cache or database; and how
long the maps take that show what mattered to each model.

    .venv/bin/python bench/inside.py [--json]

`all` is without strokes; `all four` is from the decoded picture and the strokes that the page sends with it to the
consensus with the pen, and `strokes` its part that reads, compares and answers them. `pointer` is the question which
versions answer. `inspection`, a part of `normalise`, is the question whether the
picture is a clean drawing. Each step is timed, in milliseconds and relative to decoding the PNG, so that the figures of
two machines, or of a noisy machine at two times, can be compared.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml import images, occlusion, pictures  # noqa: E402
from predictor.ml.champions import read_champions  # noqa: E402
from predictor.ml.consensus import consensus  # noqa: E402
from predictor.ml.kinds import PIXEL_KINDS  # noqa: E402
from predictor.ml.paper import inspection  # noqa: E402
from predictor.ml.paper.box import box_of_packed, packed  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.ml.strokes.lines import lines_of, pen_of  # noqa: E402
from predictor.ml.strokes.matching import same_drawing  # noqa: E402
from predictor.ml.strokes.trajectory import trajectory  # noqa: E402

PICTURE = Path(__file__).parent / "page.png"  # as the page sends it
STROKES = Path(__file__).parent / "page.json"
ROUNDS = 2000
SLOW_ROUNDS = 100


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    for _ in range(rounds // 40):
        work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1e6


def measure() -> dict[str, float]:
    data = PICTURE.read_bytes()
    gray = pictures.decode(data)
    ink = 255 - gray
    bits = packed(ink)
    pixels = images.normalise(gray)
    image = images.to_images(pixels)[None]
    promoted = read_champions(ROOT / "models")
    registry = Registry(ROOT / "models", lambda: promoted)  # as `follow` sets it
    classifiers = {kind: registry.champions().classifiers[kind] for kind in PIXEL_KINDS}
    pen = registry.champions().classifiers["pen"]
    sent = json.loads(STROKES.read_text())

    def heard(pixels: images.Pixels) -> images.Images:
        lines, width = lines_of(sent), pen_of(sent)
        seen = trajectory(lines)
        assert same_drawing(lines, width, pixels)
        return pen.probabilities(seen[None])[0]

    def four() -> object:
        pixels = images.normalise(gray)
        image = images.to_images(pixels)[None]
        answers = [*(classifier.probabilities(image)[0] for classifier in classifiers.values()), heard(pixels)]
        return consensus(answers, pixels, weights=[1, 1, 1, pen.weight])

    def everything() -> object:
        pixels = images.normalise(pictures.decode(data))
        image = images.to_images(pixels)[None]
        return consensus([classifier.probabilities(image)[0] for classifier in classifiers.values()], pixels)

    steps: dict[str, Callable[[], object]] = {
        "all": everything,
        "all four": four,
        "strokes": lambda: heard(pixels),
        "pointer": registry.champions,
        "decode": lambda: pictures.decode(data),
        "normalise": lambda: images.normalise(gray),
        "inspection": lambda: inspection.is_flat(gray, 255) and inspection.is_soiled(ink, bits, box_of_packed(bits)),
        "models": lambda: [classifier.probabilities(image) for classifier in classifiers.values()],
    }
    for kind, classifier in classifiers.items():
        steps[kind] = lambda classifier=classifier: classifier.probabilities(image)
    maps: dict[str, Callable[[], object]] = {
        f"map {kind}": lambda classifier=classifier: occlusion.importance(
            classifier.probabilities, pixels, int(classifier.probabilities(image)[0].argmax())
        )
        for kind, classifier in classifiers.items()
    }
    maps["maps"] = lambda: [work() for kind, work in maps.items() if kind != "maps"]
    fast = {name: milliseconds(work, ROUNDS) for name, work in steps.items()}
    return fast | {name: milliseconds(work, SLOW_ROUNDS) for name, work in maps.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    figures = measure()
    if parser.parse_args().json:
        print(json.dumps(figures))
        return
    print(f"{'':10} {'median ms':>10} {'× decode':>9}")
    for name, value in figures.items():
        print(f"{name:10} {value:10.3f} {value / figures['decode']:9.2f}")


if __name__ == "__main__":
    main()
