"""Comma-separated values."""

import numpy as np
import pytest

from predictor.models import Submission
from predictor.services.learning.reviewed import reviewed
from predictor.training.data.dataset import Mnist
from tests.datasets import drawn
from tests.services.datasets.files import THREE, read, refused, row, table

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "head",
    [
        "",
        "label," + ",".join(f"{i}x{j}" for i in range(28) for j in range(28)) + "\r\n",
        "\ufefflabel," + ",".join(map(str, range(784))) + "\n",
    ],
    ids=["none", "another", "Excel's"],
)
def test_a_table_may_have_another_first_line_or_none(head, tmp_path, settings):
    mnist = Mnist.read(settings.MNIST_DIR)
    first = np.arange(5)
    rows = [row(levels, label) for levels, label in zip(mnist.levels[first], mnist.labels[first], strict=True)]
    (tmp_path / "data.csv").write_text(head + "\n".join(rows), newline="")
    assert read(tmp_path / "data.csv").imported == 5
    assert reviewed().digest == mnist.dataset(first).digest


@pytest.mark.parametrize(
    ("number", "line", "reason"),
    [
        (2, row(THREE, 10), "its label '10' is not 0 to 9"),
        (2, row(THREE, -1), "its label '-1' is not 0 to 9"),
        (2, row(THREE, ""), "its label '' is not 0 to 9"),
        (2, row(THREE[:27], 3), "it has 757 columns, not 785"),
        (2, row(THREE, 3) + ",1", "it has 786 columns, not 785"),
        (2, row(THREE.astype(int) + 1, 3), "'256' is not a level from 0 to 255"),
        (2, row(THREE, 3)[:-1] + "x", "'x' is not a level from 0 to 255"),
        (2, row(np.zeros((28, 28), int), 3), "Nothing is drawn on the image."),
        (2, "1," * 100_000, "it has 32769 columns, not 785"),
        (2, "\0\xff", "it has 1 columns, not 785"),
    ],
    ids=["ten", "negative", "no label", "short", "long", "256", "x", "blank", "endless", "binary"],
)
def test_a_bad_line_is_named_and_the_others_are_imported(number, line, reason, tmp_path):
    (first, label), (last, other) = drawn(2)
    path = table(tmp_path / "data.csv", row(first, label), line, row(last, other))
    assert refused(path) == [f"line {number}: {reason}"]
    assert Submission.objects.count() == 2
