"""Classify pictures: from their grey levels to every champion's answer."""

from collections.abc import Sequence

import numpy as np

from predictor.ml import images, pictures
from predictor.ml.errors import ModelUnavailable, StrokesError
from predictor.ml.images import Pixels
from predictor.ml.kinds import KINDS, PIXEL_KINDS, STROKE_KINDS
from predictor.ml.pictures import MEDIA_TYPES, Picture
from predictor.ml.registry import Broken, Champions
from predictor.ml.runtime import Probabilities
from predictor.services.answering import cache, metrics, strokes
from predictor.services.answering.answers import Answer, Drawing, Legible, ModelAnswer
from predictor.services.answering.champions import champions

__all__ = ["MEDIA_TYPES", "ask", "classify", "legible", "read"]


def read(drawing: Drawing) -> Legible:
    """Read the picture of a drawing.

    Raises:
        ImageError: it is not a usable picture.
    """
    return legible(drawing, pictures.read(drawing.image))


def legible(drawing: Drawing, picture: Picture) -> Legible:
    """Find a drawing in its picture.

    Raises:
        BlankImage: nothing is drawn on it.
    """
    pixels, box = images.read(picture.gray)
    height, width = picture.gray.shape
    return Legible(drawing, picture.gray, pixels, box.rescaled((width, height), picture.size))


def classify(drawings: Sequence[Legible], only: str | None = None, current: Champions | None = None) -> list[Answer]:
    """Let the champions, or `only` one kind, classify drawings; an answer's `models` is empty if none of them can.

    Those that read strokes are heard where some came with a drawing, and are of it.

    Raises:
        StrokesError: only such a one was asked, and the strokes are of no use.
    """
    current, kinds = current or champions(), (only,) if only else KINDS
    answers = ask([each.pixels for each in drawings], current, [kind for kind in kinds if kind in PIXEL_KINDS])
    readers = [kind for kind in kinds if kind in STROKE_KINDS]
    for answer, each in zip(answers, drawings, strict=True):
        answer.box = each.box
        if readers and each.drawing.strokes is not None:
            strokes.ask(answer, each.drawing.strokes, current, readers)
        if only in answer.unheard:
            raise StrokesError(answer.unheard[only].detail)
    return answers


def ask(drawings: Sequence[Pixels], current: Champions, kinds: Sequence[str]) -> list[Answer]:
    """The answers of these kinds of champions, which read pixels, to each drawing, from the cache where it knows them.

    Each champion is asked once for all that it has to answer.
    """
    asked = [current.classifiers[kind] for kind in kinds if kind in current.classifiers]
    silent = {kind: why for kind, why in current.silent.items() if kind in kinds}
    sidecars = [classifier.sidecar for classifier in asked]
    digests = [images.digest(pixels) for pixels in drawings]
    known = cache.get_answers(digests, sidecars)
    hits = sum(len(known.get(digest, ())) for digest in digests)
    metrics.count_lookups(hits=hits, misses=len(digests) * len(asked) - hits)
    new: dict[str, dict[str, Probabilities]] = {}
    stack = images.to_images(np.stack(drawings))
    for classifier in asked:
        unknown = [i for i, digest in enumerate(digests) if classifier.kind not in known.get(digest, {})]
        if not unknown:
            continue
        try:
            found = classifier.probabilities(stack[unknown] if len(unknown) < len(stack) else stack)
        except ModelUnavailable as error:
            silent[classifier.kind] = Broken(classifier.version, str(error))
            continue
        for i, probabilities in zip(unknown, found, strict=True):
            new.setdefault(digests[i], {})[classifier.kind] = probabilities
    if new:
        cache.set_answers(new, sidecars)
    answers = []
    for digest, pixels in zip(digests, drawings, strict=True):
        found_by_kind = known.get(digest, {}) | new.get(digest, {})
        models = {c.kind: ModelAnswer(c.version, found_by_kind[c.kind]) for c in asked if c.kind in found_by_kind}
        unable = {kind: why for kind, why in silent.items() if kind not in models}
        answers.append(Answer(pixels, models, unable, is_cached=bool(models) and digest not in new))
    return answers
