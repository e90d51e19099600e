"""Images and labels in two arrays, as NumPy's archive or as IDX files."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from predictor.ml import pictures
from predictor.models import Submission
from predictor.services.datasets.imports import Outcome
from predictor.services.learning.reviewed import reviewed
from predictor.training.data.dataset import Mnist
from predictor.training.errors import DatasetError
from tests.datasets import FILES, drawn, export, keep_all
from tests.drawings import draw
from tests.services.datasets.files import IDX, THREE, announcing, attempt, idx, read, refused, saved, zipped

pytestmark = pytest.mark.django_db


def test_mnists_own_files_are_read_as_training_reads_them(tmp_path, settings):
    mnist = Mnist.read(settings.MNIST_DIR)
    first, last = np.arange(50), np.arange(60_000, 60_050)
    idx(tmp_path, mnist.levels[first], mnist.labels[first])
    idx(tmp_path, mnist.levels[last], mnist.labels[last], name="t10k")
    assert read(tmp_path).imported == 100
    assert reviewed().digest == mnist.dataset(np.concatenate((first, last))).digest


def test_idx_files_need_not_be_gzipped(tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]))
    for file in list(tmp_path.iterdir()):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    assert read(tmp_path).imported == 1


def test_arrays_of_any_size_are_normalised(tmp_path):
    levels = np.asarray(draw())
    read(saved(tmp_path / "data.npz", pixels=levels[None], labels=np.uint8([3])))
    found = Submission.objects.get()
    assert bytes(found.pixels) == THREE.tobytes()
    assert np.array_equal(pictures.decode(bytes(found.image)), levels), "what was sent can be normalised anew later"


# Some images are refused.


def test_a_bad_image_in_an_array_is_named_and_the_others_are_imported(tmp_path):
    pixels = np.stack([THREE, np.zeros((28, 28), np.uint8), drawn(1)[0][0]])
    path = saved(tmp_path / "data.npz", pixels=pixels, labels=np.uint8([12, 1, drawn(1)[0][1]]))
    assert refused(path) == [
        "pixels.npy, image 0: its label '12' is not 0 to 9",
        "pixels.npy, image 1: Nothing is drawn on the image.",
    ]
    assert Submission.objects.count() == 1


def test_images_after_a_truncation_are_refused_and_those_before_it_are_kept(tmp_path):
    pixels, digits = (np.array(each) for each in zip(*drawn(20), strict=True))
    idx(tmp_path, pixels, digits.astype(np.uint8))
    file = tmp_path / f"{IDX[0]}.gz"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    outcome, refusals = attempt(tmp_path)
    kept = Submission.objects.count()
    assert 5 < kept < 15
    assert outcome == Outcome(imported=kept, known=0, labelled=0, refused=20 - kept)
    (line,) = refusals
    assert line.startswith(f"{IDX[0]}.gz, images {kept} to 19: the file is damaged: ")


def shorten(path: Path, *missing: int) -> None:
    """Cut this many bytes off the ends of the images and of the labels."""
    if path.is_dir():
        for name, n in zip(IDX, missing, strict=True):
            content = gzip.decompress((path / f"{name}.gz").read_bytes())
            (path / f"{name}.gz").write_bytes(gzip.compress(content[: len(content) - n]))
        return
    with zipfile.ZipFile(path) as archive:
        arrays = [(name, archive.read(name)) for name in ("pixels.npy", "labels.npy")]
    zipped(path, {name: array[: len(array) - n] for (name, array), n in zip(arrays, missing, strict=True)})


@pytest.mark.parametrize("layout", ["idx", "npz"])
@pytest.mark.parametrize(("missing", "kept"), [((1, 0), 19), ((3 * 784 + 1, 0), 16), ((0, 5), 15), ((1, 1), 19)])
def test_complete_images_with_a_label_are_kept_and_all_others_are_counted(layout, missing, kept, tmp_path):
    path = tmp_path / FILES[layout]
    keep_all(20)
    export(path)
    Submission.objects.all().delete()
    shorten(path, *missing)
    outcome, refusals = attempt(path)
    assert outcome == Outcome(imported=kept, known=0, labelled=0, refused=20 - kept)
    name = {"idx": f"{IDX[0]}.gz", "npz": "pixels.npy"}[layout]
    assert refusals == [f"{name}, images {kept} to 19: the file is damaged: it is truncated"]


@pytest.mark.parametrize("which", IDX)
def test_more_data_than_the_header_says_is_reported(which, tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]))
    file = tmp_path / f"{which}.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()) + b"x"))
    assert refused(tmp_path) == [f"{which}.gz: it holds more data than its header says"]
    assert Submission.objects.count() == 1


def test_a_file_whose_checksum_differs_is_reported(tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]))
    file = tmp_path / f"{IDX[0]}.gz"
    content = bytearray(file.read_bytes())
    content[-8] ^= 255
    file.write_bytes(content)
    (line,) = refused(tmp_path)
    assert line.startswith(f"{IDX[0]}.gz: the file is damaged: CRC check failed")


def test_an_array_shorter_than_its_header_says_does_not_take_the_memory_for_it(tmp_path):
    (line,) = refused(announcing(tmp_path / "data.npz", 10**12, 28, 28))
    assert line == "pixels.npy, images 0 to 999999999999: the file is damaged: it is truncated"


# The file is refused.


def headed(path: Path, head: str) -> Path:
    """An array with this header."""
    return zipped(path, {"pixels.npy": b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head.encode()})


@pytest.mark.parametrize(
    "head",
    [
        "{'descr': (), 'fortran_order': False, 'shape': (1, 28, 28), }",
        "{'descr': ('|u1',), 'fortran_order': False, 'shape': (1, 28, 28), }",
        "{'descr': '|,1', 'fortran_order': False, 'shape': (1, 28, 28), }",
        "{[1]: 2}",
        "(" * 5000,
        "~" * 5000 + "1",
        "-" * 9000 + "1",
    ],
    ids=["no type", "half a type", "no name of a type", "unhashable", "open", "deep", "deeper"],
)
def test_an_array_whose_header_does_not_describe_one_is_refused(head, tmp_path):
    with pytest.raises(DatasetError, match=r"data\.npz: pixels\.npy is damaged: its header does not describe an array"):
        read(headed(tmp_path / "data.npz", head))


def test_nothing_is_imported_if_another_pair_is_invalid(tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]), name="a")
    idx(tmp_path, THREE[None], np.uint8([3, 4]), name="b")
    with pytest.raises(DatasetError, match=r"holds 1 images, b-labels-idx1-ubyte\.gz 2 labels"):
        read(tmp_path)
    assert Submission.objects.count() == 0
