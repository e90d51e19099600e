"""What metadata.jsonl says about the pictures beside it."""

import tracemalloc

import numpy as np
import pytest

from predictor.models import Submission
from predictor.services.datasets.imports import Outcome
from tests.drawings import A_SEVEN, BLACK_ON_WHITE, draw, encode
from tests.services.datasets.files import attempt, lines, read, refused, spoilt, zipped
from tests.services.datasets.test_imagefolder import METHODS

pytestmark = pytest.mark.django_db


def test_labels_may_be_in_the_metadata_alone(tmp_path):
    content = {"train/a.png": BLACK_ON_WHITE, "train/b.png": A_SEVEN}
    content["train/metadata.jsonl"] = lines({"file_name": "a.png", "label": 3}, {"file_name": "b.png", "label": "7"})
    assert read(zipped(tmp_path / "data.zip", content)).imported == 2
    assert sorted(Submission.objects.values_list("label", flat=True)) == [3, 7]


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        (b"{", "metadata.jsonl, line 1: it is not JSON that names a file"),
        (b"[]", "metadata.jsonl, line 1: it is not JSON that names a file"),
        (b"{}", "metadata.jsonl, line 1: it is not JSON that names a file"),
        (b"[" * 100_000, "metadata.jsonl, line 1: it is not JSON that names a file"),
        (lines({"file_name": "3/b.png"}), "3/b.png: metadata.jsonl names it, but it is not there"),
        (lines({"file_name": "../3/a.png"}), "../3/a.png: metadata.jsonl names it, but it is not there"),
    ],
)
def test_invalid_metadata_are_reported(metadata, complaint, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": metadata})
    outcome, refusals = attempt(path)
    assert outcome == Outcome(imported=1, known=0, labelled=0, refused=1)
    assert refusals == [complaint]


def test_metadata_that_contradict_the_directory_are_refused(tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": lines({"file_name": "3/a.png", "label": 8})}
    assert refused(zipped(tmp_path / "data.zip", content)) == ["3/a.png: metadata.jsonl says that it is '8'"]


def test_metadata_of_any_length_do_not_stay_in_memory(tmp_path):
    content = {f"{name}.png": encode(draw()) for name in range(20)}
    long = {"label": "3" * 2**20, "digest": "d" * 2**20, "preprocessing": ["p" * 2**20]}
    content["metadata.jsonl"] = lines(*({"file_name": name} | long for name in content))
    path = zipped(tmp_path / "data.zip", content)
    tracemalloc.start()
    try:
        found = refused(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [f"{name}.png: its label '{'3' * 20}' is not 0 to 9" for name in range(20)]
    assert peak < 25 * 2**20, "a line of 3 MiB and what becomes of it; all of them would take 60"


def test_a_long_name_in_the_metadata_is_shortened_in_the_report(tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": lines({"file_name": "b" * 10_000})}
    (line,) = refused(zipped(tmp_path / "data.zip", content))
    assert line == f"{'b' * 255}: metadata.jsonl names it, but it is not there"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_damaged_metadata_are_refused_and_the_pictures_are_imported(method, tmp_path):
    facts = lines({"file_name": "3/a.png", "noise": np.random.default_rng(1).bytes(500).hex()})
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": facts}, method)
    (line,) = refused(spoilt(path, "metadata.jsonl", 100))
    assert line.startswith("metadata.jsonl: it cannot be read: ")
    assert Submission.objects.get().label == 3
