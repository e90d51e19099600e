"""What was exported is imported as the same dataset."""

import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from predictor.ml import images
from predictor.models import Submission
from predictor.services.datasets.imports import Outcome
from predictor.services.learning.reviewed import reviewed
from tests.datasets import FILES, LAYOUTS, export, keep, keep_all
from tests.services.datasets.files import THREE, read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_exported_is_imported_as_the_same_dataset(layout, tmp_path):
    before = keep_all(30)
    export(tmp_path / FILES[layout])
    Submission.objects.all().delete()
    assert read(tmp_path / FILES[layout]) == Outcome(imported=30, known=0, labelled=0, refused=0)
    assert reviewed().digest == before


@pytest.mark.parametrize("layout", LAYOUTS)
@hypothesis(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given=st.dictionaries(
        arrays.arrays(np.uint8, (28, 28)).filter(np.any).map(np.ndarray.tobytes), st.integers(0, 9), min_size=1
    )
)
def test_any_pixels_come_back_as_they_were(layout, given, tmp_path):
    Submission.objects.all().delete()
    for pixels, label in given.items():
        keep(np.frombuffer(pixels, np.uint8).reshape(28, 28), label)
    before = reviewed().digest
    export(tmp_path / FILES[layout], overwrite=True)
    Submission.objects.all().delete()
    read(tmp_path / FILES[layout])
    assert reviewed().digest == before


def test_what_is_not_a_digit_comes_back_too(tmp_path):
    keep(THREE, review="none")
    keep_all(1)
    export(tmp_path / "data.zip", not_a_digit=True)
    Submission.objects.all().delete()
    read(tmp_path / "data.zip")
    back = Submission.objects.get(digest=images.digest(THREE))
    assert (back.review, back.label) == ("none", None)


def test_an_exported_archive_may_be_unpacked_first(tmp_path):
    before = keep_all(10)
    export(tmp_path / "data.zip")
    Submission.objects.all().delete()
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        archive.extractall(tmp_path / "data")
    read(tmp_path / "data")
    assert reviewed().digest == before
