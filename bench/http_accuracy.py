"""Send MNIST's 9,940 test images as PNG to a running server's API and compare its answers with the offline evaluation.

    make run &
    .venv/bin/python bench/http_accuracy.py --url http://127.0.0.1:8000

Exits with status 1 if any prediction, of a model or of the consensus, differs. Nothing is stored on the server.
"""

import argparse
import http.client
import io
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml.kinds import PIXEL_KINDS  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.training.data.dataset import TRAIN_SIZE, Mnist  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    place = urlsplit(parser.parse_args().url)
    mnist = Mnist.read(ROOT / "data" / "mnist")
    which = np.setdiff1d(np.arange(TRAIN_SIZE, len(mnist.labels)), mnist.sample())
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=30)
    online = [_answer(connection, mnist.levels[i]) for i in which]
    offline = _offline(mnist)
    differing = 0
    print(f"{'':10} {'offline':>9} {'API':>9} {'differing':>10}")
    for name, expected in offline.items():
        got = np.array([answer[name] for answer in online])
        differing += int((got != expected).sum())
        right = [(each == mnist.labels[which]).mean() for each in (expected, got)]
        print(f"{name:10} {right[0]:9.4%} {right[1]:9.4%} {int((got != expected).sum()):10}")
    sys.exit(differing > 0)


def _offline(mnist: Mnist) -> dict[str, np.ndarray]:
    classifiers = Registry(ROOT / "models").champions().classifiers
    answers = {kind: probabilities(classifiers[kind], mnist.test) for kind in PIXEL_KINDS}
    predictions = {kind: answer.argmax(axis=1) for kind, answer in answers.items()}
    return predictions | {"consensus": np.mean(list(answers.values()), axis=0).argmax(axis=1)}


def _answer(connection: http.client.HTTPConnection, levels: np.ndarray) -> dict[str, int]:
    png = io.BytesIO()
    Image.fromarray(levels).save(png, "PNG")
    connection.request("POST", "/api/predict/?store=false", png.getvalue(), {"Content-Type": "image/png"})
    response = connection.getresponse()
    body = json.load(response)
    if response.status != 200:
        sys.exit(f"{response.status}: {body}")
    return {kind: given["prediction"] for kind, given in body["models"].items()} | {"consensus": body["prediction"]}


if __name__ == "__main__":
    main()
