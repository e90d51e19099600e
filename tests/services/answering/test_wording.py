"""An answer in words."""

import json
from pathlib import Path

import pytest

from predictor.services.answering.wording import percent, sign, summary

CASES = json.loads((Path(__file__).parents[2] / "wording.json").read_text())  # static/js/wording.js is held to them too


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ({"cnn": 3, "mlp": 3, "svm": 3}, "All three say 3."),
        ({"cnn": 0, "mlp": 0, "svm": 0}, "All three say 0."),
        ({"cnn": 2, "mlp": 2, "svm": 2, "knn": 2}, "All four say 2."),
        ({"cnn": 7, "mlp": 7, "svm": 1}, "CNN and MLP say 7, SVM says 1."),
        ({"cnn": 1, "mlp": 7, "svm": 7}, "MLP and SVM say 7, CNN says 1."),
        ({"cnn": 7, "mlp": 1, "svm": 7}, "CNN and SVM say 7, MLP says 1."),
        ({"cnn": 7, "mlp": 4, "svm": 1}, "CNN says 7, MLP says 4, SVM says 1."),
        ({"cnn": 8}, "CNN says 8."),
    ],
)
def test_models_that_say_the_same_are_named_together(said, sentences):
    assert summary(said, prediction=_most_frequent(said), verdict="digit") == sentences


@pytest.mark.parametrize(
    ("said", "unavailable", "sentences"),
    [
        ({"cnn": 0, "svm": 0}, ["mlp"], "CNN and SVM both say 0. MLP is not available."),
        ({"cnn": 7, "svm": 1}, ["mlp"], "CNN says 7, SVM says 1. MLP is not available."),
        ({"svm": 5}, ["cnn", "mlp"], "SVM says 5. CNN and MLP are not available."),
        ({}, ["cnn", "mlp", "svm"], "No model could answer. CNN, MLP and SVM are not available."),
    ],
)
def test_models_that_could_not_answer_are_named_last(said, unavailable, sentences):
    prediction = _most_frequent(said)
    assert summary(said, prediction=prediction, verdict="digit", unavailable=unavailable) == sentences


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ({"cnn": 7, "mlp": 4, "svm": 1}, "Not sure. CNN says 7, MLP says 4, SVM says 1."),
        ({"cnn": 7, "mlp": 7, "svm": 1}, "Not sure. CNN and MLP say 7, SVM says 1."),
        ({"cnn": 7, "mlp": 7, "svm": 7}, "Not sure. All three say 7."),
    ],
)
def test_a_doubtful_answer_says_so_first(said, sentences):
    assert summary(said, prediction=7, verdict="unsure") == sentences


@pytest.mark.parametrize(
    ("said", "unavailable", "opinions"),
    [
        ({"cnn": 8, "mlp": 8, "svm": 8}, [], "all three say 8."),
        ({"cnn": 8, "mlp": 1, "svm": 8}, [], "CNN and SVM say 8, MLP says 1."),
        ({"cnn": 8, "svm": 8}, ["mlp"], "CNN and SVM both say 8. MLP is not available."),
        ({"cnn": 8}, [], "CNN says 8."),
    ],
)
def test_a_drawing_of_no_digit_is_called_so_first(said, unavailable, opinions):
    lead = "This does not look like a digit. Forced to choose, "
    assert summary(said, prediction=8, verdict="not_a_digit", unavailable=unavailable) == lead + opinions


def test_a_consensus_against_the_majority_is_said_first():
    said = {"cnn": 5, "mlp": 6, "svm": 6}
    assert summary(said, prediction=5, verdict="digit") == "On balance 5. MLP and SVM say 6, CNN says 5."


@pytest.mark.parametrize("case", CASES["signs"], ids=lambda case: case["sign"])
def test_the_sign_is_the_digit_the_digit_in_doubt_or_a_question_mark(case):
    assert sign(case["prediction"], case["verdict"]) == case["sign"]


@pytest.mark.parametrize("case", CASES["shares"], ids=lambda case: str(case["share"]))
def test_a_share_reads_as_per_cent(case):
    assert percent(case["share"]) == case["percent"]


def test_several_digits_are_said_to_be_several():
    said = summary({"cnn": 8, "mlp": 8, "svm": 1}, prediction=8, verdict="unsure", is_several=True)
    assert said == "There seem to be several digits. Forced to choose, CNN and MLP say 8, SVM says 1."


def _most_frequent(said):
    digits = list(said.values())
    return max(digits, key=digits.count, default=None)
