"""Which versions are asked in the shadow: by the setting, and by the table."""

import shutil

import pytest
from django.contrib.auth.models import User

from predictor.ml.champions import promote as write
from predictor.models import Shadow
from predictor.services.collecting.shadows.chosen import NotChosen, chosen, start, stop
from predictor.services.learning.promotions import promote
from tests.conftest import SHIPPED

pytestmark = pytest.mark.django_db


def test_the_setting_and_the_table_are_united(settings):
    settings.SHADOW = [("cnn", 3), ("mlp", 3)]
    start(kind="mlp", version=3, by=None)
    start(kind="svm", version=2, by=User.objects.create(username="ada"))
    assert chosen() == [("cnn", 3), ("mlp", 3), ("svm", 2)]


def test_starting_twice_is_starting_once():
    ada = User.objects.create(username="ada")
    start(kind="svm", version=2, by=ada)
    start(kind="svm", version=2, by=None)
    assert Shadow.objects.get().by == ada


def test_stopping_ends_it():
    start(kind="svm", version=2, by=None)
    stop(kind="svm", version=2)
    stop(kind="svm", version=2)
    assert chosen() == []


@pytest.mark.parametrize(
    ("kind", "version", "why"),
    [
        ("knn", 1, "There is no kind 'knn': the kinds are cnn, mlp, svm, pen."),
        ("cnn", 99, "cnn v99 was never published; published: v1, v2, v3, v4."),
        ("cnn", 4, "cnn v4 is the champion: it answers already."),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(kind, version, why):
    with pytest.raises(NotChosen) as refusal:
        start(kind=kind, version=version, by=None)
    assert str(refusal.value) == why
    assert not Shadow.objects.exists()


def test_a_damaged_version_is_refused(models_dir):
    shutil.copytree(SHIPPED / "svm/v1", models_dir / "svm/v1")
    (models_dir / "svm/v1/model.onnx").write_bytes(b"?")
    with pytest.raises(NotChosen, match="does not have the SHA-256"):
        start(kind="svm", version=1, by=None)


def test_what_the_setting_names_cannot_be_stopped_here(settings):
    settings.SHADOW = [("cnn", 3)]
    start(kind="cnn", version=3, by=None)
    with pytest.raises(NotChosen, match="The setting SHADOW names cnn v3"):
        stop(kind="cnn", version=3)
    assert not Shadow.objects.exists()
    assert chosen() == [("cnn", 3)]


def test_a_promotion_ends_it_and_a_rollback_resumes_it(models_dir, shadows):
    for version in (1, 2):
        shutil.copytree(SHIPPED / f"svm/v{version}", models_dir / f"svm/v{version}")
    write(models_dir, {"svm": 1})
    start(kind="svm", version=2, by=None)
    asked = []
    for champion in (1, 2, 1):
        promote("svm", champion)
        shadows.refresh()
        asked.append([*shadows.loaded.classifiers])
    assert asked == [[("svm", 2)], [], [("svm", 2)]]
