"""Which pictures of a file can be imported: normalised, labelled, and each drawing once."""

import zipfile

import numpy as np
import pytest

from predictor.ml import images
from predictor.models import Label, Submission
from predictor.services.datasets.imports import Outcome
from tests.datasets import FILES, LAYOUTS, export, keep
from tests.drawings import BLACK_ON_WHITE, TRANSPARENT
from tests.services.datasets.files import THREE, idx, lines, read, refused, row, saved, table, unpacked, zipped

pytestmark = pytest.mark.django_db


# How pixels were normalised.


def altered_by_normalise() -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 255, (28, 28), np.uint8)
    assert not np.array_equal(images.normalise(noise), noise)
    return noise


def member(preprocessing: int | None) -> dict[str, object]:
    return {} if preprocessing is None else {"preprocessing": np.uint8(preprocessing)}


@pytest.mark.parametrize(("said", "kept"), [(images.PREPROCESSING, True), (0, False), (None, False)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pixels_are_kept_as_they_are_only_if_they_had_the_current_preprocessing(layout, said, kept, tmp_path):
    noise, path = altered_by_normalise(), tmp_path / FILES[layout]
    match layout:
        case "imagefolder":
            facts = {"file_name": "3/a.png", "preprocessing": said}
            zipped(path, {"3/a.png": images.to_png(noise), "metadata.jsonl": lines(facts)})
        case "npz":
            saved(path, pixels=noise[None], labels=np.uint8([3]), **member(said))
        case "idx":
            idx(path, noise[None], np.uint8([3]))
            if said is not None:
                (path / "dataset.json").write_bytes(lines({"preprocessing": said}))
        case "csv":
            head = ",".join(["label", *map(str, range(784)), "preprocessing"])
            table(path, *([] if said is None else [head]), row(noise, 3) + ("" if said is None else f",{said}"))
    read(path)
    expected = noise if kept else images.normalise(noise)
    assert bytes(Submission.objects.get().pixels) == expected.tobytes()


def test_a_picture_that_was_changed_after_the_export_is_normalised_again(tmp_path):
    keep(THREE, 3)
    export(tmp_path / "data.zip")
    noise = altered_by_normalise()
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content = {name: images.to_png(noise) if name.endswith(".png") else each for name, each in content.items()}
    Submission.objects.all().delete()
    read(zipped(tmp_path / "data.zip", content))
    assert bytes(Submission.objects.get().pixels) == images.normalise(noise).tobytes()


# The same drawing twice.


def test_the_same_drawing_twice_in_a_file_is_kept_once(tmp_path):
    outcome = read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "3/b.png": TRANSPARENT}))
    assert outcome == Outcome(imported=1, known=1, labelled=0, refused=0)
    assert Label.objects.count() == 1


def test_the_same_drawing_with_two_labels_in_a_file_is_refused_the_second_time(tmp_path):
    path = unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "8/b.png": TRANSPARENT})
    assert refused(path) == ["8/b.png: the same drawing was labelled 3 before"]
    assert Submission.objects.get().label == 3


# How a refusal is reported.


def test_control_characters_are_not_printed(tmp_path):
    (line,) = refused(zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "8/\x1b[2J.png": b""}))
    assert line.startswith("8/�[2J.png: ")
