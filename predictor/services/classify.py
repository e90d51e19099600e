"""From the bytes that somebody sent to every champion's answer, and to the row that keeps the drawing."""

import dataclasses

from predictor import cache
from predictor.ml import images, pictures
from predictor.ml.artifacts import KINDS
from predictor.ml.errors import ModelUnavailable
from predictor.ml.images import Pixels
from predictor.ml.registry import Broken, Champions
from predictor.ml.runtime import Probabilities
from predictor.services.answers import Answer, Drawing, ModelAnswer
from predictor.services.champions import champions
from predictor.services.submissions import keep


def classify(*, drawing: Drawing, only: str | None = None, store: bool = True) -> Answer:
    """Let the champions, or `only` one kind, say what was drawn; keep the drawing if `store`.

    Raises:
        ImageError: it is no picture of a drawing; nothing is kept.
        ModelUnavailable: none that was asked can answer; the drawing is kept all the same.
    """
    pixels = images.normalise(pictures.decode(drawing.image))
    answer = ask(pixels, champions(), (only,) if only else KINDS)
    if store:
        answer = dataclasses.replace(answer, kept=keep(drawing=drawing, answer=answer))
    if not answer.models:
        raise ModelUnavailable(" ".join(why.reason for why in answer.broken.values()))
    return answer


def ask(pixels: Pixels, now: Champions, kinds: tuple[str, ...]) -> Answer:
    """What `kinds` of these champions say of pixels, from the cache where it is known."""
    asked = [now.classifiers[kind] for kind in kinds if kind in now.classifiers]
    broken = {kind: now.broken[kind] for kind in kinds if kind in now.broken}
    sidecars = [classifier.sidecar for classifier in asked]
    digest = images.digest(pixels)
    known = cache.get_answers(digest, sidecars)
    new: dict[str, Probabilities] = {}
    image = images.to_images(pixels)[None]
    for classifier in asked:
        if classifier.kind not in known:
            try:
                new[classifier.kind] = classifier.probabilities(image)[0]
            except ModelUnavailable as error:
                broken[classifier.kind] = Broken(classifier.version, str(error))
    if new:
        cache.set_answers(digest, new, sidecars)
    found = known | new
    models = {c.kind: ModelAnswer(c.version, found[c.kind]) for c in asked if c.kind in found}
    return Answer(pixels, models, broken)
