"""What each classifier's answer rests on. Nothing is kept."""

import dataclasses

from predictor.ml import images, occlusion, pictures
from predictor.ml.artifacts import KINDS
from predictor.ml.errors import ModelUnavailable
from predictor.ml.registry import Broken
from predictor.services.answers import Explanation
from predictor.services.champions import champions
from predictor.services.classify import ask


def explain(*, image: bytes, only: str | None = None) -> Explanation:
    """Let the champions, or `only` one kind, show which ink spoke for the digit that each of them sees.

    Raises:
        ImageError: it is no picture of a drawing.
        ModelUnavailable: none that was asked can answer.
    """
    pixels = images.normalise(pictures.decode(image))
    now = champions()
    answer = ask(pixels, now, (only,) if only else KINDS)
    maps, broken = {}, dict(answer.broken)
    for kind, given in answer.models.items():
        try:
            maps[kind] = occlusion.importance(now.classifiers[kind].probabilities, pixels, given.prediction)
        except ModelUnavailable as error:  # its answer was in the cache
            broken[kind] = Broken(given.version, str(error))
    if not maps:
        raise ModelUnavailable(" ".join(why.reason for why in broken.values()))
    models = {kind: answer.models[kind] for kind in maps}
    return Explanation(dataclasses.replace(answer, models=models, broken=broken), maps)
