"""When no classifier can answer."""

from predictor.ml.errors import ModelUnavailable
from predictor.services.answering.answers import Answer


class NoAnswer(ModelUnavailable):
    """None of the classifiers that were asked can answer; the drawing may have been kept nevertheless."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(" ".join(why.reason for why in answer.broken.values()))
        self.answer = answer
