"""Model cards: what they say of a version, and figures that show what they should."""

import io
import platform
import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from predictor.ml import artifacts
from predictor.ml.strokes.trajectory import CHANNELS, POINTS
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.errors import DatasetError
from predictor.training.evaluation.cards import documents, machine
from predictor.training.evaluation.evaluate import score
from predictor.training.evaluation.photographs import Counts
from tests.ml import tiny

LABELS = np.arange(40, dtype=np.uint8) % 10
DATA = Dataset(np.full((40, 28, 28), 9, np.uint8), LABELS)
ANSWERS = np.full((40, 10), 0.02, np.float32)
ANSWERS[np.arange(40), np.where(np.arange(40) == 7, 3, LABELS)] = 0.82  # a 7 is predicted as a 3
FOUND = score(ANSWERS, DATA)


def card(**changes: object) -> str:
    return documents(tiny.sidecar(**changes), answers=ANSWERS, data=DATA)["card.md"].decode()


def row(text: str, start: str) -> list[str]:
    """The cells of the only table row that starts like this."""
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {start} |")]
    return found.strip("|").split(" | ")


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def test_a_version_gets_a_card_and_two_small_figures() -> None:
    found = documents(tiny.sidecar(), answers=ANSWERS, data=DATA)
    assert list(found) == ["card.md", "confusion.png", "reliability.png"]
    assert all(len(content) < 24_000 for content in found.values())
    for name in ("confusion.png", "reliability.png"):
        assert f"]({name})" in found["card.md"].decode()
        assert 400 < opened(found[name]).width < 1000


def test_it_names_kind_version_data_and_how_it_was_trained() -> None:
    text = card(
        version=12,
        kind="cnn",
        dataset={"digest": "ab" * 32, "n": 1234, "class_counts": list(range(10))},
        hyperparameters={"epochs": 20, "augmentation": {"rotation": 0.04, "shift": 0.08}},
        calibration={"method": "temperature", "temperature": 1.23456},
    )
    assert text.startswith("# CNN, version 12\n")
    assert "convolutional" in text
    for words in (
        "| digest | " + "ab" * 32,
        "| images | 1234 |",
        "| images of each digit | 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 |",
        "| augmentation | rotation 0.04, shift 0.08 |",
        "| temperature | 1.235 |",
        "| method | temperature |",
        "| base | mnist500 |",
        "| seed | 0 |",
        "| numpy | 2.0 |",
        "1.5 s",
        tiny.sidecar().sha256,
    ):
        assert words in text


def test_of_a_kind_that_reads_strokes_it_says_so() -> None:
    text = documents(tiny.sidecar("pen"), answers=ANSWERS, data=DATA)["card.md"].decode()
    assert text.startswith("# Pen, version 1\n")
    assert f"trajectories of the pen, of one handwritten digit each, float32 (n, {POINTS}, {CHANNELS})" in text
    assert "on the held-out drawings:" in text
    assert "(n, 28, 28)" not in text
    assert "MNIST's test images" not in text


def test_every_evaluation_set_has_its_row() -> None:
    text = card(metrics={"mnist_test": FOUND, "pendigits pen 18": FOUND, "a|b": FOUND})
    assert row(text, "MNIST test (reported only)")[1:4] == ["97.50%", "87.12% – 99.56%", "1"]
    assert row(text, "pendigits pen 18")[4] == "40"
    assert r"| a\|b | 97.50%" in text, "a name cannot break the table"


def test_the_parts_of_the_held_out_set_are_named_and_missing_ones_are_left_out() -> None:
    parts = ("held_out", "held_out_mnist", "held_out_strokes", "held_out_drawn")
    text = card(metrics=dict.fromkeys(parts, FOUND))
    for words in ("MNIST", "pen strokes", "reviewed drawings"):
        assert row(text, f"of these, {words}")[4] == "40"
    assert "reviewed drawings" not in card(metrics=dict.fromkeys(parts[:3], FOUND))


def test_a_score_that_an_older_version_lacks_is_a_dash() -> None:
    text = card(metrics={"held_out": {"misses": 3}})
    assert row(text, "held out (decides on promotion)") == [
        " held out (decides on promotion)",
        "–",
        "– – –",
        "3",
        "–",
        "–",
        "– ",
    ]


def test_the_conditions_are_listed_and_the_worst_is_named() -> None:
    robustness = {"original": FOUND, "rotated": FOUND | {"accuracy": 0.5}, "black on white": FOUND}
    text = documents(tiny.sidecar(), answers=ANSWERS, data=DATA, robustness=robustness)["card.md"].decode()
    assert row(text, "rotated")[1] == "50.00%"
    assert "Lowest accuracy: rotated." in text
    assert "Robustness" not in card()


def test_it_states_the_limits_of_the_version() -> None:
    limits = card().split("## Limits")[1]
    assert "only the ten digits" in limits


def test_a_card_names_the_machine_that_trained_if_it_is_another() -> None:
    card = documents(tiny.sidecar(), answers=ANSWERS, data=DATA, trained_on="64 cores")["card.md"].decode()
    assert "| machine | 64 cores |" in card


def test_the_machine_is_described_without_its_name() -> None:
    assert machine().endswith(f", {platform.machine()}, {platform.system()}, Python {platform.python_version()[:4]}")
    text = card()
    assert machine() in text
    assert str(Path.cwd()) not in text
    assert socket.gethostname() not in machine().split(", ")


def test_more_misses_are_darker_and_the_diagonal_is_pale() -> None:
    many = Dataset(np.repeat(DATA.pixels, 10, axis=0), np.zeros(400, np.uint8))
    predicted = np.array([0] * 100 + [3] * 200 + [5] * 99 + [8])
    picture = opened(
        documents(tiny.sidecar(), answers=np.eye(10, dtype=np.float32)[predicted], data=many)["confusion.png"]
    )
    left, top, cell = 76, 122, 56
    light = [sum(picture.getpixel((left + cell * column + 6, top + 6))) for column in range(10)]  # of the row of zeros
    assert light[3] < light[5] < light[8] < light[0] < light[1] == 3 * 255
    assert light[0] > 3 * 220


@pytest.mark.parametrize(
    "answers",
    [
        np.eye(10, dtype=np.float32)[LABELS],
        np.eye(10, dtype=np.float32)[9 - LABELS],
        np.full((40, 10), 0.1, np.float32),
    ],
    ids=["all correct", "all wrong", "uniform"],
)
def test_extreme_answers_are_drawn(answers: np.ndarray) -> None:
    found = documents(tiny.sidecar(), answers=answers, data=DATA)
    assert opened(found["confusion.png"]).size > (1, 1)
    assert opened(found["reliability.png"]).size > (1, 1)


def test_data_without_one_of_the_digits_are_drawn() -> None:
    which = np.flatnonzero(LABELS != 4)
    documents(tiny.sidecar(), answers=ANSWERS[which], data=DATA[which])


def test_without_images_there_is_no_card() -> None:
    with pytest.raises(DatasetError, match="no drawing"):
        documents(tiny.sidecar(), answers=ANSWERS[:0], data=EMPTY)


def test_it_is_published_beside_its_version_and_knows_its_number(tmp_path: Path) -> None:
    for _ in range(2):
        artifacts.publish(
            tmp_path, tiny.sidecar(), tiny.artifact(), lambda sidecar: documents(sidecar, answers=ANSWERS, data=DATA)
        )
    directory = artifacts.version_directory(tmp_path, "svm", 2)
    assert (directory / "card.md").read_text().startswith("# SVM, version 2\n")
    assert sorted(path.name for path in directory.iterdir()) == [
        "card.md",
        "confusion.png",
        "model.onnx",
        "reliability.png",
        "sidecar.json",
    ]


def test_it_says_what_it_makes_of_photographs_the_worst_conditions_first() -> None:
    found = {f"light {share} %": Counts(100, 99, 90 + share, 10 - share, 0) for share in range(5)}
    found |= {f"fold {share} %": Counts(100, 100, 99, 1, 1) for share in range(9)}
    text = documents(tiny.sidecar(), answers=ANSWERS, data=DATA, photographs=found)["card.md"].decode()
    assert row(text, "all") == [" all", "1400", "1395", "49", "9 "]
    lines = text[text.index("## Photographs") :].splitlines()
    assert [line.split(" | ")[0] for line in lines if line.startswith(("| light", "| fold"))] == [
        *(f"| light {share} %" for share in range(5)),
        *(f"| fold {share} %" for share in range(5)),
    ]


def test_without_photographs_it_says_nothing_of_them() -> None:
    assert "Photographs" not in card()
