"""The weights that are published with networks are those of their artifacts."""

import numpy as np
import pytest
from scipy.special import softmax

from predictor.ml import artifacts, weights
from predictor.ml.images import to_images
from predictor.training.classifiers.cnn import Cnn
from predictor.training.classifiers.mlp import Mlp
from predictor.training.evaluation.challenge import PARITY
from tests.conftest import SHIPPED


# Until version 3 the MLP had smaller layers.
@pytest.mark.parametrize(("classifier", "version"), [(Cnn, 2), (Cnn, 3), (Cnn, 4), (Mlp, 4)])
def test_they_answer_as_the_artifact_does(classifier: type[Cnn | Mlp], version: int) -> None:
    directory = artifacts.version_directory(SHIPPED, classifier.kind, version)
    sidecar = artifacts.read_sidecar(directory)
    known = weights.read(directory, sidecar)
    assert known
    network = classifier.build()
    network.set_weights(known)
    logits = network.predict(classifier.to_inputs(to_images(sidecar.selftest.given)[None]), verbose=0)
    found = softmax(logits[0] / sidecar.calibration["temperatures"][0])
    assert np.abs(found - sidecar.selftest.probabilities).max() < PARITY
