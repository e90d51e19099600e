"""Classify a picture: from its grey levels to every champion's answer."""

import dataclasses

from predictor.ml import images
from predictor.ml.artifacts import KINDS
from predictor.ml.errors import ModelUnavailable
from predictor.ml.images import Pixels
from predictor.ml.pictures import MEDIA_TYPES, Picture
from predictor.ml.registry import Broken, Champions
from predictor.ml.runtime import Probabilities
from predictor.services.answering import cache, metrics
from predictor.services.answering.answers import Answer, ModelAnswer
from predictor.services.answering.champions import champions

__all__ = ["MEDIA_TYPES", "ask", "classify"]


def classify(*, picture: Picture, only: str | None = None) -> Answer:
    """Let the champions, or `only` one kind, classify a picture; `models` is empty if none of them can.

    Raises:
        BlankImage: nothing is drawn on it.
    """
    pixels, box = images.read(picture.gray)
    height, width = picture.gray.shape
    answer = ask(pixels, champions(), (only,) if only else KINDS)
    return dataclasses.replace(answer, box=box.rescaled((width, height), picture.size))


def ask(pixels: Pixels, current: Champions, kinds: tuple[str, ...]) -> Answer:
    """The answers of these kinds of champions, from the cache where they are known."""
    asked = [current.classifiers[kind] for kind in kinds if kind in current.classifiers]
    broken = {kind: why for kind, why in current.silent.items() if kind in kinds}
    sidecars = [classifier.sidecar for classifier in asked]
    digest = images.digest(pixels)
    known = cache.get_answers(digest, sidecars)
    metrics.count_lookups(hits=len(known), misses=len(asked) - len(known))
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
