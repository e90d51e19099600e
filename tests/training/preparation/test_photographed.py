"""Training drawings that were photographed, and what was read on the photographs."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from predictor.ml.images import digest
from predictor.training.data.dataset import Dataset
from predictor.training.photographs import sets
from predictor.training.photographs.conditions import conditions
from predictor.training.photographs.digits import Scanned
from predictor.training.photographs.sets import BUILDING, JUDGING, TEACHING, File
from predictor.training.preparation import photographed as module
from predictor.training.preparation.photographed import photographed
from predictor.training.preparation.splits import Splits, with_photographs, with_reviewed
from tests.drawings import encode

SOME = ("clean", "pencil", "light 40 %", "squared paper 15 %", "JPEG quality 65")


@pytest.fixture(autouse=True)
def few_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """And in this process, whose conditions are few."""
    monkeypatch.setattr(module, "conditions", lambda: {name: conditions()[name] for name in SOME})
    monkeypatch.setattr(module.processes, "each", module.processes._in_turn)


def cosines(some: Dataset, others: Dataset) -> np.ndarray:
    one, two = (each.pixels.reshape(len(each), -1).astype(np.float32) for each in (some, others))
    one, two = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, two))
    return one @ two.T


def test_what_is_read_is_one_of_the_drawings_with_its_label(few: Splits) -> None:
    found = photographed(few.training, 4, seed=1)
    assert len(SOME) * 4 - 2 <= len(found) <= len(SOME) * 4
    nearest = cosines(found, few.training)
    assert (nearest.max(axis=1) > 0.7).all()
    assert (few.training.labels[nearest.argmax(axis=1)] == found.labels).mean() > 0.9
    assert len({digest(pixels) for pixels in found.pixels} & {digest(pixels) for pixels in few.training.pixels}) < 5


def test_the_seed_decides_on_all_of_it(few: Splits) -> None:
    assert photographed(few.training, 2, seed=1).digest == photographed(few.training, 2, seed=1).digest
    assert photographed(few.training, 2, seed=1).digest != photographed(few.training, 2, seed=2).digest


@pytest.mark.parametrize("seed", [BUILDING, JUDGING])
def test_no_run_photographs_as_those_who_build_or_judge_do(few: Splits, seed: int, monkeypatch) -> None:
    seeds = []

    def photographs(condition: str, digits: list[Scanned], *, seed: int) -> Iterator[File]:
        seeds.append(seed)
        return sets.photographs(condition, digits, seed=seed)

    monkeypatch.setattr(module, "photographs", photographs)
    photographed(few.training, 1, seed=seed)
    assert set(seeds) == {TEACHING + seed}
    assert TEACHING + seed not in (BUILDING, JUDGING)


def test_what_something_else_was_read_on_is_left_out(few: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    line, nothing = np.zeros((28, 28), np.uint8), None
    line[13:15] = 255
    read = iter([line, nothing] * len(SOME))
    monkeypatch.setattr(module, "_read", lambda _: next(read))
    assert len(photographed(few.training, 2, seed=1)) == 0


def test_a_picture_with_nothing_on_it_is_read_as_nothing() -> None:
    assert module._read(encode(Image.new("L", (200, 200), 200))) is None


def test_photographs_join_the_training_set_before_what_reviewers_labelled(few: Splits) -> None:
    found = with_photographs(few, 2, seed=1)
    assert found.n_photographed == len(found.training) - len(few.training) > 0
    assert found.counts["photographed"] == found.n_photographed
    assert (found.held_out, found.validation, found.test) == (few.held_out, few.validation, few.test)
    reviewed = with_reviewed(found, few.held_out[np.arange(3)], few.held_out[np.arange(3, 5)])
    assert reviewed.site_labels == few.held_out[np.arange(5)].class_counts
    assert reviewed.n_photographed == found.n_photographed
