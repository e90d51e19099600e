"""The statements that are written out do what Django's would."""

import pytest

from predictor.models import Submission
from predictor.services.collecting.rows import insert, stored

pytestmark = pytest.mark.django_db
STROKES = {"size": [280, 280], "pen": 18, "lines": [[[1, 2.5, 3]]]}


def row(digest, **fields):
    given = {"source": "api", "request_id": "a%s'\"", "image": b"\0%s\xff", "pixels": bytes(784), "preprocessing": 1}
    return Submission(digest=digest, **given | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"strokes": STROKES, "prompt": 0},
        {"prediction": 7, "verdict": "digit", "agreement": "all", "priority": 0.123456},
        {"answers": {"svm": {"version": 3, "probabilities": [0.1] * 10}}},
    ],
)
def test_a_row_is_inserted_as_saving_it_would(fields):
    written = row("a" * 64, **fields)
    assert insert([written]) == {written.pk}
    saved = row("b" * 64, **fields, random_key=written.random_key)
    saved.save()
    read, expected = Submission.objects.get(pk=written.pk), Submission.objects.get(pk=saved.pk)
    for field in Submission._meta.concrete_fields:
        if field.name not in {"id", "digest", "created_at"}:
            assert getattr(read, field.name) == getattr(expected, field.name), field.name
    assert read.created_at == written.created_at
    assert abs(expected.created_at - read.created_at).total_seconds() < 60


def test_what_is_stored_is_not_inserted_again():
    first, same, other, twin = row("a" * 64), row("a" * 64), row("b" * 64), row("b" * 64)
    insert([first])
    assert insert([same, other, twin]) == {other.pk}
    assert set(Submission.objects.values_list("pk", flat=True)) == {first.pk, other.pk}


def test_stored_rows_come_by_their_digests():
    rows = [row("a" * 64, strokes=STROKES), row("b" * 64), row("c" * 64)]
    insert(rows)
    found = stored(["a" * 64, "c" * 64, "d" * 64])
    assert {digest: each.pk for digest, each in found.items()} == {"a" * 64: rows[0].pk, "c" * 64: rows[2].pk}
    assert found["a" * 64].strokes == STROKES
    assert stored([]) == {}
