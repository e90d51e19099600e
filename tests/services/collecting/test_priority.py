"""How informative a label would be."""

import numpy as np
import pytest

from predictor.ml.consensus import Consensus
from predictor.models import Submission
from predictor.services.collecting.priority import priority
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


def mean(*first: float) -> np.ndarray:
    return np.array([*first, *[(1 - sum(first)) / (10 - len(first))] * (10 - len(first))])


def test_disagreement_and_doubt_are_more_informative_than_a_small_margin():
    sure, torn = mean(0.97, 0.01), mean(0.5, 0.4)
    assert priority(Consensus(0, "digit", "all"), sure) == pytest.approx(0.04)
    assert priority(Consensus(0, "digit", "all"), torn) == pytest.approx(0.9)
    for joint in (
        Consensus(0, "digit", "majority"),
        Consensus(0, "digit", "none"),
        Consensus(0, "unsure", "all"),
        Consensus(0, "not_a_digit", "all"),
    ):
        assert priority(joint, sure) == pytest.approx(1.04)
        assert priority(joint, torn) == pytest.approx(1.9)
    assert priority(Consensus(0, "digit", None), sure) == pytest.approx(0.04)


def test_a_drawing_gets_its_priority_with_its_answers(api):
    api.post("/api/predict/", {"image": base64_of(drawings.A_SEVEN)})
    row = Submission.objects.get()
    assert 0 < row.priority < 1
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE), "model": "svm"})
    assert Submission.objects.exclude(pk=row.pk).get().priority != row.priority
