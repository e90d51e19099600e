"""The two questions that every stored drawing asks the database, for any number of drawings at once.

They are written out because Django has no such insert (`bulk_create` does not say which rows were there already, and
`get_or_create` asks twice), and because it takes several times as long to compile the select as SQLite to answer it.
"""

import uuid
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import Field

from predictor.models import Submission

TABLE: Final = Submission._meta.db_table
FIELDS: Final = Submission._meta.concrete_fields
COLUMNS: Final = ", ".join(field.column or "" for field in FIELDS)
ROW: Final = f"({', '.join(['%s'] * len(FIELDS))})"
LATER: Final = (  # what may change when a drawing is sent again, and whose it is
    "id, digest, source, request_id, strokes, prompt, answers, prediction, verdict, agreement, priority"
)


def insert(rows: Sequence[Submission]) -> set[uuid.UUID]:
    """Insert rows, but none whose pixels are stored already; returns the ids of those that were inserted.

    Of rows with the same pixels, one is inserted.
    """
    values = [_value(row, field) for row in rows for field in FIELDS]
    with connection.cursor() as cursor:
        cursor.execute(_insert(len(rows)), values)
        return {uuid.UUID(str(found)) for (found,) in cursor.fetchall()}  # SQLite has no type for them


def stored(digests: Collection[str]) -> dict[str, Submission]:
    """The rows with these digests, by digest; their pictures are not read."""
    if not digests:
        return {}
    return {row.digest: row for row in Submission.objects.raw(_select(len(digests)), list(digests))}


def _value(row: Submission, field: Field) -> Any:
    value = field.pre_save(row, add=True)
    return None if value is None else field.get_db_prep_save(value, connection)


@lru_cache(maxsize=4)
def _insert(count: int) -> str:
    values = ", ".join([ROW] * count)
    return f"INSERT INTO {TABLE} ({COLUMNS}) VALUES {values} ON CONFLICT (digest) DO NOTHING RETURNING id"  # noqa: S608


def _select(count: int) -> str:
    return f"SELECT {LATER} FROM {TABLE} WHERE digest IN ({', '.join(['%s'] * count)})"  # noqa: S608
