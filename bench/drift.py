"""What drift is found, how often without any, and how long the page takes.

    .venv/bin/python bench/drift.py pendigits-train.jsonl.gz [--seeds 5] [--weekly 300] [--postgres URL]

Drawings from the file, drawn with the page's pen, are answered by the champions and stored as rows of past weeks,
`weekly` a week; one in three is claimed, and one in five is labelled and in the fair sample.

- Without a change: `seeds` sites of 20 weeks each, after 8 to compare with. None may be raised.
- With one: the last week is drawn with a bolder pen, with another slant, without sevens, at half the size: each must
  raise its own figure. And by five writers only, which is a change that nobody could act on.
- Speed: the page over 10,000 stored drawings, with nothing in memory and again, on SQLite and PostgreSQL: at most
  500 ms of this process's time, which another process cannot lengthen much; and how long it took by the clock.
"""

import argparse
import datetime as dt
import hashlib
import os
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import django

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.scratch import SERVER, scratch  # noqa: E402

POOL, CHANGED = 3000, 600  # different drawings without a change, and with each
EARLIER, WEEKS = 8, 20
STORED, LIMIT = 10_000, 500  # drawings, and milliseconds for a page of them
OWN = {
    "pen of 30 instead of 18": "width", "pen of 22": "width", "leaning 20° more": "slant", "leaning 8° more": "slant",
    "no sevens": "digits", "half the size": "size",
}  # fmt: skip
FIRST = "12 weeks, nothing in memory"
PAGE = "/admin/predictor/submission/drift/"
Rows = Sequence[dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path, help="a file of strokes, as `manage.py fetch_strokes` downloads it")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--weekly", type=int, default=300, help="drawings of a week")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--only", choices=["drift", "speed"], help="only what is found, or only the page")
    parser.add_argument("--postgres", default=SERVER, help="the URL of a PostgreSQL server")
    parser.add_argument("--database", type=Path, help="keep the SQLite database of the speed test here")
    options = parser.parse_args()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "mnistsite.settings", "MODELS_DIR": str(options.models)}
    with tempfile.TemporaryDirectory() as directory:
        database = options.database or Path(directory) / "db.sqlite3"
        os.environ["DATABASE_URL"] = f"sqlite:///{database}"
        django.setup()
        usual, changed = pools(options.strokes)
        prepare()
        met = []
        if options.only != "speed":
            met += [without(usual, options.seeds, options.weekly), with_each(usual, changed, options.weekly)]
        if options.only != "drift":
            met.append(speed("SQLite", usual))
    if options.only != "drift":
        with scratch(options.postgres) as url, connected(url):
            prepare()
            met.append(speed("PostgreSQL", usual))
    if not all(met):
        raise SystemExit("Not as it must be.")


def pools(path: Path) -> tuple[Rows, dict[str, Rows]]:
    from bench.drifting.pools import CHANGES, USUAL, pool
    from predictor.training.data.strokes import read_strokes

    started = time.perf_counter()
    drawings = read_strokes(path)
    writers = sorted({each.writer for each in drawings})[:5]
    five = [each for each in drawings if each.writer in writers]
    usual = pool(drawings, POOL, USUAL, seed=0)
    changed = {
        name: pool(five if name == "five writers" else drawings, CHANGED, way, seed=1) for name, way in CHANGES.items()
    }
    answered = POOL + CHANGED * len(changed)
    print(f"{answered:,} drawings drawn and answered in {time.perf_counter() - started:.0f} s\n")
    return usual, changed


def prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def without(usual: Rows, seeds: int, weekly: int) -> bool:
    from predictor.services.learning.drift.report import report

    print(f"Without a change: {seeds} × {WEEKS} weeks, {weekly} drawings each")
    print(f"{'figure':24} {'comparisons':>11} {'somewhat':>9} {'raised':>7} {'largest':>8}")
    levels: dict[str, Counter[str]] = {}
    largest: Counter[str] = Counter()
    for seed in range(seeds):
        now = fill([usual] * (EARLIER + WEEKS), weekly, seed)
        found = report(weeks=WEEKS, now=now)
        for figure in found.figures:
            name = figure.subject.name
            for _, each in figure.trend:
                levels.setdefault(name, Counter())[each.level if each else "none"] += 1
                largest[name] = max(largest[name], each.index if each else 0)
        levels.setdefault("claims", Counter()).update(each.level for each in found.claims)
        levels.setdefault("calibration", Counter()).update(each.level for each in found.accuracy)
    for name, counts in levels.items():
        most = f"{largest[name]:8.3f}" if name in largest else ""
        print(f"{name:24} {counts.total():11} {counts['slight']:9} {counts['strong']:7} {most}")
    return not any(counts["strong"] for counts in levels.values())


def with_each(usual: Rows, changed: dict[str, Rows], weekly: int) -> bool:
    from predictor.services.learning.drift.report import report

    print(f"\nWith a change in the last week, {weekly} drawings")
    met = True
    for seed, (name, rows) in enumerate(changed.items(), 100):
        found = report(weeks=1, now=fill([*[usual] * EARLIER, rows], weekly, seed))
        indices = {
            each.subject.name: (each.against_earlier.index, each.against_earlier.level)
            for each in found.figures
            if each.against_earlier
        }
        raised = [f"{key} {index:.2f}" for key, (index, level) in indices.items() if level == "strong"]
        slight = [f"{key} {index:.2f}" for key, (index, level) in indices.items() if level == "slight"]
        raised += [f"claims {found.claims[-1].share:.0%}"] if found.claims[-1].level == "strong" else []
        raised += ["calibration"] if found.accuracy[0].level == "strong" else []
        own = OWN.get(name)
        met &= own is None or indices[own][1] == "strong"
        print(f"{name:24} raises {', '.join(raised) or 'nothing'}; somewhat: {', '.join(slight) or 'none'}")
    return met


def speed(database: str, usual: Rows) -> bool:
    from django.contrib.auth.models import User
    from django.core.cache import caches
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, override_settings

    user, _ = User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    print(f"\nThe page on {database}: {STORED:,} drawings")
    static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    fill([usual] * (EARLIER + 12), STORED // (EARLIER + 12), 7, now=dt.datetime.now(dt.UTC))
    figures: dict[str, list[Spent]] = {}
    with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=static, STATIC_ROOT=ROOT / "static"):
        client.get(PAGE)  # opens connections, loads templates and models
        for _ in range(7):
            caches["process"].clear()
            for case in (FIRST, "12 weeks, again", "26 weeks, after these"):
                figures.setdefault(case, []).append(spent(client.get, f"{PAGE}?weeks={case[:2]}"))
        caches["process"].clear()
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(PAGE)
    print(f"  {len(captured)} queries, {len(answer.content):,} bytes")
    medians = {case: Spent(*map(median, zip(*some, strict=True))) for case, some in figures.items()}
    for case, found in medians.items():
        print(f"  {case:32} {found.process:5.0f} ms of the process, {found.clock:5.0f} ms by the clock")
    return all(found.process <= LIMIT for found in medians.values())


class Spent(NamedTuple):
    """Milliseconds of this process, and by the clock."""

    process: float
    clock: float


def spent(get: Callable[[str], Any], address: str) -> Spent:
    clock, process = time.perf_counter(), time.process_time()
    answer = get(address)
    assert answer.status_code == 200
    return Spent(1000 * (time.process_time() - process), 1000 * (time.perf_counter() - clock))


def fill(weeks: Sequence[Rows], weekly: int, seed: int, now: dt.datetime | None = None) -> dt.datetime:
    """Store so many drawings in each of these weeks, in place of all others; returns a moment in the last one."""
    from django.core.cache import caches

    from predictor.models import Submission
    from predictor.services.learning.drift.weeks import Week

    chance = random.Random(seed)
    now = now or dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
    last = Week.of(now)
    Submission.objects.all().delete()
    caches["process"].clear()
    created_at = Submission._meta.get_field("created_at")
    created_at.auto_now_add = False
    for back, rows in zip(range(len(weeks) - 1, -1, -1), weeks, strict=True):
        start = last.before(back).start
        until = min(now, last.before(back).end) - start
        chosen = chance.sample(list(rows), min(weekly, len(rows)))
        Submission.objects.bulk_create([_row(each, start + until * chance.random(), chance) for each in chosen], 500)
    return now


def _row(given: dict[str, Any], at: dt.datetime, chance: random.Random) -> Any:
    from predictor.models import Submission

    columns = dict(given)
    truth = columns.pop("truth")
    if chance.random() < 1 / 3:
        columns |= {"claim": str(truth), "claimed_at": at}
    if chance.random() < 1 / 5:
        columns |= {"label": truth, "review": "digit", "sampled": True, "labelled_at": at}
    key = uuid.UUID(int=chance.getrandbits(128), version=4)
    digest = hashlib.sha256(key.bytes).hexdigest()
    return Submission(
        id=key, created_at=at, source="page", request_id="bench", preprocessing=1, digest=digest, **columns
    )


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Django's connection goes to this database meanwhile."""
    from django.conf import settings
    from django.db import connections

    from mnistsite import backends

    before = connections["default"]
    before.close()
    settings.DATABASES["default"] = backends.database(url)
    del connections["default"]
    connections.settings = connections.configure_settings(settings.DATABASES)
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


if __name__ == "__main__":
    main()
