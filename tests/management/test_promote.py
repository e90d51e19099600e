"""manage.py promote"""

import io
import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from predictor.ml.champions import CHAMPIONS, read_champions
from predictor.ml.runtime import Classifier
from predictor.models import Promotion
from predictor.services.store import versions
from tests.conftest import SHIPPED
from tests.retraining import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(models_dir):
    """Versions 1 and 2 of svm, the first of which is champion."""
    for version in (1, 2):
        shutil.copytree(SHIPPED / f"svm/v{version}", models_dir / f"svm/v{version}")
    (models_dir / CHAMPIONS).write_text('{"svm": 1}')
    return models_dir


@pytest.mark.parametrize("version", ["2", "v2"])
def test_it_makes_a_version_champion_and_says_so(version, root):
    out = io.StringIO()
    call_command("promote", "svm", version, stdout=out)
    assert out.getvalue() == "svm v2 is the champion now.\n"
    assert read_champions(root) == {"svm": 2}


def test_it_says_if_another_version_has_been_promoted_meanwhile(root, monkeypatch):
    load = versions.load

    def meanwhile(kind: str, version: str) -> Classifier:
        Promotion.objects.create(kind="svm", version=1)
        (root / CHAMPIONS).write_text('{"svm": 2}')
        return load(kind, version)

    (root / CHAMPIONS).write_text('{"svm": 2}')
    monkeypatch.setattr(versions, "load", meanwhile)
    with pytest.raises(CommandError, match=r"^svm v1 has become the champion meanwhile, in place of v2\."):
        call_command("promote", "svm", "2")


def test_it_repairs_a_damaged_champions_file(root):
    (root / CHAMPIONS).write_text("{")
    call_command("promote", "svm", "2", stdout=io.StringIO())
    assert read_champions(root) == {"svm": 2}


@pytest.mark.parametrize(
    ("kind", "version", "sentence"),
    [
        ("knn", "1", "There is no kind 'knn': the kinds are cnn, mlp, svm, pen."),
        ("svm", "3", "svm v3 was never published; published: v1, v2."),
        ("svm", "best", "svm vbest was never published; published: v1, v2."),
        ("svm", "../../elsewhere", "svm v../../elsewhere was never published; published: v1, v2."),
        ("cnn", "1", "cnn v1 was never published; published: none."),
    ],
)
def test_it_refuses_what_is_not_there_and_lists_what_there_is(kind, version, sentence, root):
    before = files(root)
    with pytest.raises(CommandError) as refusal:
        call_command("promote", kind, version)
    assert str(refusal.value) == sentence
    assert files(root) == before


def test_it_refuses_a_broken_version_with_one_sentence_and_exit_code_1(root, site):
    os.truncate(root / "svm/v2/model.onnx", 1000)
    before = files(root)
    run = subprocess.run(
        [sys.executable, "manage.py", "promote", "svm", "2"],
        cwd=django_settings.BASE_DIR, env=os.environ | site.variables | {"MODELS_DIR": str(root)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.splitlines()[-1] == (
        "CommandError: svm/v2/model.onnx does not have the SHA-256 that its sidecar states."
    )
    assert files(root) == before


def test_a_place_that_cannot_be_written_to_is_named(root):
    (root / CHAMPIONS).unlink()
    (root / CHAMPIONS).mkdir()
    (root / CHAMPIONS / "notes").touch()
    with pytest.raises(CommandError, match=r"^The champions cannot be written: .*champions\.json"):
        call_command("promote", "svm", "2")
