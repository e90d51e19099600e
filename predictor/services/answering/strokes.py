"""Ask the classifiers that read strokes: nothing of theirs is cached, as a picture does not tell how it was drawn."""

from collections.abc import Sequence
from typing import Final

from predictor.ml.errors import ModelUnavailable, StrokesError
from predictor.ml.registry import Broken, Champions
from predictor.ml.strokes.lines import Strokes, lines_of, pen_of
from predictor.ml.strokes.matching import same_drawing
from predictor.ml.strokes.trajectory import Trajectory, trajectory
from predictor.services.answering.answers import Answer, ModelAnswer, Unheard

DIFFER: Final = "The strokes do not draw what the picture shows."


def ask(answer: Answer, strokes: Strokes, current: Champions, kinds: Sequence[str]) -> None:
    """Add to an answer what these kinds of champions say to the strokes, or why they say nothing."""
    asked = [current.classifiers[kind] for kind in kinds if kind in current.classifiers]
    answer.broken |= {kind: why for kind, why in current.silent.items() if kind in kinds}
    if not asked:
        return
    found = usable(strokes, answer)
    answer.trajectory = None if isinstance(found, StrokesError) else found
    for classifier in asked:
        if isinstance(found, StrokesError):
            answer.unheard[classifier.kind] = Unheard(classifier.version, found.code, str(found))
            continue
        try:
            (said,) = classifier.probabilities(found[None])
        except ModelUnavailable as error:
            answer.broken[classifier.kind] = Broken(classifier.version, str(error))
        else:
            answer.models[classifier.kind] = ModelAnswer(classifier.version, said, classifier.weight)


def usable(strokes: Strokes, answer: Answer) -> Trajectory | StrokesError:
    """What is read of strokes, or why they are of no use for the picture that was answered."""
    try:
        lines, pen = lines_of(strokes), pen_of(strokes)
        found = trajectory(lines)
    except StrokesError as error:
        return error.with_traceback(None)
    return found if same_drawing(lines, pen, answer.pixels) else StrokesError(DIFFER)
