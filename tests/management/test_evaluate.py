"""manage.py evaluate: which versions, on what, as a table or JSON; and how it refuses."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from predictor.ml.champions import promote
from predictor.ml.kinds import PIXEL_KINDS
from tests import drawings
from tests.ml import tiny

COLUMNS = ["accuracy", "95 % interval", "misses", "of", "log loss", "ECE"]


def evaluate(*arguments: object) -> str:
    out = io.StringIO()
    call_command("evaluate", *map(str, arguments), stdout=out)
    return out.getvalue()


def as_json(*arguments: object) -> Any:
    return json.loads(evaluate("--json", *arguments))


@pytest.fixture
def published(models_dir: Path) -> Path:
    """Two versions of each kind and a third of the SVM, each with its own answers; the first are champions."""
    for seed, kind in enumerate((*PIXEL_KINDS, *PIXEL_KINDS, "svm")):
        tiny.publish(models_dir, kind, seed)
    promote(models_dir, dict.fromkeys(PIXEL_KINDS, 1))
    return models_dir


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for digit, content in {1: drawings.A_ONE, 3: drawings.BLACK_ON_WHITE, 7: drawings.A_SEVEN}.items():
        (tmp_path / "pictures" / str(digit)).mkdir(parents=True)
        (tmp_path / "pictures" / str(digit) / "a.png").write_bytes(content)
    return tmp_path / "pictures"


def idx(path: Path, levels: np.ndarray) -> Path:
    header = b"\0\0\x08" + struct.pack(f">B{levels.ndim}I", levels.ndim, *levels.shape)
    path.write_bytes(gzip.compress(header + levels.tobytes()))
    return path


# Which versions.


def test_without_a_choice_the_champions_are_scored(published, pictures):
    scores = as_json("--images", pictures)
    assert list(scores) == ["cnn", "mlp", "svm", "consensus"]
    assert [scores[kind]["version"] for kind in PIXEL_KINDS] == [1, 1, 1]
    assert "version" not in scores["consensus"]


def test_a_version_of_all_kinds_can_be_scored(published, pictures):
    scores = as_json("--version", 2, "--images", pictures)
    assert [scores[kind]["version"] for kind in PIXEL_KINDS] == [2, 2, 2]
    assert scores["cnn"]["log_loss"] != as_json("--images", pictures)["cnn"]["log_loss"]


def test_versions_of_some_kinds_can_be_scored_and_have_their_own_consensus(published, pictures):
    scores = as_json("--models", "svm=3", "cnn=1", "--images", pictures)
    assert {name: score.get("version") for name, score in scores.items()} == {"cnn": 1, "svm": 3, "consensus": None}
    alone = as_json("--models", "svm=3", "--images", pictures)
    assert alone["svm"]["log_loss"] == scores["svm"]["log_loss"]
    assert alone["consensus"]["log_loss"] == pytest.approx(alone["svm"]["log_loss"])


def test_a_champion_that_does_not_work_is_left_out_and_logged(published, pictures, caplog):
    (published / "mlp/v1/model.onnx").write_bytes(b"")
    assert list(as_json("--images", pictures)) == ["cnn", "svm", "consensus"]
    assert "mlp is left out: mlp/v1/model.onnx does not have the SHA-256" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--version", "3"], r"cnn v3 was never published; published: v1, v2\."),
        (["--version", "0"], "'0' is not a whole number"),
        (["--version", "two"], "'two' is not a whole number"),
        (["--version", "²"], "is not a whole number"),
        (["--version", "٣"], "is not a whole number of at least 1"),
        (["--models", "svm=4"], "svm v4 was never published; published: v1, v2, v3"),
        (["--models", "knn=1"], "'knn=1' is not a kind and its version"),
        (["--models", "svm"], "'svm' is not a kind and its version"),
        (["--models", "svm="], "'' is not a whole number"),
        (["--models", "svm=1", "svm=2"], "Each kind can be named only once"),
        (["--models", "svm=1", "--version", "1"], "not allowed with"),
        (["--images", "a", "--strokes", "b"], "not allowed with"),
        (["--robustness", "--first", "0"], "argument --first: '0' is not a whole number of at least 1"),
        (["--images", "/nowhere"], "/nowhere is missing"),
        (["--strokes", "/nowhere"], "/nowhere is missing"),
        (["--idx", "/nowhere", "/there"], "/nowhere is missing"),
        (["--idx", "/nowhere"], "expected 2 arguments"),
        (["--pens", "0"], "pen must be wider"),
    ],
)
def test_bad_arguments_are_named(arguments: list[str], reason: str, published):
    with pytest.raises(CommandError, match=reason):
        evaluate(*arguments)


def test_a_version_that_is_damaged_is_named(published, pictures):
    (published / "svm/v2/sidecar.json").write_bytes(b"{")
    with pytest.raises(CommandError, match=r"svm/v2/sidecar\.json is not a valid sidecar"):
        evaluate("--version", 2, "--images", pictures)


def test_without_published_versions_there_is_nothing_to_score(models_dir, pictures):
    with pytest.raises(CommandError, match="No champion works"):
        evaluate("--images", pictures)
    with pytest.raises(CommandError, match="cnn v1 was never published; published: none"):
        evaluate("--version", 1, "--images", pictures)


# Test sets.


def test_a_folder_of_pictures_is_scored(pictures):
    scores = as_json("--images", pictures)  # by the shipped versions
    assert scores["consensus"]["n"] == 3
    assert scores["consensus"]["misses"] == 0


def test_a_pair_of_idx_files_is_scored(published, tmp_path):
    images = idx(tmp_path / "i.gz", np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8))
    labels = idx(tmp_path / "l.gz", np.arange(20, dtype=np.uint8) % 10)
    assert as_json("--idx", images, labels)["svm"]["n"] == 20


def test_a_picture_that_cannot_be_read_is_named(published, pictures):
    (pictures / "3" / "b.png").write_bytes(b"text")
    with pytest.raises(CommandError, match=r"3/b\.png: The image is not a PNG"):
        evaluate("--images", pictures)


@pytest.mark.parametrize("where", ["the path", "inside"])
@pytest.mark.parametrize("option", ["--images", "--strokes", "--idx"])
def test_a_pipe_is_refused(option, where, published, tmp_path):
    path = tmp_path / "data"
    pipe = path
    if where == "inside" and option != "--idx":
        pipe = path / ("3/a.png" if option == "--images" else "metadata.jsonl")
        pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    with pytest.raises(CommandError, match=f"^{path}.*it is not a regular file"):
        evaluate(option, *([path] * (2 if option == "--idx" else 1)))


def test_robustness_is_scored_for_each_and_the_worst_is_stated(published):
    found = as_json("--robustness", "--first", 40)
    *conditions, last = found
    assert last == "worst"
    assert conditions[0] == "original"
    assert len(conditions) == 10
    for name in (*PIXEL_KINDS, "consensus"):
        worst = found["worst"][name]
        assert worst["accuracy"] == min(found[condition][name]["accuracy"] for condition in conditions)
        assert found[worst["condition"]][name] == {key: worst[key] for key in worst if key != "condition"}
    assert found["original"]["svm"]["n"] == 40


# Output.


def test_the_table_has_all_columns_and_a_row_for_each(published, pictures):
    header, *rows = evaluate("--models", "cnn=2", "svm=3", "--images", pictures).splitlines()
    assert [column for column in COLUMNS if column in header] == COLUMNS
    assert [row.split()[:3] for row in rows[:2]] == [["images", "cnn", "v2"], ["images", "svm", "v3"]]
    assert rows[2].split()[:2] == ["images", "consensus"]
    assert {len(line) for line in (header, *rows)} == {len(header)}


def test_the_table_of_robustness_ends_with_the_worst_conditions(published):
    _, *rows = evaluate("--robustness", "--first", 20).splitlines()
    assert len(rows) == 11 * 4
    assert [row.split()[0] for row in rows[-4:]] == ["worst"] * 4
    named = [row.rsplit("  ", 1)[1] for row in rows[-4:]]
    assert all(any(row.startswith(name) for row in rows) for name in named)


def test_a_refusal_is_one_line_and_an_exit_code():
    run = subprocess.run(
        [sys.executable, "manage.py", "evaluate", "--version", "999"],
        cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode != 0
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert "cnn v999 was never published" in run.stderr
