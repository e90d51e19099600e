"""manage.py evaluate --photographs."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from predictor.services.answering.answers import Drawing
from predictor.services.answering.classify import classify, read
from predictor.training.data.dataset import Mnist
from predictor.training.photographs import conditions as room
from predictor.training.photographs.sets import JUDGING, judging_digits, photographs
from tests import hands

NAMES = ["clean", "light 40 %", "red on green", "frame 3 px"]


@pytest.fixture
def four(monkeypatch) -> None:
    """Four of the conditions, to be quick."""
    every = room.conditions()
    monkeypatch.setattr(room, "conditions", lambda: {name: every[name] for name in NAMES})


def evaluate(*arguments: object) -> str:
    out = io.StringIO()
    call_command("evaluate", "--photographs", *map(str, arguments), stdout=out)
    return out.getvalue()


def as_json(*arguments: object) -> Any:
    return json.loads(evaluate("--json", *arguments))


def test_every_condition_has_a_row_and_the_clean_pictures_come_first():
    found = as_json("--first", 1)
    assert list(found) == [*room.conditions(), "all"]
    assert next(iter(found)) == "clean"


def test_the_table_has_a_column_for_each_count_and_shows_shares(four):
    header, *rows = evaluate("--first", 4).splitlines()
    columns = ["n", "right", "right and sure", "refused", "sure but wrong"]
    assert " ".join(header.split()) == " ".join(columns)
    assert [row[:36].strip() for row in rows] == [*NAMES, "all"]
    assert rows[0].split()[1:] == ["4", "100.0%", "100.0%", "0.0%", "0.0%"]
    assert rows[-1].split()[1] == "16"
    assert {len(row) for row in rows} == {len(header)}


def test_the_last_row_adds_all_others_up(four):
    *others, everything = as_json("--first", 6).values()
    assert everything == {count: sum(each[count] for each in others) for count in everything}
    assert everything["n"] == 24


def test_pictures_are_answered_as_the_site_answers_them(four):
    digits = judging_digits(Mnist.read(settings.MNIST_DIR), 8)
    answers = [
        (classify([read(Drawing(content, "api", "r"))])[0].consensus, label)
        for content, label in photographs("light 40 %", digits, seed=JUDGING)
    ]
    assert as_json("--first", 8)["light 40 %"] == {
        "n": 8,
        "right": sum(answer.prediction == label for answer, label in answers),
        "right_and_sure": sum(answer.prediction == label and answer.verdict == "digit" for answer, label in answers),
        "refused": sum(answer.verdict != "digit" for answer, _ in answers),
        "sure_but_wrong": sum(answer.prediction != label and answer.verdict == "digit" for answer, label in answers),
    }


def test_pen_strokes_can_be_photographed(four, tmp_path: Path):
    path = hands.saved(tmp_path / "strokes.jsonl", hands.everything(2))
    found = as_json("--strokes", path)
    assert list(found) == [*NAMES, "all"]
    assert found["clean"]["n"] == 20
    assert found["clean"]["right"] >= 18
    assert as_json("--strokes", path, "--first", 3)["clean"]["n"] == 3


def test_versions_can_be_chosen(four):
    assert as_json("--models", "svm=1", "--first", 2)["clean"]["n"] == 2
    with pytest.raises(CommandError, match="cnn v999 was never published"):
        evaluate("--version", 999)


@pytest.mark.parametrize("other", [["--images", "a"], ["--idx", "a", "b"], ["--robustness"]])
def test_another_test_set_cannot_be_photographed(other: list[str]):
    with pytest.raises(CommandError, match="--photographs takes digits from MNIST or --strokes"):
        evaluate(*other)


def test_strokes_that_are_missing_are_named(four):
    with pytest.raises(CommandError, match="/nowhere is missing"):
        evaluate("--strokes", "/nowhere")
