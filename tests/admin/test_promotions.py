"""Promotions in the admin: asked for, confirmed, listed."""

import shutil

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from predictor.ml import artifacts
from predictor.ml.champions import promote as write
from predictor.models import ModelVersion, Promotion
from predictor.services.answering.champions import champions, sync_model_versions
from predictor.services.learning.promotions import promote
from tests.conftest import SHIPPED
from tests.ml import tiny

pytestmark = pytest.mark.django_db
VERSIONS = reverse("admin:predictor_modelversion_changelist")
LOG = reverse("admin:predictor_promotion_changelist")


@pytest.fixture
def root(models_dir):
    """Versions 1 and 2 of svm, the first of which is champion."""
    for version in (1, 2):
        shutil.copytree(SHIPPED / f"svm/v{version}", models_dir / f"svm/v{version}")
    write(models_dir, {"svm": 1})
    return models_dir


def page_of(client, version):
    client.get(VERSIONS)
    return reverse("admin:predictor_modelversion_promote", args=[ModelVersion.objects.get(version=version).pk])


def test_a_promotion_is_explained_confirmed_and_done(maintainer, root):
    url = page_of(maintainer, 2)
    page = maintainer.get(url).content.decode()
    assert "svm v1 is the champion now" in page
    for version in (1, 2):
        assert f"{artifacts.read_sidecar(root / f'svm/v{version}').metrics['mnist_test']['accuracy']:.2%}" in page
    answer = maintainer.post(url, {"reason": "It knows more."}, follow=True).content.decode()
    assert "Promoted: svm v2 is the champion now." in answer
    row = Promotion.objects.get()
    assert (row.earlier, row.version, row.by.username, row.reason) == (1, 2, "ada", "It knows more.")
    assert champions().classifiers["svm"].version == 2


def test_what_the_page_showed_must_still_be_so(maintainer, root):
    shutil.copytree(SHIPPED / "svm/v3", root / "svm/v3")
    url = page_of(maintainer, 2)
    page = maintainer.get(url)
    shown = page.context["form"]["earlier"]
    assert str(shown) in page.content.decode()
    promote("svm", 3)
    answer = maintainer.post(url, {"reason": "", "earlier": shown.value()}, follow=True).content.decode()
    assert "v3 has become the champion meanwhile, in place of v1. Not promoted: svm v2." in answer
    assert answer.count("Not promoted") == 1
    assert champions().classifiers["svm"].version == 3
    again = maintainer.get(url).context["form"]["earlier"].value()
    assert "Promoted: svm v2" in maintainer.post(url, {"earlier": again}, follow=True).content.decode()


@pytest.mark.parametrize("earlier", ["x", "-1"])
def test_a_champion_that_is_none_is_refused(maintainer, root, earlier):
    assert maintainer.post(page_of(maintainer, 2), {"earlier": earlier}).status_code == 200
    assert not Promotion.objects.exists()


def test_the_champion_cannot_be_promoted_again(maintainer, root):
    assert "is the champion already" in maintainer.get(page_of(maintainer, 1)).content.decode()


def test_the_page_of_another_version_leads_there(maintainer, root):
    url = page_of(maintainer, 2)
    row = ModelVersion.objects.get(version=2)
    assert url in maintainer.get(reverse("admin:predictor_modelversion_change", args=[row.pk])).content.decode()


def test_a_broken_version_is_refused_in_words(maintainer, root):
    url = page_of(maintainer, 2)
    (root / "svm/v2/model.onnx").write_bytes(b"no model")
    answer = maintainer.post(url, follow=True).content.decode()
    assert "Not promoted: svm/v2/model.onnx does not have the SHA-256" in answer
    assert not Promotion.objects.exists()


def test_a_version_that_does_not_load_is_refused_in_words(maintainer, models_dir):
    tiny.publish_artifact(models_dir, tiny.answering_otherwise("sequence"))
    sync_model_versions()
    url = reverse("admin:predictor_modelversion_promote", args=[ModelVersion.objects.get().pk])
    answer = maintainer.post(url, follow=True).content.decode()
    assert "Not promoted: svm v1 does not answer with ten probabilities." in answer
    assert not Promotion.objects.exists()


def test_reviewers_may_not(client, root):
    user = User.objects.create_user("rev", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    client.force_login(user)
    version = ModelVersion.objects.create(
        kind="svm", version=2, sha256="0" * 64, size=1, trained_at="2026-01-01T00:00Z", base="mnist500",
        dataset_digest="0" * 64, dataset_size=500, preprocessing=1, metrics={}, calibration={},
    )  # fmt: skip
    url = reverse("admin:predictor_modelversion_promote", args=[version.pk])
    assert client.get(url).status_code == client.post(url).status_code == 403
    assert client.get(LOG).status_code == 403


def test_the_log_lists_all_and_nobody_can_change_it(admin_client, root):
    promote("svm", 2, reason="newer")
    promote("svm", 1, reason="back again")
    page = admin_client.get(LOG).content.decode()
    assert page.index("v2 → v1") < page.index("v1 → v2")
    assert "back again" in page
    assert admin_client.get(reverse("admin:predictor_promotion_add")).status_code == 403


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2020-01-01T12:00", "<b>svm v1</b>"),
        ("2100-01-01T12:00", "<b>svm v2</b>"),
        ("yesterday", "That is no date and time."),
        ("9999-99-99T00:00", "That is no date and time."),
        ("0001-01-01T00:00", "<b>svm v1</b>"),
    ],
)
def test_it_says_which_versions_answered_at_a_moment(admin_client, root, moment, words):
    promote("svm", 2)
    assert words in admin_client.get(LOG, {"moment": moment}).content.decode()


def test_where_nothing_was_promoted_the_file_decides(admin_client, root):
    assert "<b>svm v1</b>" in admin_client.get(LOG, {"moment": "2026-01-01T12:00"}).content.decode()


def test_until_the_first_promotion_it_says_what_decides(admin_client, root):
    sentence = "until the first promotion, models/champions.json says which versions answer."
    assert sentence in admin_client.get(LOG).content.decode()
    promote("svm", 2)
    assert sentence not in admin_client.get(LOG).content.decode()
    assert sentence not in admin_client.get(LOG, {"kind__exact": "cnn"}).content.decode()


def test_where_there_is_no_version_it_says_so(admin_client, models_dir):
    assert "There is no version." in admin_client.get(LOG, {"moment": "2026-01-01T12:00"}).content.decode()
