"""Counting what versions in the shadow said: agreement, and who was right on labelled drawings."""

import datetime as dt

import pytest
from django.utils import timezone

from predictor.models import ModelVersion, ShadowAnswer, Submission
from predictor.services.answering.champions import sync_model_versions
from predictor.services.collecting.shadows.comparison import Judged, asked_versions, compare, differing

from .fakes import stored

pytestmark = pytest.mark.django_db


def said(prediction, champion, *, consensus=None, beside=4, label=None, sampled=False, version=3):
    row = stored()
    if label is not None:
        Submission.objects.filter(pk=row.pk).update(review="digit", label=label, sampled=sampled)
    ShadowAnswer.objects.create(
        submission=row, kind="cnn", version=version, prediction=prediction, confidence=0.5, consensus=consensus,
        champion_version=beside, champion_prediction=champion,
    )  # fmt: skip
    return row


def test_agreement_is_counted_with_the_champion_and_with_the_consensus():
    said(7, 7, consensus=7)
    said(7, 1, consensus=7)
    said(7, 1, consensus=1)
    said(2, 2)
    said(9, 9, version=2)
    (found,) = compare("cnn", 3)
    assert (found.agreement.asked, found.agreement.same) == (4, 2)
    assert (found.consensus.asked, found.consensus.same) == (3, 2)
    assert found.differ == 2
    assert found.pairs == [(1, 7, 2)]
    assert timezone.now() - found.first < dt.timedelta(minutes=1)
    assert found.first <= found.last


def test_each_champion_is_compared_alone_the_latest_first():
    said(7, 1, beside=2)
    said(7, 7, beside=4)
    assert [(each.champion, each.agreement.same) for each in compare("cnn", 3)] == [(4, 1), (2, 0)]


def test_on_labelled_drawings_it_is_counted_who_was_right():
    for prediction, champion, times in ((7, 7, 4), (7, 1, 3), (1, 7, 2), (1, 1, 1)):
        for _ in range(times):
            said(prediction, champion, consensus=7, label=7)
    said(7, 7)
    (found,) = compare("cnn", 3)
    assert found.labelled.champion == Judged(both=4, version_alone=3, other_alone=2, neither=1)
    assert found.labelled.consensus == Judged(both=7, other_alone=3)
    assert found.labelled.champion.p == 1
    assert (found.differ, found.differ_labelled) == (5, 5)
    assert found.sampled.champion.n == 0


def test_the_fair_sample_is_counted_alone_too():
    said(7, 1, label=7, sampled=True)
    said(7, 1, label=1)
    (found,) = compare("cnn", 3)
    assert found.sampled.champion == Judged(version_alone=1)
    assert found.labelled.champion == Judged(version_alone=1, other_alone=1)
    assert found.differ_labelled == 2


def test_what_may_have_been_trained_on_does_not_count_as_right():
    sync_model_versions()
    said(7, 7, label=7)
    old = said(7, 7, label=7)
    trained_at = ModelVersion.objects.get(kind="cnn", version=4).trained_at
    Submission.objects.filter(pk=old.pk).update(created_at=trained_at - dt.timedelta(seconds=1))
    (found,) = compare("cnn", 3)
    assert found.agreement.asked == 2
    assert found.labelled.champion.n == 1


def test_the_drawings_on_which_two_differ_are_found():
    said(7, 7)
    one, other, earlier = said(7, 1), said(2, 1), said(7, 1, beside=2)
    assert {row.submission_id for row in differing("cnn", 3)} == {one.pk, other.pk, earlier.pk}
    assert {row.submission_id for row in differing("cnn", 3, beside=4)} == {one.pk, other.pk}
    assert [row.submission_id for row in differing("cnn", 3, beside=4, pair=(1, 7))] == [one.pk]


def test_the_versions_that_were_asked_are_known():
    sync_model_versions()
    said(7, 7)
    assert asked_versions() == [("cnn", 3)]


def test_of_what_was_never_asked_there_is_nothing_to_compare():
    assert compare("cnn", 3) == []
