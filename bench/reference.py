"""Write `reference.json` for versions that were published before there was such a document.

    .venv/bin/python bench/reference.py pendigits-train.jsonl.gz [--models models] [cnn=4 mlp=4 svm=4 pen=2]

The training data are prepared as `manage.py retrain --base mnist --strokes FILE` does, and must have the digest that
the versions' sidecars state, which leaves out versions that were trained on reviewed drawings. Without versions, those
that `champions.json` names are taken. A reference that is there stays as it is.

It takes three to five minutes of processor time, most of it for redrawing the strokes.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml import artifacts, files, runtime  # noqa: E402
from predictor.ml.champions import read_champions  # noqa: E402
from predictor.ml.drift.reference import REFERENCE  # noqa: E402
from predictor.ml.kinds import KINDS  # noqa: E402
from predictor.training.data.dataset import Mnist  # noqa: E402
from predictor.training.data.strokes import read_strokes  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402
from predictor.training.evaluation.reference import Said, describe  # noqa: E402
from predictor.training.preparation import splits  # noqa: E402
from predictor.training.preparation.strokes import stroke_splits  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path, help="the file of strokes that they were trained on")
    parser.add_argument("versions", nargs="*", metavar="kind=version")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    chosen = dict(_version(parser, each) for each in options.versions) or read_champions(options.models)
    directories = {kind: artifacts.version_directory(options.models, kind, number) for kind, number in chosen.items()}
    data = _data(options.strokes, options.seed)
    said = {}
    for kind, directory in directories.items():
        classifier, read = runtime.load(directory), data.read_by(kind)
        if classifier.sidecar.dataset["digest"] != read.training.digest:
            raise SystemExit(f"{kind} v{classifier.version} was not trained on these data.")
        said[kind] = Said(classifier.sidecar, probabilities(classifier, read.held_out))
    for kind, content in describe(said, data, seed=options.seed).items():
        path = directories[kind] / REFERENCE
        if path.exists():
            print(f"{path} is there already.")
            continue
        with files.replacing([path]) as (file,):
            file.write(content)
        path.chmod(0o644)
        print(f"{path}: {len(content):,} bytes")


def _data(strokes: Path, seed: int) -> splits.Splits:
    mnist = Mnist.read(ROOT / "data/mnist")
    mnist.prepare()
    drawings = read_strokes(strokes)
    data = splits.with_strokes(splits.full_mnist(mnist), drawings, seed=seed)
    return dataclasses.replace(data, strokes=stroke_splits(drawings))


def _version(parser: argparse.ArgumentParser, given: str) -> tuple[str, int]:
    kind, _, number = given.partition("=")
    if kind not in KINDS or not number.isdecimal():
        parser.error(f"{given} is not a kind and a version, such as cnn=4.")
    return kind, int(number)


if __name__ == "__main__":
    main()
