"""The list of submissions: what it shows, filters, finds and counts."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from predictor.admin import paginator
from predictor.models import Label, Submission
from predictor.services.reviewing import labels
from tests import drawings
from tests.admin.lists import LIST, act
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


def test_the_list_shows_the_drawing_and_the_answer_of_each_model(admin_client, rows):
    page = admin_client.get(LIST).content.decode()
    assert page.count('class="pixels"') == 3
    assert page.count('class="opinion"') == 9


def test_the_answers_stand_in_the_order_of_the_kinds(admin_client, rows):
    pen = {"version": 1, "probabilities": [0.0] * 4 + [0.7] + [0.06] * 5}
    Submission.objects.exclude(pk=rows[0].pk).delete()
    Submission.objects.update(answers={"pen": pen} | dict(reversed(rows[0].answers.items())))
    opinions = re.findall('class="opinion">(.*?) v', admin_client.get(LIST).content.decode())
    assert opinions == ["cnn", "mlp", "svm", "pen"]


def test_a_drawing_that_no_model_answered_is_shown(admin_client, api, models_dir):
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)})
    assert admin_client.get(LIST).content.decode().count('class="pixels"') == 1


def test_the_number_of_queries_does_not_grow_with_the_rows(
    admin_client, rows, django_assert_num_queries, django_assert_max_num_queries
):
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(LIST)
    assert len(queries) <= 12
    Submission.objects.first().delete()
    with django_assert_num_queries(len(queries)):
        admin_client.get(LIST)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("review__exact=waiting", 2),
        ("review__exact=none", 1),
        ("disagreement=no", 3),
        ("disagreement=yes", 0),
        ("verdict__exact=digit", 3),
        ("label__isnull=True", 3),
        ("claim__exact=7", 0),
        ("prediction__exact=3", 1),
        ("source__exact=page", 0),
        ("created_at__gte=2026-01-01+00:00:00%2B00:00", 3),
    ],
)
def test_the_list_is_filtered(admin_client, admin_user, rows, query, count):
    labels.record(submission=rows[0], value="x", by=admin_user)
    assert admin_client.get(f"{LIST}?{query}").content.decode().count('class="pixels"') == count


@pytest.mark.parametrize("name", ["source", "verdict", "review", "claim"])
def test_a_null_byte_in_a_filter_is_a_bad_request(admin_client, rows, name):
    assert admin_client.get(LIST, {f"{name}__exact": "a\0"}).status_code == 400


def test_a_drawing_is_found_by_its_id(admin_client, rows):
    page = admin_client.get(LIST, {"q": str(rows[0].pk)}).content.decode()
    assert page.count('class="pixels"') == 1
    assert admin_client.get(LIST, {"q": "nothing like it"}).status_code == 200


# Counting.


@pytest.mark.parametrize(("query", "count"), [({}, 2), ({"source__exact": "api"}, 2), ({"source__exact": "page"}, 0)])
def test_rows_are_counted_up_to_a_limit(admin_client, rows, monkeypatch, query, count):
    monkeypatch.setattr(paginator, "LIMIT", 2)
    assert f"{count} submissions" in admin_client.get(LIST, query).content.decode()


def test_the_length_of_a_longer_table_is_what_postgresql_last_estimated(admin_client, rows, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL alone estimates")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE predictor_submission")
    monkeypatch.setattr(paginator, "LIMIT", 2)
    assert "3 submissions" in admin_client.get(LIST).content.decode()


def test_an_action_on_more_rows_than_are_counted_is_refused(admin_client, rows, monkeypatch):
    monkeypatch.setattr(paginator, "LIMIT", 2)
    response = act(admin_client, "label_7", rows[:1], select_across="1")
    assert "Nothing was done: more than 2 submissions are selected." in response.content.decode()
    assert not Label.objects.exists()
    act(admin_client, "label_7", rows[:1])
    monkeypatch.setattr(paginator, "LIMIT", 3)
    act(admin_client, "label_3", rows[:1], select_across="1")
    assert Submission.objects.filter(label=3).count() == 3
