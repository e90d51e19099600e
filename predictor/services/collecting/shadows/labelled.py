"""The question that a comparison asks about labelled drawings.

It is written out because SQLite must be told to begin with the drawings, which `CROSS JOIN` does: it has an index of
when they were drawn and whether they are labelled. From the answers, it would look up each of their drawings, most of
which are not labelled, past its picture: with 100,000 that took ten times as long. PostgreSQL finds its own way.
"""

import datetime as dt
from typing import Final, TypeAlias

from django.db import connection

from predictor.models import ShadowAnswer, Submission

# What the champion said, the version, and the consensus; the label; whether it is in the fair sample; how many.
Row: TypeAlias = tuple[int, int, int | None, int, bool, int]

QUERY: Final = f"""
SELECT answer.champion_prediction, answer.prediction, answer.consensus, drawing.label, drawing.sampled, COUNT(*)
FROM {Submission._meta.db_table} AS drawing CROSS JOIN {ShadowAnswer._meta.db_table} AS answer
WHERE answer.submission_id = drawing.id AND drawing.review = %s AND drawing.created_at > %s
    AND answer.kind = %s AND answer.version = %s AND answer.champion_version = %s
GROUP BY answer.champion_prediction, answer.prediction, answer.consensus, drawing.label, drawing.sampled
"""  # noqa: S608  it holds names of tables only


def labelled(kind: str, version: int, champion: int, *, since: dt.datetime) -> list[Row]:
    """How often there was each combination, on drawings that came after `since` and are labelled with a digit."""
    moment = connection.ops.adapt_datetimefield_value(since)
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [Submission.Review.DIGIT, moment, kind, version, champion])
        return list(cursor.fetchall())
