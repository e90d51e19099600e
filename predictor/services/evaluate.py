"""How good the champions are, on MNIST's test images."""

from typing import Any

from django.conf import settings

from predictor.services.champions import champions


def evaluate() -> dict[str, dict[str, Any]]:
    """Scores of every champion that works, and of their consensus, on the 9,940 test images; needs no TensorFlow.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    import numpy as np

    from predictor.training.dataset import Mnist
    from predictor.training.evaluate import probabilities, score

    test = Mnist.read(settings.MNIST_DIR).test
    answers = {kind: probabilities(classifier, test) for kind, classifier in champions().classifiers.items()}
    scores = {kind: score(answer, test) for kind, answer in answers.items()}
    if answers:
        scores["consensus"] = score(np.mean(list(answers.values()), axis=0), test)
    return scores
