"""What reviewed drawings are worth: one quick run on them, judged by drawings of other people.

    make setup-train
    .venv/bin/python bench/learning.py --base pendigits-train.jsonl.gz --drawn pendigits-test.jsonl.gz [--labels 2000]
    .venv/bin/python bench/learning.py --base pendigits-train.jsonl.gz --drawn pendigits-test.jsonl.gz --habit slash
    .venv/bin/python bench/learning.py --base pendigits-train.jsonl.gz --drawn FILE --wrong 0.2 --runs 5

The writers of `--drawn` are cut into halves, by the hash of their names. Drawings of the first half are sent as the
page sends them and labelled by a reviewer; then `manage.py retrain --quick` learns from them, besides the champions'
base, of which `--base` has the strokes. The drawings of the other half, which no run has seen, judge champions and
challengers: misses before and after, and the paired difference with its 90 % interval. MNIST's test images do likewise.

`--habit slash` draws a stroke through zeros, as `training.augmentation.habits` does: only `--zeros` of these are
labelled.
`--wrong 0.2` labels a fifth of the drawings wrongly: such challengers must not become champions.

The database and the models are copies, deleted at the end.
"""

import argparse
import base64
import dataclasses
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml import artifacts, kinds, runtime  # noqa: E402
from predictor.ml.runtime import Classifier  # noqa: E402
from predictor.ml.strokes.drawing import CANVAS, PEN, render  # noqa: E402
from predictor.training.augmentation.habits import zeros  # noqa: E402
from predictor.training.augmentation.habits.shapes import into_unit_square  # noqa: E402
from predictor.training.data.dataset import Dataset, Mnist  # noqa: E402
from predictor.training.data.strokes import Drawing, draw, read_strokes  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402
from predictor.training.evaluation.paired import Paired  # noqa: E402
from tests.site import Site  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="the strokes that the champions have learned from")
    parser.add_argument("--drawn", type=Path, required=True, help="strokes of other people")
    parser.add_argument("--labels", type=int, default=2000, help="drawings that are labelled")
    parser.add_argument("--habit", choices=["slash"])
    parser.add_argument("--zeros", type=int, default=60, help="with a habit: drawings that are labelled")
    parser.add_argument("--wrong", type=float, default=0.0, help="share of wrong labels")
    parser.add_argument("--runs", type=int, default=1, help="each with other drawings and another seed")
    parser.add_argument("--kinds", nargs="+", default=list(kinds.PIXEL_KINDS), choices=kinds.PIXEL_KINDS)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    options = parser.parse_args()
    ours, theirs = halves(read_strokes(options.drawn))
    for seed in range(options.seed, options.seed + options.runs):
        run(options, ours, theirs, seed)
    return 0


def run(options: argparse.Namespace, ours: list[Drawing], theirs: list[Drawing], seed: int) -> None:
    random = np.random.default_rng(seed)
    sets = {"other writers": draw(theirs), "MNIST test": Mnist.read(ROOT / "data/mnist").test}
    if options.habit:
        ours, others = slashed(ours, random), slashed(theirs, random)
        sets = {"slashed zeros of other writers": draw(others)} | sets
    n = min(options.zeros if options.habit else options.labels, len(ours))
    chosen = [ours[row] for row in random.permutation(len(ours))[:n]]
    labels = [each.label for each in chosen]
    for row in random.permutation(n)[: round(options.wrong * n)]:
        labels[row] = (labels[row] + int(random.integers(1, 10))) % 10
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory))
        shutil.copytree(ROOT / "models", site.models_dir)
        site.manage("migrate", "--verbosity", "0")
        send(site, chosen, labels)
        before = champions(site)
        seconds = retrain(site, "--quick", "--strokes", options.base, "--seed", seed, "--kinds", *options.kinds)
        after = before | newest(site, options.kinds, before)
        print(f"seed {seed}: {n} labels, a quick run of {', '.join(options.kinds)}: {seconds:.0f} s", flush=True)
        for state, sentence in site.rows("SELECT state, sentence FROM predictor_trainingrun"):
            print(f"  {state}: {sentence}")
        for name, data in sets.items():
            compare(name, data, before, after)


def halves(drawings: Sequence[Drawing]) -> tuple[list[Drawing], list[Drawing]]:
    """The drawings of every other writer, and the others; the hash of a writer's name decides."""
    writers = sorted({each.writer for each in drawings}, key=lambda name: hashlib.sha256(name.encode()).digest())
    first = set(writers[::2])
    return [each for each in drawings if each.writer in first], [each for each in drawings if each.writer not in first]


def slashed(drawings: Sequence[Drawing], random: np.random.Generator) -> list[Drawing]:
    """The zeros that allow it, each with a stroke from the lower left to the upper right."""
    drawn = [(each, zeros.slashed(each.lines, random)) for each in drawings if each.label == 0]
    return [
        dataclasses.replace(each, lines=into_unit_square(lines, each.lines))
        for each, lines in drawn
        if lines is not None
    ]


def send(site: Site, drawings: Sequence[Drawing], labels: Sequence[int]) -> None:
    """Store drawings as the page sends them, each labelled by a reviewer."""
    rows = [
        {"image": png(each), "strokes": strokes(each), "label": str(label)}
        for each, label in zip(drawings, labels, strict=True)
    ]
    path = site.directory / "drawings.json"
    path.write_text(json.dumps(rows))
    site.manage("shell", "--no-imports", "--command", STORE.format(path=str(path)))


STORE = """
import base64, json, uuid
from django.contrib.auth.models import User
from predictor.models import Submission
from predictor.services.answering.answers import Drawing
from predictor.services.collecting.submit import submit
from predictor.services.reviewing import labels
reviewer = User.objects.create_superuser("reviewer")
for row in json.load(open({path!r})):
    image = base64.b64decode(row["image"])
    kept = submit(drawing=Drawing(image, "page", str(uuid.uuid4()), row["strokes"])).kept
    labels.record(submission=Submission.objects.get(pk=kept.id), value=row["label"], by=reviewer)
"""


def png(drawing: Drawing) -> str:
    packed = io.BytesIO()
    Image.fromarray(render(drawing.lines)).save(packed, "PNG")
    return base64.b64encode(packed.getvalue()).decode()


def strokes(drawing: Drawing) -> dict[str, object]:
    """As the page sends them; a point each ten milliseconds."""
    lines = [
        [[round(x * CANVAS, 1), round(y * CANVAS, 1), 10 * number] for number, (x, y) in enumerate(line.tolist())]
        for line in drawing.lines
    ]
    return {"size": [CANVAS, CANVAS], "pen": PEN, "lines": lines}


def retrain(site: Site, *arguments: object) -> float:
    """Run the command, and print what it says; how many seconds it took."""
    began = time.monotonic()
    command = [sys.executable, "manage.py", "retrain", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, env=os.environ | site.variables, check=True)
    return time.monotonic() - began


def champions(site: Site) -> dict[str, Classifier]:
    found = json.loads((site.models_dir / "champions.json").read_text())
    return {kind: loaded(site, kind, version) for kind, version in found.items()}


def newest(site: Site, kinds: Sequence[str], before: Mapping[str, Classifier]) -> dict[str, Classifier]:
    """The challengers that were published, promoted or not."""
    highest = {kind: artifacts.published_versions(site.models_dir, kind)[-1] for kind in kinds}
    return {kind: loaded(site, kind, n) for kind, n in highest.items() if n > before[kind].version}


def loaded(site: Site, kind: str, version: int) -> Classifier:
    return runtime.load(artifacts.version_directory(site.models_dir, kind, version))


def compare(name: str, data: Dataset, before: Mapping[str, Classifier], after: Mapping[str, Classifier]) -> None:
    """Print the misses of each kind and of the mean, before and after."""
    answers = [{kind: probabilities(each, data) for kind, each in some.items()} for some in (before, after)]
    for some in answers:
        some["consensus"] = np.mean(list(some.values()), axis=0)
    for kind in answers[0]:
        then, now = (some[kind].argmax(axis=1) == data.labels for some in answers)
        found = Paired.of(now, then, np.arange(len(data)))
        low, high = (100 * each for each in found.interval())
        print(
            f"  {name}, {kind}: {(~then).sum()} of {len(data)} missed before, {(~now).sum()} after "
            f"({now.mean():.2%} right); {-100 * found.difference:+.2f} points ({-high:+.2f} to {-low:+.2f})",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
