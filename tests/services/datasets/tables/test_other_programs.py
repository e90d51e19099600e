"""Tables as other programs write them: each row is imported with its own label, or the whole file is refused."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.models import Submission
from predictor.services.datasets.tables.text import MAX_LINE
from predictor.services.learning.reviewed import reviewed
from predictor.training.data.dataset import Dataset, Mnist
from predictor.training.errors import DatasetError
from tests.services.datasets.files import attempt, read

pytestmark = pytest.mark.django_db

PIXELS = [f"pixel{i}" for i in range(784)]
FROM_ONE = [f"pixel{i}" for i in range(1, 785)]
GRID = [f"{i}x{j}" for i in range(1, 29) for j in range(1, 29)]
OTHERS_EXPECT = "Expected: a column named label, class, digit, target or y, and 784 named pixel0 to pixel783"
Table = tuple[Sequence[str] | None, list[list[Any]]]


@pytest.fixture
def mnist(settings) -> Mnist:
    return Mnist.read(settings.MNIST_DIR)


@pytest.fixture
def data(mnist: Mnist) -> Dataset:
    """What the database must hold in the end."""
    return mnist.dataset(np.arange(10))


@pytest.fixture
def rows(mnist: Mnist) -> list[list[int]]:
    """Ten rows of a label and 784 levels, as MNIST has them."""
    return np.column_stack((mnist.labels[:10], mnist.levels[:10].reshape(10, 784))).tolist()


def text(head: Sequence[object] | None, rows: Sequence[Sequence[object]], **dialect: Any) -> bytes:
    """A table, by default with commas and line feeds."""
    out = io.StringIO()
    writer = csv.writer(out, **{"lineterminator": "\n"} | dialect)
    writer.writerows([*([] if head is None else [head]), *rows])
    return out.getvalue().encode()


def reordered(order: Sequence[int], rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [[row[i] for i in order] for row in rows]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def floats(rows: list[list[int]], scale: float = 1) -> list[list[float]]:
    return [[float(label), *(level / scale for level in levels)] for label, *levels in rows]


def by_name(head: list[str], rows: list[list[int]]) -> bytes:
    """Columns sorted by their names, as some programs sort them."""
    order = sorted(range(len(head)), key=lambda i: head[i])
    return text([head[i] for i in order], reordered(order, rows))


def of_r(head: list[str], rows: list[list[int]], **dialect: Any) -> bytes:
    """R's write.csv: rows have names, and all text is quoted."""
    return text(["", *head], [[str(i), *row] for i, row in enumerate(rows, 1)], quoting=csv.QUOTE_NONNUMERIC, **dialect)


def savetxt(rows: list[list[int]], **options: Any) -> bytes:
    out = io.BytesIO()
    np.savetxt(out, np.array(rows), **options)
    return out.getvalue()


LABELLED = ["label", *PIXELS]
LAST = [*range(1, 785), 0]

SOUND: dict[str, Callable[[list[list[int]]], bytes]] = {
    "Kaggle": lambda rows: text(LABELLED, rows),
    "OpenML": lambda rows: text([*FROM_ONE, "class"], reordered(LAST, rows)),
    "OpenML, quoted": lambda rows: text([*FROM_ONE, "class"], reordered(LAST, rows), quoting=csv.QUOTE_ALL),
    "names of rows and columns": lambda rows: text(["label", *GRID], rows),
    "names of rows and columns, sorted": lambda rows: by_name(["label", *GRID], rows),
    "sorted": lambda rows: by_name(LABELLED, rows),
    "sorted, label last": lambda rows: by_name(["target", *PIXELS], rows),
    "scikit-learn": lambda rows: text(
        [*(f"pixel_{i}_{j}" for i in range(28) for j in range(28)), "target"], reordered(LAST, rows)
    ),
    "x and y": lambda rows: text(
        ["digit", *(f"x{j}y{i}" for j in range(28) for i in range(28))],
        reordered([0, *(1 + 28 * i + j for j in range(28) for i in range(28))], rows),
    ),
    "all quoted": lambda rows: text(LABELLED, rows, quoting=csv.QUOTE_ALL),
    "no head, all quoted": lambda rows: text(None, rows, quoting=csv.QUOTE_ALL),
    "R": lambda rows: of_r(LABELLED, rows),
    "R, write.csv2": lambda rows: of_r(LABELLED, rows, delimiter=";"),
    "R, mangled": lambda rows: text(["X", "label", *(f"X{name}" for name in GRID)], [[7, *row] for row in rows]),
    "R, names of its own": lambda rows: of_r([f"V{i}" for i in range(1, 786)], rows),
    "pandas": lambda rows: text(["", *LABELLED], [[i, *row] for i, row in enumerate(rows)]),
    "pandas, twice": lambda rows: text(
        ["Unnamed: 0.1", "Unnamed: 0", *LABELLED], [[i, 9 - i, *row] for i, row in enumerate(rows)]
    ),
    "pandas, names of its own": lambda rows: text(range(785), rows),
    "pandas, floats": lambda rows: text(LABELLED, floats(rows)),
    "pandas, floats to 1": lambda rows: text(LABELLED, floats(rows, 255)),
    "no head, floats to 1": lambda rows: text(None, floats(rows, 255)),
    "Excel": lambda rows: b"\xef\xbb\xbf" + text(LABELLED, rows, delimiter=";", lineterminator="\r\n"),
    "Excel, naming its delimiter": lambda rows: b"sep=;\r\n" + text(LABELLED, rows, delimiter=";"),
    "Excel, Unicode text": lambda rows: text(LABELLED, rows, delimiter="\t").decode().encode("utf-16"),
    "Excel, decimal commas": lambda rows: text(
        LABELLED, [[f"{cell:.1f}".replace(".", ",") for cell in row] for row in rows], delimiter=";"
    ),
    "Excel, emptied rows and columns": lambda rows: text(
        [*LABELLED, "", ""], [*([*row, "", ""] for row in rows), [""] * 787, [""] * 787], delimiter=";"
    ),
    "old Mac": lambda rows: text(LABELLED, rows, lineterminator="\r"),
    "blank lines": lambda rows: b"\n\r\n" + text(LABELLED, rows).replace(b"\n", b"\n\n") + b"\n \n",
    "blanks and capitals": lambda rows: text(
        [" Label ", *(f" Pixel {i} " for i in range(784))], [[f" {cell} " for cell in row] for row in rows]
    ),
    "a comma behind each row": lambda rows: text(LABELLED, rows).replace(b"\n", b",\n"),
    "a comma behind each row but the head": lambda rows: text(LABELLED, [[*row, ""] for row in rows]),
    "numbers with leading zeros": lambda rows: text(["label", *(f"px{i:03}" for i in range(784))], rows),
    "facts around": lambda rows: text(
        ["id", "split", *PIXELS, "class", "prediction"],
        [[i, "test", *row[1:], row[0], 4] for i, row in enumerate(rows)],
    ),
    "both a label and a class": lambda rows: text(["class", *LABELLED], [[4, *row] for row in rows]),
    "a remark of several lines": lambda rows: text(
        ["remark", *LABELLED], [['a "7",\nor\r\n a 1, 2; 3', *row] for row in rows]
    ),
    "an image in a cell": lambda rows: text(
        ["emotion_id", "label", "pixels"], [[4, label, " ".join(map(str, levels))] for label, *levels in rows]
    ),
    "a list in a cell": lambda rows: text(["image", "label"], [[str(levels), label] for label, *levels in rows]),
    "an array in a cell": lambda rows: text(
        ["image", "label"], [[str(np.array(levels).reshape(28, 28)), label] for label, *levels in rows]
    ),
    "NumPy": lambda rows: savetxt(rows, delimiter=","),
    "NumPy, blanks between": savetxt,
    "NumPy, aligned": lambda rows: savetxt(rows, fmt="%4d", header=" ".join(LABELLED)),
    "NumPy with a head": lambda rows: savetxt(rows, delimiter=",", fmt="%d", header=",".join(LABELLED)),
}


@pytest.mark.parametrize("write", SOUND.values(), ids=SOUND)
def test_a_table_of_another_program_is_imported_with_its_labels(write, rows, data, tmp_path):
    assert read(written(tmp_path / "data.csv", write(rows))).imported == 10
    assert reviewed().digest == data.digest


# Unclear columns.


def of_one_class(rows: list[list[int]]) -> list[list[int]]:
    return [[5, *row[1:]] for row in rows]


UNKNOWN: dict[str, tuple[Callable[[list[list[int]]], bytes], str]] = {
    "no head, label last": (lambda rows: text(None, reordered(LAST, rows)), "its first column looks like levels"),
    "no head, label last, of one class": (
        lambda rows: text(None, reordered(LAST, of_one_class(rows))),
        "its first column looks like levels, and its last like labels",
    ),
    "no head, label last, floats": (
        lambda rows: text(None, reordered(LAST, floats(rows, 255))),
        "its first column looks like levels",
    ),
    "no head, label last, black on white": (
        lambda rows: text(None, [[*(255 - level for level in levels), label] for label, *levels in rows]),
        "its first column looks like levels",
    ),
    "no head, the rows numbered": (
        lambda rows: text(None, [[i, *row[1:]] for i, row in enumerate(rows * 3)]),
        "its first column seems to number the rows",
    ),
    "no head, labels at both ends": (
        lambda rows: text(None, [[*row[:-1], row[0]] for row in rows]),
        "both its first and",
    ),
    "pandas' names, label last": (
        lambda rows: text(range(785), reordered(LAST, rows)),
        "its first column looks like levels",
    ),
    "names that might move a cursor": (
        lambda rows: text(["label", *(f"\x1b[2J{i}" for i in range(783)), "pixel"], rows),
        r"it names no '\\x1b\[2j783'",
    ),
    "no label": (lambda rows: text(PIXELS, [row[1:] for row in rows]), "it names no label"),
    "a label of another name": (lambda rows: text(["what", *PIXELS], rows), "it names no label"),
    "two labels": (
        lambda rows: text(["class", "digit", *PIXELS], [[1, *row] for row in rows]),
        "names the label twice",
    ),
    "the label twice": (lambda rows: text(["label", *LABELLED], [[1, *row] for row in rows]), "names the label twice"),
    "a level too few": (
        lambda rows: text([*LABELLED[:18], *LABELLED[19:]], [[*row[:-1]] for row in rows]),
        "no 'pixel17'",
    ),
    "a level twice": (lambda rows: text(["label", *PIXELS, "pixel7"], [[*row, 0] for row in rows]), "'pixel7' twice"),
    "a level instead of another": (
        lambda rows: text(["label", *PIXELS[:-1], "pixel7"], rows),
        "it names no 'pixel783'",
    ),
    "a level too many": (lambda rows: text([*LABELLED, "pixel784"], [[*row, 0] for row in rows]), "names 785 levels"),
    "two images": (
        lambda rows: text([*LABELLED, *(f"raw{i}" for i in range(784))], [[*row, *row[1:]] for row in rows]),
        "it names more than one image",
    ),
    "names that mean nothing": (lambda rows: text(["label", *(f"{i}a" for i in range(784))], rows), "not a label and"),
    "columns first, perhaps": (
        lambda rows: text(["label", *(f"{j}x{i}" for i in range(28) for j in range(28))], rows),
        "seem to go down the columns",
    ),
    "letters for rows and columns": (
        lambda rows: text(["label", *(f"a{i}b{j}" for i in range(28) for j in range(28))], rows),
        "does not say which number in 'a0b0' is the row",
    ),
    "another size": (lambda rows: text(["label", *PIXELS[:64]], [row[:65] for row in rows]), "65 columns"),
    "ARFF": (lambda rows: b"@RELATION mnist\n@ATTRIBUTE pixel0 REAL\n@DATA\n" + text(None, rows), "it names no label"),
    "UTF-16 without its mark": (
        lambda rows: text(LABELLED, rows).decode().encode("utf-16-le"),
        "not a label and|no label",
    ),
}


@pytest.mark.parametrize(("write", "reason"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_table_with_unclear_columns_is_refused_with_what_was_expected(write, reason, rows, tmp_path):
    with pytest.raises(DatasetError, match=rf"data\.csv: .*(?:{reason}).*\. {OTHERS_EXPECT}"):
        read(written(tmp_path / "data.csv", write(rows)))
    assert Submission.objects.count() == 0


def test_all_rows_are_examined_for_whether_labels_come_first(rows, tmp_path):
    """In a file that is sorted by label, the first thousands of rows do not help."""
    zeros = [[0] * 14 + [i // 250, i % 250] + [255] * 400 + [0] * 368 + [0] for i in range(1200)]
    with pytest.raises(DatasetError, match="its first column looks like levels, and its last like labels"):
        read(written(tmp_path / "data.csv", text(None, [*zeros, *reordered(LAST, rows)])))
    assert Submission.objects.count() == 0


def test_levels_of_only_0_and_1_are_ambiguous(rows, tmp_path):
    bits = [[label, *(int(level > 127) for level in levels)] for label, *levels in rows]
    with pytest.raises(DatasetError, match="all levels are 0 or 1"):
        read(written(tmp_path / "data.csv", text(LABELLED, bits)))
    assert Submission.objects.count() == 0


def test_a_scale_is_that_of_the_whole_file(rows, data, tmp_path):
    """Or else a row of specks, a thousandth of the others, would be blown up to a drawing."""
    specks = [[3, *(level / 255 for level in rows[0][1:])]]
    _, refusals = attempt(written(tmp_path / "data.csv", text(LABELLED, [*specks, *rows])))
    assert refusals == ["line 2: Nothing is drawn on the image."]
    assert reviewed().digest == data.digest


def test_floats_may_lie_a_little_beyond_their_scale(rows, data, tmp_path):
    beyond = [[label, *(level / 255 * 1.0000002 for level in levels)] for label, *levels in rows]
    read(written(tmp_path / "data.csv", text(LABELLED, beyond)))
    assert reviewed().digest == data.digest


def test_a_table_with_tabs_may_say_so_in_its_name(rows, tmp_path):
    assert read(written(tmp_path / "data.tsv", text(LABELLED, rows, delimiter="\t"))).imported == 10


# Bad rows.


def test_a_line_too_long_for_a_row_is_not_cut_in_a_number(rows, tmp_path):
    levels = ",".join(map(str, rows[0][1:]))
    note = "?" * (MAX_LINE - len(f"{levels},,1"))
    content = text([*PIXELS, "note", "class"], [[*row[1:], "?", row[0]] for row in rows[1:]])
    _, refusals = attempt(written(tmp_path / "data.csv", content + f"{levels},{note},12\n".encode()))
    assert refusals == ["line 11: its label '1\N{REPLACEMENT CHARACTER}' is not 0 to 9"]


@pytest.mark.parametrize("label", ["7.5", "nan", "NaN", "", "10", "7 or 1", "٣", "-7", "seven", "0x7", "1e1"])
def test_an_invalid_label_is_refused_by_its_line(label, rows, tmp_path):
    outcome, refusals = attempt(written(tmp_path / "data.csv", text(LABELLED, [[label, *rows[0][1:]], *rows[1:]])))
    assert refusals == [f"line 2: its label {label!r} is not 0 to 9"]
    assert outcome.imported == 9


@pytest.mark.parametrize("level", ["", "nan", "-1", "256", "255.6", "1e3", "0x7", "٣", "inf", "1_0", "1,0"])
def test_an_invalid_level_is_refused_by_its_line(level, rows, tmp_path):
    outcome, refusals = attempt(written(tmp_path / "data.csv", text(LABELLED, [[*rows[0][:-1], level], *rows[1:]])))
    assert refusals == [f"line 2: {level!r} is not a level from 0 to 255"]
    assert outcome.imported == 9


def test_a_quote_that_is_never_closed_costs_one_row(rows, data, tmp_path):
    content = text(LABELLED, rows, quoting=csv.QUOTE_ALL).replace(b'"\n', b"\n", 1)
    outcome, refusals = attempt(written(tmp_path / "data.csv", content.replace(b'"pixel783\n', b'"pixel783"\n')))
    assert outcome.imported == 10
    assert refusals == []
    assert reviewed().digest == data.digest


@pytest.mark.parametrize("place", [0, 1, 400])
def test_an_extra_quote_costs_one_row(place, rows, tmp_path):
    lines = text(LABELLED, rows).split(b"\n")
    cells = lines[3].split(b",")
    cells[place] = b'"' + cells[place]
    outcome, refusals = attempt(written(tmp_path / "data.csv", b"\n".join([*lines[:3], b",".join(cells), *lines[4:]])))
    assert outcome.imported == 9
    assert refusals == [f"line 4: it has {place + 1} columns, not 785"]


def test_unclosed_quotes_on_every_other_row_swallow_no_rows(rows, data, tmp_path):
    remarked = text([*LABELLED, "remark"], [[*row, "?"] for row in rows]).replace(b"?", b'"')
    read(written(tmp_path / "data.csv", remarked))
    assert reviewed().digest == data.digest


def test_concatenated_tables_are_read_up_to_the_second_header(rows, tmp_path):
    second = text([*FROM_ONE, "class"], reordered(LAST, rows[5:]))
    outcome, refusals = attempt(written(tmp_path / "data.csv", text(LABELLED, rows[:5]) + second))
    assert outcome.imported == 5
    assert outcome.refused == 6
    assert refusals == ["line 7 and what follows: it names the columns again"]


def test_invalid_utf_8_does_no_harm_outside_the_levels(rows, data, tmp_path):
    content = text([*LABELLED, "author"], [[*row, "?"] for row in rows]).replace(b"?", "Müller\0".encode("latin-1"))
    read(written(tmp_path / "data.csv", content))
    assert reviewed().digest == data.digest
