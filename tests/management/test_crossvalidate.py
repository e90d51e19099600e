"""manage.py crossvalidate: what it prints, and how it refuses."""

import io
import re
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from tests.ending import Ending, Told


def crossvalidate(*arguments: object) -> list[str]:
    out = io.StringIO()
    call_command("crossvalidate", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_it_cross_validates_on_the_500():
    first, *progress, last = crossvalidate("--folds", 2, "--processes", 3, "--epochs", 5)
    assert first == "svm: 2 folds, 2 at a time."
    found = re.fullmatch(r"svm: (\d+\.\d\d)% ± \d+\.\d\d% over 2 folds, (\d+) misses of 500", last)
    assert found
    assert float(found[1]) > 85
    assert float(found[1]) == pytest.approx(100 - int(found[2]) / 5, abs=0.01)
    assert [re.sub(r"\d+ s", "9 s", line) for line in progress] == ["svm, fold: 1 of 2, 9 s left", "svm, fold: done"]


@pytest.mark.parametrize(
    "arguments",
    [["--kinds", "knn"], ["--folds", "1"], ["--folds", "51"], ["--seed", "-1"], ["--epochs", "0"], ["--seed", "٤٢"]],
    ids=" ".join,
)
def test_bad_arguments_are_named(arguments):
    with pytest.raises(CommandError, match=f"argument {arguments[0]}"):
        crossvalidate(*arguments)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "is missing"), (b"no gzip", "is damaged"), (b"", "is not the published file")],
    ids=["missing", "damaged", "empty"],
)
def test_a_file_of_mnist_that_is_missing_or_damaged_is_named(content, reason, settings, tmp_path):
    for file in django_settings.MNIST_DIR.glob("*.gz"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    if content is not None:
        (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(content)
    settings.MNIST_DIR = tmp_path
    with pytest.raises(CommandError, match=rf"train-labels-idx1-ubyte\.gz {reason}"):
        crossvalidate()


def test_without_a_training_framework_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    with pytest.raises(CommandError, match="is not installed: run `make setup-train` first"):
        crossvalidate("--folds", 2)


@pytest.mark.parametrize(("processes", "at_a_time"), [(1, 1), (2, 2), (50, 10)])
def test_before_the_first_fold_it_says_how_many_there_are(processes, at_a_time):
    said = Ending(lines=1)
    with pytest.raises(Told):
        call_command("crossvalidate", "--processes", str(processes), stdout=said)
    assert said.getvalue() == f"svm: 10 folds, {at_a_time} at a time.\n"
