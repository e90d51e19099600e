"""One retrain on a cluster, and every machine of a site answers with what came of it.

    .venv/bin/python bench/machines.py [--server postgres://…] [--epochs 4]

Two instances with empty directories of their own, a bucket (moto's server), a new PostgreSQL database, a Dask scheduler
with two workers, and a trainer with a third empty directory. It trains an SVM on the ancestor's 500 images on the
cluster, and publishes and promotes it. Clients ask both instances all the time. Takes about three minutes.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from scratch import SERVER, scratch  # noqa: E402
from services import free_port  # noqa: E402
from store import Moto, Site, all_have, asking, readiness_of, serving, variables_of, wait_for  # noqa: E402

from tests import clusters  # noqa: E402

WORKERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=SERVER, help="a PostgreSQL server on which a database may be created")
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(scratch(options.server))
        moto = Moto(free_port())
        moto.start()
        stack.callback(lambda: moto.process and moto.process.kill())
        trainer, *sites = (Site(variables_of(directory / name, database, moto)) for name in ("trainer", "one", "two"))
        trainer.manage("migrate", "--verbosity", "0")
        trainer.manage("upload_versions", "models")
        for site in sites:
            stack.enter_context(serving(site))
        wait_for(lambda: all(each["status"] == "ready" for each in readiness_of(sites)))
        print("before:", readiness_of(sites)[0]["models"])
        address, _ = stack.enter_context(clusters.scheduler(directory))
        stack.enter_context(clusters.workers(directory, address, WORKERS))
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(WORKERS, timeout=60)
        with asking(sites, clients=2) as answers:
            said = _retrained(trainer, address, options.epochs)
            version = said.split("svm: published as v")[1].split(";")[0]
            began = time.monotonic()
            wait_for(lambda: all_have(sites, version))
        print(
            "\n".join(line for line in said.splitlines() if "published" in line or "Dask" in line or "worker" in line)
        )
        print(f"svm v{version} answers in both instances {time.monotonic() - began:.1f} s after the run has ended")
        print(f"all the time: {answers}")
        print("after:", readiness_of(sites)[0]["models"])


def _retrained(trainer: Site, address: str, epochs: int) -> str:
    began = time.monotonic()
    asked = ("--base", "mnist500", "--kinds", "svm", "--epochs", str(epochs), "--robustness", "20")
    said = trainer.manage("retrain", *asked, "--promote", "always", "--dask", address)
    print(f"trained on the cluster in {time.monotonic() - began:.0f} s")
    return said


if __name__ == "__main__":
    main()
