"""GET /api/prompt/"""

from collections import Counter

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from predictor.models import Submission

URL = "/api/prompt/"
pytestmark = pytest.mark.django_db


def add(n, **fields):
    known = Submission.objects.count()
    fields |= {"review": "digit"} if "label" in fields else {}
    Submission.objects.bulk_create(
        Submission(image=b"", pixels=b"", preprocessing=1, source="api", digest=f"{known + i}", **fields)
        for i in range(n)
    )


def asked(api, times=300, query=""):
    return Counter(api.get(URL + query).json()["prompt"] for _ in range(times))


def test_it_asks_for_every_digit_while_there_are_no_drawings(api):
    response = api.get(URL)
    assert response.status_code == 200
    assert response.json().keys() == {"prompt"}
    assert "no-store" in response["Cache-Control"]
    assert set(asked(api)) == set(range(10))


def test_it_asks_for_rare_digits_more_often(api):
    for digit in range(9):
        add(1000, label=digit)
    found = asked(api)
    assert found[9] > 250


@pytest.mark.parametrize(
    ("fields", "counted"),
    [
        ({"prompt": 4}, 4),
        ({"prompt": 4, "claim": "5"}, 5),
        ({"prompt": 4, "claim": "5", "label": 6}, 6),
        ({"claim": "x", "label": 6}, 6),
        ({"prompt": 4, "claim": "x"}, None),
        ({}, None),
    ],
)
def test_a_drawing_counts_by_its_label_or_claim_or_prompt(api, fields, counted):
    add(1000, **fields)
    found = asked(api)
    if counted is None:
        assert set(found) == set(range(10))
    else:
        assert found[counted] <= 1  # one in nine thousand


def test_the_excluded_digit_is_not_asked_for(api):
    for digit in range(9):
        add(100, label=digit)
    found = asked(api, query="?not=9")
    assert found[9] == 0
    assert set(found) == set(range(9))


def test_rows_are_counted_only_once_a_minute(api, django_assert_num_queries):
    with django_assert_num_queries(1):
        api.get(URL)
        api.get(URL)
    caches["process"].clear()
    with django_assert_num_queries(1):
        api.get(URL)


def test_the_count_reads_only_an_index(api):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL decides by the table's size")
    with CaptureQueriesContext(connection) as queries:
        api.get(URL)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        assert "COVERING INDEX" in str(cursor.fetchall())


@pytest.mark.parametrize("given", ["10", "-1", "seven", "7.5", "%00", "9" * 5000, "[]"])
def test_it_refuses_an_excluded_value_that_is_not_a_digit(api, given):
    response = api.get(f"{URL}?not={given}")
    assert response.status_code == 400
    assert response.json()["field"] == "not"
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_an_empty_value_excludes_nothing(api):
    assert api.get(f"{URL}?not=").status_code == 200


def test_it_refuses_another_method(api):
    assert api.post(URL, {}).status_code == 405


def test_with_the_database_gone_it_is_503(api):
    def refuse(*args):
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(refuse):
        assert api.get(URL).status_code == 503
