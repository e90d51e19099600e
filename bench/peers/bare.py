"""The smallest server for the same work: Starlette, the same pictures and models, nothing stored.

.venv/bin/python -m uvicorn bench.peers.bare:app --workers 2 --no-access-log
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from predictor.ml import images, pictures
from predictor.ml.consensus import consensus
from predictor.ml.kinds import PIXEL_KINDS
from predictor.ml.registry import Registry

champions = Registry(Path(__file__).parents[2] / "models").champions().classifiers
classifiers = {kind: champions[kind] for kind in PIXEL_KINDS}


def answer(content: bytes) -> dict[str, object]:
    pixels = images.normalise(pictures.decode(content))
    image = images.to_images(pixels)[None]
    answers = {kind: classifier.probabilities(image)[0] for kind, classifier in classifiers.items()}
    found = consensus(list(answers.values()), pixels)
    return {
        "prediction": found.prediction,
        "verdict": found.verdict,
        "models": {kind: [round(float(p), 4) for p in probabilities] for kind, probabilities in answers.items()},
    }


async def predict(request: Request) -> JSONResponse:
    return JSONResponse(await run_in_threadpool(answer, await request.body()))


app = Starlette(routes=[Route("/api/predict/", predict, methods=["POST"])])
