"""What the ancestor did: Flask's own server, which reads a Keras model from the disk for each request.

    .venv/bin/python -m bench.peers.ancestor PORT

The model is the champion's network; the request is the ancestor's, `{"model": "cnn", "image": "<base64 PNG>"}`.
"""

import base64
import sys
import tempfile
from pathlib import Path

from flask import Flask, request

from predictor.ml import artifacts, images, pictures, weights
from predictor.ml.champions import read_champions
from predictor.training.classifiers.cnn import Cnn

MODELS = Path(__file__).parents[2] / "models"


def create(directory: Path) -> Flask:
    import keras

    champion = artifacts.version_directory(MODELS, "cnn", read_champions(MODELS)["cnn"])
    network = Cnn.build()
    network.set_weights(weights.read(champion, artifacts.read_sidecar(champion)))
    path = directory / "cnn.keras"
    network.save(path)
    app = Flask(__name__)

    @app.post("/predict/")
    def predict() -> dict[str, int]:
        pixels = images.normalise(pictures.decode(base64.b64decode(request.get_json(force=True)["image"])))
        answer = keras.models.load_model(path)(images.to_images(pixels)[None])
        return {"prediction": int(answer.numpy().argmax())}

    return app


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as found:
        create(Path(found)).run(port=int(sys.argv[1]), threaded=True)
