"""Pagination for a table that is too long to be counted for every page."""

from typing import cast

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

LIMIT = 10_000


def is_too_long(rows: QuerySet) -> bool:
    """Whether there are more rows than the paginator counts."""
    return rows.order_by()[: LIMIT + 1].count() > LIMIT


class EstimatingPaginator(Paginator):
    """Counts up to LIMIT rows: of a longer selection only the first LIMIT are shown.

    For the whole table, without a filter, PostgreSQL's own estimate is used.
    """

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet", self.object_list).order_by()
        count: int = rows[:LIMIT].count()
        return max(count, _estimate(rows.model._meta.db_table)) if count == LIMIT and not rows.query.where else count


def _estimate(table: str) -> int:
    """What the last ANALYZE found; 0 before the first one, and on databases other than PostgreSQL."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        (count,) = cursor.fetchone()
    return int(count)
