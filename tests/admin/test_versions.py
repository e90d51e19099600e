"""The list of versions."""

import pytest
from django.urls import reverse

from predictor.ml.kinds import KINDS
from predictor.models import ModelVersion
from tests.ml import tiny

pytestmark = pytest.mark.django_db


def test_versions_are_listed_with_their_metrics_and_only_champions_are_marked(admin_client):
    page = admin_client.get(reverse("admin:predictor_modelversion_changelist")).content.decode()
    assert ModelVersion.objects.count() >= 3
    assert page.count('<td class="field-status"><b class="champion">champion</b></td>') == len(KINDS)
    assert page.count('<td class="field-status"></td>') == ModelVersion.objects.count() - len(KINDS)
    assert "icon-no" not in page
    assert "of 9,940" in page


def test_a_version_is_shown_and_cannot_be_changed(admin_client):
    admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    url = reverse("admin:predictor_modelversion_change", args=[ModelVersion.objects.first().pk])
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, {"kind": "svm"}).status_code == 403


@pytest.mark.parametrize(
    "score",
    [{"misses": 3}, [], {"accuracy": "good", "n": 3, "interval95": [0, 1]}, {"accuracy": 1, "n": 3, "interval95": [0]}],
)
def test_a_version_without_a_usable_score_is_listed_without_one(admin_client, models_dir, score):
    tiny.publish(models_dir, metrics={"held_out": score})
    page = admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    assert '<td class="field-held_out">-</td>' in page.content.decode()


def test_the_row_of_a_deleted_version_is_deleted(admin_client, models_dir):
    ModelVersion.objects.create(
        kind="svm", version=9, sha256="0" * 64, size=1, trained_at="2026-01-01T00:00Z", base="mnist500",
        dataset_digest="0" * 64, dataset_size=500, preprocessing=1, metrics={}, calibration={},
    )  # fmt: skip
    admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    assert not ModelVersion.objects.exists()


def test_a_damaged_champions_file_is_reported_once(admin_client, models_dir):
    (models_dir / "champions.json").write_text("{")
    page = admin_client.get(reverse("admin:predictor_modelversion_changelist"))
    assert page.status_code == 200
    assert page.content.decode().lower().count("champions.json cannot be read") == 1
