"""Pages of a table that is too long to be counted for each."""

from typing import cast

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

LIMIT = 10_000


def is_too_long(rows: QuerySet) -> bool:
    """Whether there are more than are counted."""
    return rows.order_by()[: LIMIT + 1].count() > LIMIT


class EstimatingPaginator(Paginator):
    """Counts no more than LIMIT rows: of a longer selection the first ones are shown.

    The whole table is taken for as long as PostgreSQL last found it.
    """

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet", self.object_list).order_by()
        count: int = rows[:LIMIT].count()
        return max(count, _estimate(rows.model._meta.db_table)) if count == LIMIT and not rows.query.where else count


def _estimate(table: str) -> int:
    """What the last ANALYZE found; 0 before the first, and where there is none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        (count,) = cursor.fetchone()
    return int(count)
