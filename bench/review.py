"""How fast the review desk is with many drawings in PostgreSQL: the admin's list, the queue, the grid, and their parts.

    .venv/bin/python bench/review.py [--rows 100000 1000000] [--postgres URL] [--plans]

Creates a database of its own on the PostgreSQL server at URL, fills it with drawings of a realistic size, a tenth of
them labelled, measures, and drops it. A million rows take 5 GB of disk and a few minutes.

With a million rows, the first page and the queue may each take at most 300 ms and 12 queries, not counting BEGIN and
COMMIT. The reviewer has their permissions from the group, which takes two queries.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import django

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.scratch import SERVER, scratch  # noqa: E402

ADMIN = "/admin/predictor/submission/"
PAGES = [
    "", "?review__exact=waiting", "?review__exact=disputed", "?review__exact=unsure", "?disagreement=yes",
    "?verdict__exact=not_a_digit", "?label__exact=7", "?claim__exact=x", "?source__exact=legacy",
    "?source__exact=legacy&review__exact=unsure",
]  # fmt: skip
FILL = """
INSERT INTO predictor_submission (id, created_at, source, request_id, image, pixels, preprocessing, digest, answers,
    prediction, verdict, agreement, claim, review, label, labelled_by_id, labelled_at, priority, random_key)
SELECT gen_random_uuid(), now() - (%(end)s - i) * interval '30 seconds',
    CASE WHEN a < 0.001 THEN 'legacy' WHEN a < 0.2 THEN 'api' ELSE 'page' END, md5(i::text),
    {image}, decode(repeat('00', 200), 'hex') || {ink} || decode(repeat('00', 392), 'hex'), 1, sha,
    jsonb_build_object('svm', answer, 'cnn', answer, 'mlp', answer), i %% 10,
    CASE WHEN b > 0.03 THEN 'digit' WHEN b > 0.01 THEN 'unsure' ELSE 'not_a_digit' END,
    CASE WHEN b > 0.1 THEN 'all' WHEN b > 0.01 THEN 'majority' ELSE 'none' END,
    CASE WHEN c < 0.01 THEN 'x' WHEN c < 0.1 THEN (i %% 10)::text END,
    review, CASE WHEN review = 'digit' THEN i %% 10 END, CASE WHEN review <> 'waiting' THEN %(reviewer)s END,
    CASE WHEN review <> 'waiting' THEN now() END,
    CASE WHEN b > 0.1 THEN power(random(), 8) ELSE 1 + random() END, random()
FROM (
    SELECT i, random() a, random() b, random() c, encode(sha256(i::text::bytea), 'hex') sha,
        CASE WHEN d < 0.1 THEN 'digit' WHEN d < 0.105 THEN 'none' WHEN d < 0.107 THEN 'unsure'
            WHEN d < 0.1072 THEN 'disputed' ELSE 'waiting' END review,
        jsonb_build_object('version', 3, 'probabilities', (
            SELECT jsonb_agg(round((random() * 0.1 + (i + k) * 0)::numeric, 6)) FROM generate_series(1, 10) k)) answer
    FROM (SELECT i, random() d FROM generate_series(%(start)s, %(end)s) i) numbers
) rows
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", default=SERVER, help="the URL of a PostgreSQL server")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="drawings in the database")
    parser.add_argument("--plans", action="store_true", help="print PostgreSQL's plans for the queue's queries")
    options = parser.parse_args()
    with scratch(options.postgres) as url:
        os.environ["DATABASE_URL"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
        django.setup()
        measure(sorted(options.rows), options.plans)


def measure(sizes: list[int], plans: bool) -> None:
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.test.utils import override_settings

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("reviewer", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    start = 1
    static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    for size in sizes:
        print(f"\n{size:,} drawings, filled in {fill(start, size, user.pk):.0f} s")
        print(f"{'':46} {'ms':>6} {'queries':>8}")
        with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=static, STATIC_ROOT=ROOT / "static"):
            pages(user)
        desk(user, plans)
        print(f"{'peak memory of this process':46} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:5} MB")
        start = size + 1


def fill(start: int, end: int, reviewer: int) -> float:
    """Add rows from `start` to `end`, and the labels of those that are labelled; returns the seconds that it took."""
    from django.db import connection

    started = time.perf_counter()
    hashes = [f"sha512((i * 64 + {n})::text::bytea)" for n in range(26)]
    with connection.cursor() as cursor:
        statement = FILL.format(image=" || ".join(hashes[:23]), ink=" || ".join(hashes[23:]))
        cursor.execute(statement, {"start": start, "end": end, "reviewer": reviewer})
        cursor.execute(
            "INSERT INTO predictor_label (submission_id, value, source, by_id, created_at) "
            "SELECT id, COALESCE(label::text, CASE review WHEN 'none' THEN 'x' ELSE 'u' END), 'reviewer', %s, now() "
            "FROM predictor_submission s WHERE review <> 'waiting' AND NOT EXISTS "
            "(SELECT 1 FROM predictor_label l WHERE l.submission_id = s.id)",
            [reviewer],
        )
        cursor.execute("VACUUM ANALYZE")
    return time.perf_counter() - started


def pages(user: Any) -> None:
    from django.core.cache import caches
    from django.test import Client

    from predictor.models import Submission

    client = Client()
    client.force_login(user)
    for query in PAGES:
        show(f"list {query or 'first page'}", lambda query=query: client.get(ADMIN + query), times=5)
    forget = caches["process"].clear

    def leave() -> None:
        Submission.objects.filter(reserved_by=user).update(reserved_by=None, reserved_until=None)
        forget()

    show("queue, opened anew, counts not cached", lambda: client.get(f"{ADMIN}queue/"), after=leave)
    for name, path in (("queue", "queue/"), ("grid", "grid/?digit=7")):
        show(f"{name}, counts cached", lambda path=path: client.get(ADMIN + path))
        show(f"{name}, counts not cached", lambda path=path: client.get(ADMIN + path), after=forget)


def desk(user: Any, plans: bool) -> None:
    from django.core.cache import caches

    from predictor.models import Submission
    from predictor.services.reviewing import labels, queue

    def label_taken() -> None:
        labels.record_many(submissions=Submission.objects.filter(reserved_by=user), value="7", by=user)

    for count in (1, 20):
        show(
            f"queue.reserve_next, {count}",
            lambda count=count: queue.reserve_next(by=user, count=count),
            after=label_taken,
        )
    row = Submission.objects.only("pk").first()
    show("labels.record", lambda: labels.record(submission=row, value="7", by=user))
    show("labels.undo", lambda: labels.undo(by=user))
    show("queue.remaining, not cached", queue.remaining, after=caches["process"].clear)
    if plans:
        for stage in queue._stages(user):
            print(stage.order_by("-priority").values_list("pk", "pixels")[: queue.WINDOW].explain(analyze=True))


def show(name: str, act: Callable[[], Any], times: int = 20, after: Callable[[], Any] = lambda: None) -> None:
    """Print the median time and the most queries; the first run, which opens connections and caches, is not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    act()
    after()
    seconds, queries = [], []
    for _ in range(times):
        with CaptureQueriesContext(connection) as captured:
            started = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - started)
        queries.append(sum(one["sql"] not in ("BEGIN", "COMMIT") for one in captured))
        after()
    print(f"{name:46} {1000 * median(seconds):6.0f} {max(queries):8}")


if __name__ == "__main__":
    main()
