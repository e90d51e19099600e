"""manage.py prune_versions"""

import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from predictor.ml import artifacts
from predictor.ml.champions import promote as write
from predictor.models import Shadow, ShadowAnswer, Submission
from predictor.services.learning.promotions import promote
from tests.conftest import SHIPPED

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(models_dir):
    """Six versions of svm, copies of the shipped ones, the first of which is champion."""
    for version in range(1, 7):
        target = models_dir / f"svm/v{version}"
        shutil.copytree(SHIPPED / "svm/v1", target)
        sidecar = target / artifacts.SIDECAR
        sidecar.write_text(sidecar.read_text().replace('"version": 1', f'"version": {version}'))
    write(models_dir, {"svm": 1})
    return models_dir


def prune(*arguments: str) -> str:
    out = io.StringIO()
    call_command("prune_versions", *arguments, stdout=out)
    return out.getvalue()


def test_champions_the_last_three_and_the_highest_stay(root):
    promote("svm", 2)
    promote("svm", 3)
    promote("svm", 4)
    assert prune("--dry-run") == "Versions that would be deleted: svm v1, svm v5\n"
    assert artifacts.published_versions(root, "svm") == [1, 2, 3, 4, 5, 6]
    assert prune() == "Versions deleted: svm v1, svm v5\n"
    assert artifacts.published_versions(root, "svm") == [2, 3, 4, 6]
    assert prune() == "Versions deleted: none\n"
    assert not list(root.glob("svm/.new-*"))


def test_the_highest_number_is_never_given_again(root):
    with pytest.raises(ValueError, match="highest"):
        artifacts.delete(root, "svm", 6)
    with pytest.raises(FileNotFoundError):
        artifacts.delete(root, "svm", 0)


def test_a_version_in_the_shadow_stays_and_what_others_said_there_goes(root):
    Shadow.objects.create(kind="svm", version=5)
    row = Submission.objects.create(source="api", request_id="1", image=b"", pixels=bytes(784), preprocessing=1)
    for version in (3, 5):
        ShadowAnswer.objects.create(
            submission=row, kind="svm", version=version, prediction=1, confidence=1, champion_version=1,
            champion_prediction=1,
        )  # fmt: skip
    assert prune() == "Versions deleted: svm v2, svm v3, svm v4\n"
    assert ShadowAnswer.objects.get().version == 5


def test_what_a_deleted_version_said_goes_even_if_the_next_cannot_be_deleted(root, monkeypatch):
    row = Submission.objects.create(source="api", request_id="1", image=b"", pixels=bytes(784), preprocessing=1)
    for version in (2, 3):
        ShadowAnswer.objects.create(
            submission=row, kind="svm", version=version, prediction=1, confidence=1, champion_version=1,
            champion_prediction=1,
        )  # fmt: skip
    delete = artifacts.delete

    def only_the_first(root: Path, kind: str, version: int, *, highest: int) -> None:
        if version > 2:
            raise PermissionError("Not here.")
        delete(root, kind, version, highest=highest)

    monkeypatch.setattr(artifacts, "delete", only_the_first)
    with pytest.raises(CommandError, match="Not here"):
        prune()
    assert artifacts.published_versions(root, "svm") == [1, 3, 4, 5, 6]
    assert ShadowAnswer.objects.get().version == 3
