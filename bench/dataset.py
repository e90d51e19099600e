"""The cost of exporting and importing a dataset: wall-clock time, processor time, and peak memory.

    make setup
    .venv/bin/python bench/dataset.py [--rows 100000] [--url postgres://postgres@127.0.0.1:5432/postgres]

Creates two databases of its own on that PostgreSQL server, fills one, exports it in each format, imports that into the
other, checks that both hold the same labels, and drops them. An export of 100,000 drawings to IDX may take at most 60 s
and 200 MB, an import at most twice as long. The processor time is that of the command, without PostgreSQL.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.scratch import SERVER, run, scratch  # noqa: E402

COLUMNS = (
    "id", "created_at", "source", "request_id", "image", "strokes", "pixels", "preprocessing", "digest", "answers",
    "review", "label", "labelled_at", "priority", "random_key",
)  # fmt: skip
CONTENT = "SELECT count(*), md5(string_agg(digest || label, '' ORDER BY digest)) FROM predictor_submission"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default=SERVER)
    options = parser.parse_args()
    with scratch(options.url) as full, scratch(options.url) as empty, tempfile.TemporaryDirectory() as directory:
        for url in (full, empty):
            _measure(url, "migrate", "-v0")
        filling = get_context("spawn").Process(target=_fill, args=(full, options.rows))  # its memory is not measured
        filling.start()
        filling.join()
        print(f"{options.rows:,} labelled drawings; manage.py check, for comparison: {_measure(full, 'check')}")
        for name in ("idx", "data.npz", "data.zip", "data.csv"):
            path = Path(directory) / name
            written = _measure(full, "export_dataset", path)
            size = sum(file.stat().st_size for file in (path, *path.glob("*")) if file.is_file()) / 1e6
            read = _measure(empty, "import_dataset", path)
            if _query(empty, CONTENT) != _query(full, CONTENT):
                sys.exit(f"{name}: the imported labels are not those that were exported.")
            run(empty, "TRUNCATE predictor_submission CASCADE")
            print(f"{name:8} {size:4.0f} MB   export {written}   import {read}")


def _fill(url: str, rows: int) -> None:
    """MNIST's digits as if sent by the page, shifted so that no two are the same."""
    import numpy as np

    from predictor.ml.images import PREPROCESSING, digest
    from predictor.training.data.dataset import Mnist

    mnist, strokes = Mnist.read(ROOT / "data" / "mnist"), (ROOT / "bench" / "page.json").read_text()
    random = np.random.default_rng(0)
    line = sql.SQL("COPY predictor_submission ({}) FROM STDIN").format(sql.SQL(",").join(map(sql.Identifier, COLUMNS)))
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(line) as copy:
        for i in range(rows):
            turn, which = divmod(i, len(mnist.labels))
            pixels = np.roll(mnist.levels[which], turn, axis=0)
            copy.write_row((
                f"00000000-0000-4000-8000-{i:012}", "2025-01-01T12:00Z", "page", f"{i}", random.bytes(1500), strokes,
                pixels.tobytes(), PREPROCESSING, digest(pixels), "{}", "digit", int(mnist.labels[which]),
                "2025-01-02T12:00Z", 1.0, 0.5,
            ))  # fmt: skip
    run(url, "VACUUM ANALYZE")


def _measure(url: str, *arguments: object) -> str:
    """What a command costs: wall-clock time, processor time, peak memory."""
    start = time.monotonic()
    command = [sys.executable, "manage.py", *map(str, arguments)]
    environment = os.environ | {"DATABASE_URL": url}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{arguments[0]} failed")
    seconds, processor = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    return f"{seconds:6.1f} s, processor {processor:5.1f} s, {usage.ru_maxrss / 1000:4.0f} MB"


def _query(url: str, query: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone()


if __name__ == "__main__":
    main()
