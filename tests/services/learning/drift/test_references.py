"""What the champions were trained on, read from beside them, and what is told where it is not recorded."""

import numpy as np
import pytest

from predictor.ml.champions import promote
from predictor.ml.drift.histograms import count
from predictor.ml.drift.reference import REFERENCE, Reference, Together
from predictor.services.learning.drift import wording
from predictor.services.learning.drift.references import references
from predictor.services.learning.drift.report import report
from tests.drift import NOW, WEEK, draw, past
from tests.ml import tiny

pytestmark = pytest.mark.django_db
TRAINING = {
    "ink": count("ink", np.linspace(0.25, 0.3, 200)),
    "digits": count("digits", np.arange(200) % 10),
}
CONFIDENCE = {"confidence": count("confidence", np.linspace(0.5, 1, 200))}


@pytest.fixture
def champions(models_dir):
    """An SVM and a CNN."""
    found = {kind: tiny.publish(models_dir, kind, seed) for kind, seed in (("cnn", 1), ("svm", 2))}
    promote(models_dir, {"cnn": 1, "svm": 1})
    return found


def record(models_dir, kind, reference):
    (models_dir / kind / "v1" / REFERENCE).write_bytes(reference.to_bytes())


def told(name):
    (figure,) = [each for each in report(weeks=1, now=NOW).figures if each.subject.name == name]
    return wording.against_training(figure)


def test_the_week_is_compared_with_what_the_champions_were_trained_on_but_that_raises_nothing(champions, models_dir):
    record(models_dir, "svm", Reference(TRAINING, CONFIDENCE))
    past(60)
    draw(WEEK, 60)
    found = report(weeks=1, now=NOW)
    assert told("ink").endswith(": different from what the models were trained on.")
    assert told("digits") == "0.00: like what the models were trained on."
    assert " the held-out drawings" in told("svm 1")
    assert not found.is_raised


def test_versions_without_a_reference_are_named_and_earlier_weeks_still_compared(champions, models_dir):
    record(models_dir, "svm", Reference(TRAINING, CONFIDENCE))
    past(60)
    draw(WEEK, 60)
    found = report(weeks=1, now=NOW)
    assert wording.details(found)[-1] == (
        "No reference is recorded with CNN v1: only earlier weeks can be compared with."
    )
    assert found.figures[3].against_earlier is not None
    assert told("width") == "No reference is recorded to compare it with."
    assert told("size") == "Training drawings have no size: they are normalised."
    assert told("verdicts") == "What these versions say together to the held-out drawings is not recorded."


def test_a_damaged_reference_is_named_and_is_no_error(champions, models_dir):
    (models_dir / "svm/v1" / REFERENCE).write_text("{}")
    found = report(weeks=1, now=NOW)
    assert wording.details(found)[-1].startswith("svm/v1/reference.json is not a valid reference")


def test_answers_together_are_compared_if_they_are_of_these_very_versions(champions, models_dir):
    artifacts = {kind: each.sha256 for kind, each in champions.items()}
    verdicts = {"verdicts": count("verdicts", [0] * 190 + [1] * 10), **CONFIDENCE}
    record(models_dir, "cnn", Reference(TRAINING, CONFIDENCE, Together(artifacts, verdicts)))
    assert references().counts("verdicts").tolist() == [190, 10, 0]
    for others in ({"svm": artifacts["svm"]}, artifacts | {"svm": "another"}, artifacts | {"pen": "more"}):
        record(models_dir, "cnn", Reference(TRAINING, CONFIDENCE, Together(others, verdicts)))
        assert references().counts("verdicts") is None


def test_without_champions_there_is_none(models_dir):
    found = references()
    assert (found.versions, found.unrecorded, list(found.damaged)) == ({}, {}, [])
    assert found.counts("ink") is None
