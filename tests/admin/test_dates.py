"""Dates in the admin have one form each: of a minute, and of a day."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from predictor.models import Label, ModelVersion, Promotion, Shadow, ShadowAnswer, Submission, TrainingRun
from predictor.services.learning.runs import asked_for

pytestmark = pytest.mark.django_db
MOMENT = dt.datetime(2026, 11, 7, 14, 5, 33, 123456, tzinfo=dt.UTC)
WORDS = "7 Nov 2026, 14:05 UTC"
ELEMENT = f'<time datetime="2026-11-07T14:05:33+00:00">{WORDS}</time>'
OTHER_FORMS = re.compile(r"2026-11-07 14|Nov\. |[ap]\.m\.|November")


@pytest.fixture
def addresses(admin_client) -> dict[str, str]:
    """Pages about what all happened at one moment."""
    ada = User.objects.get()
    drawing = Submission.objects.create(
        source="api", request_id="1", image=b"", pixels=bytes(784), preprocessing=1, claim="7", claimed_at=MOMENT
    )
    Submission.objects.update(created_at=MOMENT)
    Label.objects.create(submission=drawing, value="7", by=ada, source="reviewer", created_at=MOMENT)
    version = ModelVersion.objects.create(
        kind="cnn", version=3, sha256="0" * 64, size=1, trained_at=MOMENT, base="mnist500", dataset_digest="0" * 64,
        dataset_size=500, preprocessing=1, metrics={}, calibration={}, files={},
    )  # fmt: skip
    Shadow.objects.create(kind="cnn", version=3, since=MOMENT, by=ada)
    ShadowAnswer.objects.create(
        submission=drawing, kind="cnn", version=3, prediction=7, confidence=1, champion_version=4,
        champion_prediction=7, consensus=7, created_at=MOMENT,
    )  # fmt: skip
    ran = TrainingRun.objects.create(
        parameters={}, origin="api", state="done", created_at=MOMENT, started_at=MOMENT, finished_at=MOMENT
    )
    Promotion.objects.create(kind="cnn", version=4, at=MOMENT)
    pages = {
        "shadow": ("modelversion_shadow", version), "version": ("modelversion_change", version),
        "submission": ("submission_change", drawing), "run": ("trainingrun_change", ran),
    }  # fmt: skip
    lists = ("modelversion", "submission", "trainingrun", "promotion")
    return {name: reverse(f"admin:predictor_{page}", args=[row.pk]) for name, (page, row) in pages.items()} | {
        f"{name}s": reverse(f"admin:predictor_{name}_changelist") for name in lists
    }


@pytest.mark.parametrize(
    ("name", "shown", "times"),
    [
        ("shadow", ELEMENT, 3),
        ("run", ELEMENT, 2),
        ("submission", ELEMENT, 2),
        ("submissions", ELEMENT, 1),
        ("submission", WORDS, 3),
        ("version", WORDS, 1),
        ("trainingruns", WORDS, 1),
        ("promotions", WORDS, 1),
        ("modelversions", '<time datetime="2026-11-07">7 Nov 2026</time>', 1),
    ],
)
def test_a_page_has_them_in_that_form(admin_client, addresses, name, shown, times):
    answer = admin_client.get(addresses[name]).content.decode()
    assert answer.count(shown) == times
    assert not OTHER_FORMS.search(answer)


def test_sentences_have_them_too(addresses):
    assert str(Promotion.objects.get()) == f"cnn v4 since {WORDS}"
    assert asked_for(TrainingRun.objects.get()) == f"asked for {WORDS} by the API"
