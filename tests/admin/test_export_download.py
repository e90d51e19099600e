"""The labelled drawings, downloaded from the admin."""

import io
import zipfile

import numpy as np
import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from predictor.models import Submission
from predictor.services.reviewing import labels
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


CHANGELIST = reverse("admin:predictor_submission_changelist")


def url(layout):
    return reverse("admin:predictor_submission_export", args=[layout])


@pytest.fixture
def labelled(api, admin_user):
    for content, digit in ((drawings.BLACK_ON_WHITE, "3"), (drawings.A_SEVEN, "7"), (drawings.A_ONE, None)):
        api.post("/api/predict/", {"image": base64_of(content)})
        if digit:
            labels.record(submission=Submission.objects.latest("created_at"), value=digit, by=admin_user)


def read(response):
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    return io.BytesIO(b"".join(response.streaming_content))


def outcome(response):
    """The status, and whether it is a download; read to the end, which closes the database cursor."""
    b"".join(response)
    return response.status_code, response.has_header("Content-Disposition")


def test_a_zip_holds_the_labelled_drawings_in_a_folder_per_digit(admin_client, labelled):
    names = zipfile.ZipFile(read(admin_client.get(url("imagefolder")))).namelist()
    assert sorted(name.split("/")[0] for name in names) == ["3", "7", "metadata.jsonl"]


def test_arrays_and_a_csv_file_hold_the_same_drawings(admin_client, labelled):
    assert sorted(np.load(read(admin_client.get(url("npz"))))["labels"]) == [3, 7]
    assert read(admin_client.get(url("csv"))).getvalue().count(b"\n") == 3


def choose(client, rows, layout, **more):
    ids = [row.pk for row in rows]
    return client.post(CHANGELIST, {"action": f"export_{layout}", "_selected_action": ids, **more}, follow=True)


@pytest.mark.parametrize("layout", ["imagefolder", "npz", "csv"])
def test_the_labelled_drawings_of_a_selection_are_exported(admin_client, labelled, layout):
    seven, none = Submission.objects.get(label=7), Submission.objects.get(label=None)
    content = read(choose(admin_client, [seven, none], layout)).getvalue()
    if layout == "imagefolder":
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        assert names == [f"7/{seven.pk}.png", "metadata.jsonl"]
    elif layout == "npz":
        assert np.load(io.BytesIO(content))["labels"].tolist() == [7]
    else:
        assert [line.split(b",")[0] for line in content.splitlines()] == [b"label", b"7"]


def test_a_filtered_list_is_exported_whole(admin_client, labelled):
    response = admin_client.post(
        f"{CHANGELIST}?label__exact=3",
        {"action": "export_npz", "_selected_action": [Submission.objects.get(label=3).pk], "select_across": "1"},
    )
    assert np.load(read(response))["labels"].tolist() == [3]


def test_a_selection_without_labelled_drawings_is_reported(admin_client, labelled):
    response = choose(admin_client, [Submission.objects.get(label=None)], "npz")
    assert b"No drawing is labelled a digit" in response.content


def test_an_empty_dataset_is_reported(admin_client):
    response = admin_client.get(url("npz"), follow=True)
    assert b"No drawing is labelled a digit" in response.content


def test_an_unknown_layout_is_not_found(admin_client, labelled):
    assert admin_client.get(url("idx")).status_code == 404
    assert admin_client.post(url("npz")).status_code == 405


@pytest.mark.parametrize(("group", "status"), [("Reviewer", 403), ("Maintainer", 200)])
def test_maintainers_may_export_and_reviewers_may_not(client, django_user_model, labelled, group, status):
    user = django_user_model.objects.create_user("somebody", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    assert outcome(client.get(url("npz"))) == (status, status == 200)
    assert (b"ZIP of pictures" in client.get(reverse("admin:index")).content) is (status == 200)
    assert (b"export_npz" in client.get(CHANGELIST).content) is (status == 200)
    assert outcome(choose(client, Submission.objects.all(), "npz")) == (200, status == 200)


def test_visitors_are_sent_to_the_login(client):
    assert client.get(url("npz")).status_code == 302
