"""Versions in the shadow in the admin: started, stopped, compared, and the drawings on which they differ."""

import uuid

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from predictor.models import ModelVersion, Shadow, ShadowAnswer, Submission
from predictor.services.answering.champions import sync_model_versions
from predictor.services.reviewing.labels import record
from tests.ml import tiny

pytestmark = pytest.mark.django_db
VERSIONS = reverse("admin:predictor_modelversion_changelist")
SUBMISSIONS = reverse("admin:predictor_submission_changelist")


@pytest.fixture(autouse=True)
def _versions(shadows):
    sync_model_versions()


def page_of(kind, version):
    return reverse(
        "admin:predictor_modelversion_shadow", args=[ModelVersion.objects.get(kind=kind, version=version).pk]
    )


def row(prediction, champion, *, label=None, sampled=False):
    found = Submission.objects.create(
        source="api", request_id="1", image=b"\x89PNG", pixels=bytes(784), preprocessing=1, digest=uuid.uuid4().hex,
        sampled=sampled,
    )  # fmt: skip
    ShadowAnswer.objects.create(
        submission=found, kind="cnn", version=3, prediction=prediction, confidence=0.8765, consensus=champion,
        champion_version=4, champion_prediction=champion,
    )  # fmt: skip
    if label is not None:
        Submission.objects.filter(pk=found.pk).update(review="digit", label=label)
    return found


def test_a_maintainer_starts_and_stops_it(maintainer):
    url = page_of("cnn", 3)
    page = maintainer.get(url).content.decode()
    assert "It is not asked in the shadow." in page
    assert "It has not been asked about any drawing yet." in page
    assert (
        "Started: cnn v3 is now asked in the shadow."
        in maintainer.post(url, {"do": "start"}, follow=True).content.decode()
    )
    assert (Shadow.objects.get().kind, Shadow.objects.get().by.username) == ("cnn", "ada")
    page = maintainer.get(url).content.decode()
    assert "It has been asked in the shadow since " in page
    assert "UTC</time>, started by ada." in page
    assert maintainer.get(VERSIONS).content.decode().count(f'<a href="{url}">in the shadow</a>') == 1
    assert (
        "Stopped: cnn v3 is no longer asked in the shadow."
        in maintainer.post(url, {"do": "stop"}, follow=True).content.decode()
    )
    assert not Shadow.objects.exists()


def test_the_page_of_a_version_leads_there(maintainer):
    url = page_of("cnn", 3)
    change = reverse("admin:predictor_modelversion_change", args=[ModelVersion.objects.get(kind="cnn", version=3).pk])
    assert f'<a href="{url}">Ask it in the shadow…</a>' in maintainer.get(change).content.decode()


def test_the_champion_is_refused_in_words(maintainer):
    url = page_of("cnn", 4)
    assert "Ask it in the shadow</button>" not in maintainer.get(url).content.decode()
    answer = maintainer.post(url, {"do": "start"}, follow=True).content.decode()
    assert "Nothing was changed: cnn v4 is the champion: it answers already." in answer


def test_one_that_does_not_load_is_refused_in_words(maintainer, models_dir):
    tiny.publish_artifact(models_dir, tiny.answering_otherwise("sequence"), "cnn")
    sync_model_versions()
    answer = maintainer.post(page_of("cnn", 1), {"do": "start"}, follow=True).content.decode()
    assert "Nothing was changed: cnn v1 does not answer with ten probabilities." in answer
    assert not Shadow.objects.exists()


def test_a_shadow_that_has_become_the_champion_says_so(maintainer):
    Shadow.objects.create(kind="cnn", version=4)
    assert "It is the champion now: it answers" in maintainer.get(page_of("cnn", 4)).content.decode()


def test_what_the_setting_names_is_not_stopped_here(maintainer, settings):
    settings.SHADOW = [("cnn", 3)]
    page = maintainer.get(page_of("cnn", 3)).content.decode()
    assert "because the setting SHADOW names it" in page
    assert ">Stop</button>" not in page
    answer = maintainer.post(page_of("cnn", 3), {"do": "stop"}, follow=True).content.decode()
    assert "The setting SHADOW names cnn v3: it ends when that is changed" in answer


def test_the_list_says_which_do_not_work(maintainer, settings, shadows):
    settings.SHADOW = [("cnn", 9)]
    shadows.refresh()
    page = maintainer.get(VERSIONS).content.decode()
    assert "In the shadow, cnn v9 does not work: cnn v9 was never published; published: v1, v2, v3, v4." in page


def test_one_that_is_published_no_longer_is_listed_and_can_be_stopped(maintainer):
    Shadow.objects.create(kind="cnn", version=99)
    url = reverse("admin:predictor_modelversion_unpublished", args=["cnn", 99])
    assert f'In the shadow, cnn v99 is no longer published: <a href="{url}">stop it</a>.' in (
        maintainer.get(VERSIONS).content.decode()
    )
    page = maintainer.get(url).content.decode()
    assert "It has been asked in the shadow since " in page
    assert '<button name="do" value="stop">Stop</button>' in page
    answer = maintainer.post(url, {"do": "stop"}, follow=True).content.decode()
    assert "Stopped: cnn v99 is no longer asked in the shadow." in answer
    assert "no longer published" not in answer
    assert not Shadow.objects.exists()
    assert maintainer.get(url).status_code == maintainer.post(url, {"do": "start"}).status_code == 404


def test_only_who_may_promote_stops_one_that_is_published_no_longer(client):
    Shadow.objects.create(kind="cnn", version=99)
    url = reverse("admin:predictor_modelversion_unpublished", args=["cnn", 99])
    user = User.objects.create_user("eve", is_staff=True)
    client.force_login(user)
    assert client.get(url).status_code == 403
    user.user_permissions.add(*Group.objects.get(name="Maintainer").permissions.filter(codename="view_modelversion"))
    assert ">Stop</button>" not in client.get(url).content.decode()
    assert client.post(url, {"do": "stop"}).status_code == 403
    assert Shadow.objects.exists()


def test_the_page_says_why_one_does_not_work(maintainer, shadows):
    Shadow.objects.create(kind="cnn", version=3)
    shadows.loaded.silent = {("cnn", 3): "cnn v3 cannot answer: no memory."}
    assert "It does not work: cnn v3 cannot answer: no memory." in maintainer.get(page_of("cnn", 3)).content.decode()


def test_without_a_champion_there_is_nothing_to_compare_with(maintainer, models_dir):
    Shadow.objects.create(kind="cnn", version=3)
    assert "No version of CNN answers" in maintainer.get(page_of("cnn", 3)).content.decode()


def test_who_may_not_promote_may_look_and_not_change(client):
    user = User.objects.create_user("eve", is_staff=True)
    client.force_login(user)
    url = page_of("cnn", 3)
    assert client.get(url).status_code == client.post(url, {"do": "start"}).status_code == 403
    user.user_permissions.add(*Group.objects.get(name="Maintainer").permissions.filter(codename="view_modelversion"))
    assert "Ask it in the shadow</button>" not in client.get(url).content.decode()
    assert client.post(url, {"do": "start"}).status_code == 403
    assert not Shadow.objects.exists()


def test_there_is_no_page_of_a_version_that_is_not_there(maintainer):
    assert maintainer.get(reverse("admin:predictor_modelversion_shadow", args=[10**9])).status_code == 404


def test_the_comparison_has_counts_intervals_and_links(maintainer):
    for prediction, champion, label in ((7, 7, 7), (7, 1, 7), (7, 1, None), (2, 2, None)):
        row(prediction, champion, label=label)
    page = maintainer.get(page_of("cnn", 3)).content.decode()
    assert "Beside cnn v4" in page
    assert "2 of 4 (50.00%) as cnn v4" in page
    assert f'<a href="{SUBMISSIONS}?shadow=cnn:3:4:1:7">2</a>' in page
    assert "<td>2</td><td>1</td><td>1</td><td>0</td><td>0</td><td>100.00% (34.24–100.00%)</td>" in page
    assert "<td>1.000</td>" in page
    assert "the queue shows hard drawings first" in page
    assert "</a>: 2, 1 of them labelled with a digit." in page
    assert "picked at random" not in page


def test_the_fair_sample_comes_first_where_there_is_one(maintainer):
    row(7, 1, label=7, sampled=True)
    row(7, 7, label=7)
    page = maintainer.get(page_of("cnn", 3)).content.decode()
    assert page.index("The fair sample") < page.index("All labelled drawings")


def test_without_labels_the_page_says_so(maintainer):
    row(7, 1)
    assert "None of these drawings is labelled with a digit yet." in maintainer.get(page_of("cnn", 3)).content.decode()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("cnn:3", {"7 not 1", "0 not 7"}),
        ("cnn:3:4", {"7 not 1", "0 not 7"}),
        ("cnn:3:2", set()),
        ("cnn:3:4:1:7", {"7 not 1"}),
        ("cnn:3:4:7:0", {"0 not 7"}),
        ("mlp:3", set()),
    ],
)
def test_the_list_of_drawings_is_filtered_by_where_they_differ(maintainer, value, found):
    rows = {"7 not 1": row(7, 1), "0 not 7": row(0, 7), "same": row(2, 2)}
    page = maintainer.get(SUBMISSIONS, {"shadow": value}).content.decode()
    assert {name for name, each in rows.items() if str(each.pk) in page} == found


@pytest.mark.parametrize(
    ("value", "words"),
    [("cnn:3", "cnn v3"), ("cnn:3:4", "cnn v3 and v4"), ("cnn:3:4:1:7", "cnn v3 says 7, v4 1")],
)
def test_the_filter_says_what_is_chosen(maintainer, value, words):
    row(7, 1)
    page = maintainer.get(SUBMISSIONS, {"shadow": value}).content.decode()
    assert f"Shadow differs: <b>{words}</b>" in page


def test_where_nothing_was_asked_there_is_no_filter(maintainer):
    assert "Shadow differs" not in maintainer.get(SUBMISSIONS).content.decode()


@pytest.mark.parametrize(
    "value", ["cnn", "cnn:0", "cnn:3:0", "cnn:3:4:7", "cnn:3:4:7:10", "cnn:3:4:٣:1", "x" * 5000, "\0"]
)
def test_a_filter_that_names_nothing_is_refused_without_an_error(maintainer, value):
    row(7, 1)
    assert maintainer.get(SUBMISSIONS, {"shadow": value}).status_code in {302, 400}


def test_the_page_of_a_drawing_shows_what_was_said_in_the_shadow(maintainer):
    found = row(7, 1)
    page = maintainer.get(reverse("admin:predictor_submission_change", args=[found.pk])).content.decode()
    assert "cnn v3: <b>7</b> 88%" in page


def test_a_labelled_drawing_counts_when_a_reviewer_says_what_it_is(maintainer):
    found = row(7, 1)
    record(submission=found, value="7", by=User.objects.get(username="ada"))
    assert "All labelled drawings" in maintainer.get(page_of("cnn", 3)).content.decode()
