"""What a stored drawing takes on disk, its indexes and its label's history included.

    .venv/bin/python bench/disk.py [--rows 20000] [--postgres URL]

One drawing is stored as the page sends it, with strokes, and one as the API gets it, without; each is then copied, with
another identity, into a database of its own. Prints bytes a row on SQLite and on PostgreSQL.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scratch import SERVER, scratch

HERE = Path(__file__).resolve()
ROOT = HERE.parent.parent
UNIQUE = {
    "postgresql": {"id": "gen_random_uuid()", "digest": "encode(sha256(n::text::bytea), 'hex')"},
    "sqlite": {"id": "lower(hex(randomblob(16)))", "digest": "lower(hex(randomblob(32)))"},
}
SERIES = {
    "postgresql": "generate_series(1, {}) AS series(n)",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s)",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--postgres", default=SERVER, metavar="URL")
    parser.add_argument("--measure", choices=("strokes", "picture"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.rows, with_strokes=options.measure == "strokes")
        return
    for what in ("strokes", "picture"):
        with tempfile.TemporaryDirectory() as directory, scratch(options.postgres) as database:
            for name, url in (("SQLite", f"sqlite:///{directory}/db.sqlite3"), ("PostgreSQL", database)):
                command = [sys.executable, str(HERE), "--measure", what, "--rows", str(options.rows)]
                environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": "", "PYTHONPATH": str(ROOT)}
                subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
                found = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
                print(f"{what:8} {name:10} {float(found.stdout):8,.0f} bytes a row", flush=True)


def measure(rows: int, *, with_strokes: bool) -> None:
    """Print how many bytes the database grows by for each of `rows` copies of a drawing."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
    import django

    django.setup()
    import json

    from django.db import connection

    from predictor.models import Submission
    from predictor.services.answering.answers import Drawing
    from predictor.services.collecting.submit import submit

    strokes = json.loads((HERE.parent / "page.json").read_text()) if with_strokes else None
    submit(drawing=Drawing((HERE.parent / "page.png").read_bytes(), "api", "bench", strokes))
    empty = size()
    vendor, table = connection.vendor, Submission._meta.db_table
    columns = [field.column for field in Submission._meta.concrete_fields]
    values = ", ".join(UNIQUE[vendor].get(column, f"one.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} "
            f"FROM (SELECT * FROM {table} LIMIT 1) AS one, {SERIES[vendor].format(rows)}"
        )
    print((size() - empty) / rows)


def size() -> int:
    """Bytes of the whole database."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
