"""Explain the answers to a picture: which ink, or which strokes, mattered to each classifier. Nothing is stored."""

import dataclasses
from typing import Any

from predictor.ml import occlusion
from predictor.ml.errors import ModelUnavailable
from predictor.ml.registry import Broken
from predictor.ml.strokes import occlusion as stroke_occlusion
from predictor.ml.strokes.lines import lines_of, on_canvas
from predictor.services.answering.answers import Answer, Drawing, Explanation
from predictor.services.answering.champions import STROKE_KINDS, champions
from predictor.services.answering.classify import classify, read


def explain(*, image: bytes, strokes: dict[str, Any] | None = None, only: str | None = None) -> Explanation:
    """Let the champions, or `only` one kind, show what spoke for the digit that each of them sees.

    Raises:
        ImageError: it is not a usable picture.
        StrokesError: only a classifier that reads strokes was asked, and these are of no use.
        ModelUnavailable: none of the classifiers that were asked can answer.
    """
    current = champions()
    (answer,) = classify([read(Drawing(image, "", "", strokes))], only, current)
    explained, broken = Explanation(answer), dict(answer.broken)
    for kind, given in answer.models.items():
        try:
            _explain(explained, kind, current.classifiers[kind].probabilities, strokes)
        except ModelUnavailable as error:  # although its answer was in the cache
            broken[kind] = Broken(given.version, str(error))
    if not (explained.maps or explained.lines):
        raise ModelUnavailable(" ".join(why.reason for why in broken.values()))
    models = {kind: given for kind, given in answer.models.items() if kind not in broken}
    return dataclasses.replace(explained, answer=dataclasses.replace(answer, models=models, broken=broken))


def _explain(explained: Explanation, kind: str, predict: Any, strokes: dict[str, Any] | None) -> None:
    """Add the map of a kind, or its lines in the units of the strokes."""
    answer: Answer = explained.answer
    digit = answer.models[kind].prediction
    if kind in STROKE_KINDS and strokes is not None:
        explained.lines[kind] = on_canvas(stroke_occlusion.importance(predict, lines_of(strokes), digit), strokes)
    else:
        explained.maps[kind] = occlusion.importance(predict, answer.pixels, digit)
