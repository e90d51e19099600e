"""manage.py upload_versions"""

import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from predictor.ml import artifacts
from predictor.ml.champions import promote as write
from predictor.models import ModelVersion
from predictor.services.learning.promotions import current, promote
from tests import store
from tests.conftest import SHIPPED, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(tmp_path) -> Path:
    root = tmp_path / "image"
    for version in (1, 2):
        shutil.copytree(SHIPPED / f"svm/v{version}", root / f"svm/v{version}", ignore=shutil.ignore_patterns("*.png"))
    write(root, {"svm": 2})
    return root


def upload(*arguments: object) -> str:
    out = io.StringIO()
    call_command("upload_versions", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_uploads_a_directory_and_makes_its_champions_the_first_ones(bucket, models_dir, image):
    assert upload(image) == "Versions uploaded: svm v1, svm v2\nFirst champions: svm v2\n"
    assert ModelVersion.objects.filter(files__isnull=False).count() == 2
    assert artifacts.published_versions(models_dir, "svm") == [2]
    assert upload(image) == "Versions uploaded: none\n"


def test_by_default_it_uploads_what_is_in_models_dir(bucket, models_dir, image):
    shutil.copytree(image, models_dir, dirs_exist_ok=True)
    assert upload().startswith("Versions uploaded: svm v1, svm v2\n")


def test_it_says_which_numbers_are_taken(bucket, models_dir, image, tmp_path):
    upload(image)
    shutil.copytree(SHIPPED / "svm/v3", tmp_path / "other/svm/v2")
    assert upload(tmp_path / "other").splitlines() == [
        "Versions uploaded: none", "Left out, because another version has the number: svm v2",
    ]  # fmt: skip


@pytest.mark.parametrize("broken", [store.refusing, store.failing])
def test_a_store_that_is_away_is_named(bucket, models_dir, image, settings, broken):
    with broken() as endpoint:
        use(settings, endpoint)
        with pytest.raises(CommandError, match=r"^The store of versions is unavailable: "):
            upload(image)
    assert not ModelVersion.objects.exists()


def test_without_a_store_it_is_refused(models_dir, image):
    with pytest.raises(CommandError, match=r"^There is no store: MODELS_STORE is not set\.$"):
        upload(image)


def test_what_the_store_has_lost_is_uploaded_again_and_named(bucket, models_dir, image):
    upload(image)
    bucket.empty()
    assert upload(image).splitlines() == [
        "Versions uploaded: none", "Uploaded again, because files of theirs were missing: svm v1, svm v2",
    ]  # fmt: skip
    assert upload(image) == "Versions uploaded: none\n"


def test_a_directory_without_versions_is_named(bucket, models_dir, tmp_path):
    with pytest.raises(CommandError, match=r"^There are no versions in .*\.$"):
        upload(tmp_path)


def test_a_directory_that_does_not_exist_is_named(bucket, models_dir, tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        upload(tmp_path / "nowhere")


def test_a_kind_that_was_promoted_keeps_its_champion(bucket, models_dir, image):
    upload(image)
    promote("svm", 1)
    write(image, {"svm": 2})
    assert upload(image) == "Versions uploaded: none\n"
    assert current() == {"svm": 1}
