"""What the server can do: requests a second, waiting times, memory and cold start, beside servers to compare with.

    apt-get install wrk apache2-utils nginx-light     # wrk, ab, nginx
    .venv/bin/python -m pip install -r bench/peers/requirements.txt
    .venv/bin/python -m bench.serving --output docs/performance.json [--seconds 8] [--rounds 3] [--only PART …]

Server and load share the machine, so ratios within one run count, not figures. Everything runs on its own database and
ports: SQLite, or a new database on a PostgreSQL server (`--postgres`). There are 40,000 drawings, no two of which are
alike, and no server gets one twice, except where they repeat: then they are 400. The parts:

clients    ours (SQLite, PostgreSQL, unstored) in turn with a bare Starlette that stores nothing, at 1, 8, 100 clients,
           with new drawings and with 400 again and again
ancestor   its request by 100 clients: its way (100 requests by `ab`, as in its own test), ours and the bare Starlette
           with new drawings, and ours with one drawing again and again, cached in memory and in Redis
processes  1, 2 and 4 worker processes
instances  1, 2 and 3 instances of one process each, behind nginx, on PostgreSQL and Redis
rows       the same with 1,000, 100,000 and 1,000,000 stored drawings on PostgreSQL
memory     of all processes after the load (PSS), and seconds from the start to the first answer; ours is set up before
"""

import argparse
import base64
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench import ab  # noqa: E402
from bench.processes import Site, process, processor_time, weight  # noqa: E402
from bench.restarts import UNLIMITED  # noqa: E402
from bench.scratch import SERVER, run, scratch, value  # noqa: E402
from bench.services import free_port, redis  # noqa: E402
from bench.wrk import Load, post, write_bodies  # noqa: E402
from predictor.ml.images import to_png  # noqa: E402
from predictor.training.data.dataset import Mnist  # noqa: E402
from tests.proxy import proxying  # noqa: E402

PREDICT, UNSTORED, LEGACY = "/api/predict/", "/api/predict/?store=false", "/predict/"
GENEROUS = {"PREDICT_RATE": "100000000/hour", "CLIENT_QUOTA_MB": "0", "DISK_RESERVE_MB": "0", "LOG_LEVEL": "WARNING"}
BARE = "bare Starlette"
CLIENTS = (1, 8, 100)
DRAWINGS, REPEATED = 40_000, 400
PROGRAMS = ("gunicorn", "nginx", "postgres", "redis-server")
ENLARGED = 6  # times: the page's pictures have 168 pixels a side


class Bench:
    def __init__(self, options: argparse.Namespace, directory: Path) -> None:
        self.seconds, self.rounds, self.postgres, self.directory = (
            options.seconds, options.rounds, options.postgres, directory,
        )  # fmt: skip
        many = drawings(DRAWINGS)
        self.many = write_bodies(directory / "many", many)
        self.few = write_bodies(directory / "few", many[-REPEATED:])
        asked = [json.dumps({"model": "cnn", "image": base64.b64encode(each).decode()}).encode() for each in many]
        self.asked = write_bodies(directory / "asked", asked)
        self.one = write_bodies(directory / "one", asked[-1:])
        self.body = directory / "body"
        self.body.write_bytes(asked[0])
        self.one_png = write_bodies(directory / "one.png", many[-1:])
        self._sent: Counter[str] = Counter()

    def load(
        self, url: str, bodies: Path, clients: int, content_type: str = "image/png", database: str | None = None
    ) -> Load:
        """Post drawings that were not sent to this server, or to this database, before."""
        key = database or urlsplit(url).netloc
        found = post(
            url, bodies, clients=clients, seconds=self.seconds, content_type=content_type, skip=self._sent[key]
        )
        if bodies in {self.many, self.asked}:
            self._sent[key] += found.requests + 2 * clients  # those on their way at the end, too
        if self._sent[key] > DRAWINGS - REPEATED:
            raise SystemExit("There are too few drawings for so many seconds.")
        return found

    def in_turn(self, work: Mapping[str, Callable[[], Load]]) -> dict[str, dict[str, float]]:
        """Each of them in turn, several rounds: medians."""
        found: dict[str, list[Load]] = {name: [] for name in work}
        for _ in range(self.rounds):
            for name, measure in work.items():
                found[name].append(measure())
        return {name: told(name, loads) for name, loads in found.items()}

    @contextmanager
    def ours(self, name: str, **variables: str) -> Iterator[Site]:
        """The server as `make run` starts it, on a database of its own."""
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        port = str(free_port())
        sqlite = f"sqlite:///{directory / 'db.sqlite3'}"
        environment = os.environ | GENEROUS | {"DATABASE_URL": sqlite, "REDIS_URL": "", "PORT": port} | variables
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=environment, check=True)
        with process([sys.executable, "manage.py", "serve"], port, "/readyz", environment) as site:
            yield site

    @contextmanager
    def bare(self) -> Iterator[Site]:
        port = str(free_port())
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "bench.peers.bare:app",
            "--workers",
            "2",
            "--no-access-log",
            "--port",
            port,
        ]
        with process(list(map(str, command)), port, "/", dict(os.environ)) as site:
            yield site

    @contextmanager
    def ancestor(self) -> Iterator[Site]:
        port = str(free_port())
        with process([sys.executable, "-m", "bench.peers.ancestor", port], port, "/", dict(os.environ)) as site:
            yield site

    # The parts.

    def clients(self) -> dict[str, object]:
        found: dict[str, object] = {}
        with ExitStack() as stack:
            database = stack.enter_context(scratch(self.postgres))
            sites = {
                BARE: stack.enter_context(self.bare()).url + PREDICT,
                "ours, stored in SQLite": (ours := stack.enter_context(self.ours("sqlite")).url) + PREDICT,
                "ours, stored in PostgreSQL": stack.enter_context(self.ours("pg", DATABASE_URL=database)).url + PREDICT,
                "ours, unstored": ours + UNSTORED,
            }
            for name, bodies in (("New drawings", self.many), (f"{REPEATED} drawings again and again", self.few)):
                for url in sites.values() if bodies == self.few else ():
                    self.load(url, bodies, 8)  # the first time
                for clients in CLIENTS:
                    title = f"{name}, {clients} client{'s' if clients > 1 else ''}"
                    print(title, flush=True)
                    found[title] = self.in_turn(
                        {site: lambda url=url: self.load(url, bodies, clients) for site, url in sites.items()}  # noqa: B023
                    )
        return found

    def beside_the_ancestor(self) -> dict[str, object]:
        with ExitStack() as stack:
            cache = free_port()
            stack.enter_context(redis(cache))
            plain = stack.enter_context(self.ours("memory")).url + LEGACY
            cached = stack.enter_context(self.ours("redis", REDIS_URL=f"redis://127.0.0.1:{cache}/0")).url + LEGACY
            old = stack.enter_context(self.ancestor()).url + LEGACY
            bare = stack.enter_context(self.bare()).url + PREDICT
            json_type = "application/json"
            return self.in_turn(
                {
                    "the ancestor's way": lambda: ab.post(
                        old, self.body, clients=100, requests=100, content_type=json_type
                    ),
                    "ours, new drawings": lambda: self.load(plain, self.asked, 100, json_type),
                    f"{BARE}, new drawings": lambda: self.load(bare, self.many, 100),
                    "ours, one drawing, cached in memory": lambda: self.load(plain, self.one, 100, json_type),
                    "ours, one drawing, cached in Redis": lambda: self.load(cached, self.one, 100, json_type),
                }
            )

    def processes(self) -> dict[str, object]:
        with ExitStack() as stack:
            sites = {
                f"{n} process{'es' if n > 1 else ''}": stack.enter_context(
                    self.ours(f"processes{n}", WEB_CONCURRENCY=str(n))
                ).url
                + PREDICT
                for n in (1, 2, 4)
            }
            return self.in_turn({name: lambda url=url: self.load(url, self.many, 8) for name, url in sites.items()})

    def instances(self) -> dict[str, object]:
        """Instances of one process each behind nginx, which share PostgreSQL and Redis."""
        with ExitStack() as stack:
            database, ports = self._sharing(stack, 3)
            sites = {"1 without nginx": f"http://127.0.0.1:{ports[0]}"} | {
                f"{n} behind nginx": stack.enter_context(self._behind_nginx(ports[:n])) for n in (1, 2, 3)
            }
            found: dict[str, object] = self.in_turn(
                {
                    name: lambda url=url: self.load(url + PREDICT, self.many, 8, database=database)
                    for name, url in sites.items()
                }
            )
            return found | {"processor_ms": self._processor_time(f"{sites['2 behind nginx']}{PREDICT}", database)}

    def _processor_time(self, url: str, database: str) -> dict[str, float]:
        """What each program takes of the processor for one stored drawing, in milliseconds."""
        before = processor_time()
        load = self.load(url, self.many, 8, database=database)
        after = processor_time()
        return {name: round(1000 * (after[name] - before[name]) / load.requests, 3) for name in PROGRAMS}

    def _sharing(self, stack: ExitStack, n: int) -> tuple[str, list[int]]:
        """A new database and the ports of `n` instances of one process each that share it, and Redis."""
        cache = free_port()
        stack.enter_context(redis(cache))
        database = stack.enter_context(scratch(self.postgres))
        shared = {
            "DATABASE_URL": database,
            "REDIS_URL": f"redis://127.0.0.1:{cache}/0",
            "NUM_PROXIES": "1",
            "WEB_CONCURRENCY": "1",
        }
        urls = [stack.enter_context(self.ours("shared", **shared)).url for _ in range(n)]
        return database, [int(url.rsplit(":", 1)[1]) for url in urls]

    def _behind_nginx(self, ports: list[int]) -> AbstractContextManager[str]:
        """The configuration in deploy/nginx has two servers: one instance stands there twice, a third one is added."""
        first, second = (ports * 2)[:2]
        more = [f"server 127.0.0.1:{port} max_fails=3 fail_timeout=2s;" for port in ports[2:]]
        changes = UNLIMITED | {"zone digits 64k;": " ".join(["zone digits 64k;", *more])}
        return proxying(self.directory / f"nginx{len(ports)}", upstreams=[first, second], changes=changes)

    def rows(self) -> dict[str, object]:
        with ExitStack() as stack:
            sites = {}
            for rows in (1_000, 100_000, 1_000_000):
                database = stack.enter_context(scratch(self.postgres))
                site = stack.enter_context(self.ours(f"rows{rows}", DATABASE_URL=database))
                self.load(site.url + PREDICT, self.one_png, 1)
                run(database, FILL.format(rows=rows))
                run(database, "VACUUM ANALYZE predictor_submission")
                sites[f"{rows:,} rows"] = site.url + PREDICT
            found = self.in_turn({name: lambda url=url: self.load(url, self.many, 8) for name, url in sites.items()})
            return found | {"bytes_a_row": round(value(database, SIZE))}

    def memory(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, start in (("ours", lambda: self.ours("weighed")), (BARE, self.bare)):
            with start() as site:
                self.load(site.url + PREDICT, self.many, 8)
                found[name] = {"pss_mb": round(weight(site.pid), 1), "seconds_to_first_answer": round(site.seconds, 2)}
            print(f"  {name}: {found[name]}", flush=True)
        return found


FILL = """
INSERT INTO predictor_submission (id, created_at, source, request_id, image, pixels, preprocessing, digest, answers,
    prediction, verdict, agreement, review, priority, random_key, sampled)
SELECT gen_random_uuid(), created_at, source, md5(n::text), image, pixels, preprocessing,
    encode(sha256(n::text::bytea), 'hex'), answers, prediction, verdict, agreement, review, random(), random(), false
FROM (SELECT * FROM predictor_submission LIMIT 1) AS one, generate_series(1, {rows}) AS n
"""

SIZE = "SELECT pg_total_relation_size('predictor_submission')::float / count(*) FROM predictor_submission"


def drawings(count: int) -> list[bytes]:
    """PNGs as large as the page's, no two alike: MNIST's digits, enlarged, with a spot of their own."""
    levels = Mnist.read(ROOT / "data/mnist").levels
    random = np.random.default_rng(1)
    found = []
    for number in range(count):
        picture = np.kron(levels[number], np.ones((ENLARGED, ENLARGED), np.uint8))
        down, right = random.integers(40, 128, 2)
        picture[down : down + 2, right : right + 2] ^= np.uint8(random.integers(32, 256))
        found.append(to_png(255 - picture))
    return found


def told(name: str, loads: list[Load]) -> dict[str, float]:
    """Medians of several rounds."""
    rows = [asdict(load) | {"rate": load.rate} for load in loads]
    found = {key: round(statistics.median(row[key] for row in rows), 2) for key in ("rate", "p50", "p99", "max")}
    found |= {"requests": sum(load.requests for load in loads), "failed": sum(load.failed for load in loads)}
    print(f"  {name:36} {found['rate']:8.1f} req/s, p50 {found['p50']:.1f} ms, p99 {found['p99']:.1f} ms", flush=True)
    return found


PARTS: dict[str, Callable[[Bench], dict[str, object]]] = {
    "clients": Bench.clients,
    "ancestor": Bench.beside_the_ancestor,
    "processes": Bench.processes,
    "instances": Bench.instances,
    "rows": Bench.rows,
    "memory": Bench.memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="a JSON file; parts that are not measured anew stay in it")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--postgres", default=SERVER, help="the URL of a PostgreSQL server")
    options = parser.parse_args()
    found: dict[str, object] = {}
    if options.output and options.output.exists():
        found = json.loads(options.output.read_text())
    found["machine"] = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "rounds": options.rounds,
        "seconds": options.seconds,
    }
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(options, Path(directory))
        for name in options.only:
            print(name, flush=True)
            found[name] = PARTS[name](bench)
            if options.output:
                options.output.write_text(json.dumps(found, indent=1) + "\n")


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
