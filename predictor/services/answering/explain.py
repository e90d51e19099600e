"""Explain the answers to a picture: which ink mattered to each classifier. Nothing is stored."""

import dataclasses

from predictor.ml import images, occlusion, pictures
from predictor.ml.errors import ModelUnavailable
from predictor.ml.kinds import PIXEL_KINDS
from predictor.ml.registry import Broken
from predictor.services.answering.answers import Explanation
from predictor.services.answering.champions import champions
from predictor.services.answering.classify import ask


def explain(*, image: bytes, only: str | None = None) -> Explanation:
    """Let the champions, or `only` one kind, show which ink spoke for the digit that each of them sees.

    Raises:
        ImageError: it is not a usable picture.
        ModelUnavailable: none of the classifiers that were asked can answer.
    """
    pixels = images.normalise(pictures.decode(image))
    current = champions()
    (answer,) = ask([pixels], current, (only,) if only else PIXEL_KINDS)
    maps, broken = {}, dict(answer.broken)
    for kind, given in answer.models.items():
        try:
            maps[kind] = occlusion.importance(current.classifiers[kind].probabilities, pixels, given.prediction)
        except ModelUnavailable as error:  # although its answer was in the cache
            broken[kind] = Broken(given.version, str(error))
    if not maps:
        raise ModelUnavailable(" ".join(why.reason for why in broken.values()))
    models = {kind: answer.models[kind] for kind in maps}
    return Explanation(dataclasses.replace(answer, models=models, broken=broken), maps)
