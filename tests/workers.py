"""Workers as `make worker` starts them, whose trainers are quick, or endless, but train nothing."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import ending
from tests.site import Site, wait_for

# What a trainer does is its seed.
QUICK, ENDLESS, COMPUTING, STUCK, KILLED, SILENT, FAILING = range(7)

TRAINER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
import django
django.setup()
from django.core.management import execute_from_command_line
from predictor.management.commands import retrain
from tests import workers

retrain.retrain = workers.train
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""

WORKER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mnistsite.settings"
import django
django.setup()
from django.core.management import execute_from_command_line
from predictor.services.learning import background
from tests import workers

background.GRACE = float(os.environ.get("GRACE", background.GRACE))
command = background.trainer
background.trainer = lambda run: [sys.executable, "-c", workers.TRAINER, *command(run)[2:]]
execute_from_command_line(["manage.py", "worker", *sys.argv[1:]])
"""

ASK = """
from predictor.models import TrainingRun
from predictor.services.learning.background import retrain_in_background
from django.contrib.auth.models import AnonymousUser
parameters = {"base": "mnist500", "kinds": ["svm"], "seed": %d}
print(retrain_in_background(parameters=parameters, by=AnonymousUser(), origin="api").pk)
"""

CANCEL = """
from django.contrib.auth.models import User
from predictor.models import TrainingRun
from predictor.services.learning import runs
ann, _ = User.objects.get_or_create(username="ann")
runs.cancel(run=TrainingRun.objects.get(pk=%d), by=ann)
"""


def train(recipe: Any, *, report: Callable[[str], None], progress: Callable[[str, int, int], None], **_: Any) -> Any:
    from predictor.services.learning.retrain import Outcome

    report(f"in process {os.getpid()}")
    progress("svm", 1, 4)
    match recipe.seed:
        case kind if kind == ENDLESS:
            signal.pause()
        case kind if kind == COMPUTING:
            hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)  # other threads go on, this one hears no signal
        case kind if kind == STUCK:
            ending.forever()
        case kind if kind == KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        case kind if kind == SILENT:
            os._exit(3)
        case kind if kind == FAILING:
            raise ArithmeticError("a digit too many")
    return Outcome([], [], 0)


def ask(site: Site, what: int) -> int:
    """Queue a run, as the API does."""
    return int(site.manage("shell", "--no-imports", "--command", ASK % what))


@contextmanager
def worker(site: Site, *arguments: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """A worker in a process group of its own; afterwards it and its trainer are gone."""
    log = (site.directory / "worker.log").open("a")
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments],
        cwd=ending.PROJECT, env=os.environ | site.variables | variables,
        stdout=log, stderr=log, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


def row(site: Site, pk: int) -> dict[str, Any]:
    names = ("state", "sentence", "progress", "log", "report")
    found = site.rows(f"SELECT {', '.join(names)} FROM predictor_trainingrun WHERE id = ?", pk)
    values = dict(zip(names, found[0], strict=True))
    return values | {name: json.loads(values[name]) for name in ("progress", "report")}


def has_ended(site: Site, pk: int) -> dict[str, Any]:
    """The row of a run, once it has ended."""
    return wait_for(lambda: (found := row(site, pk)) and found["state"] not in {"queued", "running"} and found)


def trainer_of(site: Site, pk: int) -> int:
    """The process that trains a run, once its row says so."""
    query = "SELECT log FROM predictor_trainingrun WHERE id = ? AND log LIKE '%in process%'"
    ((log,),) = wait_for(lambda: site.rows(query, pk))
    return int(log.split("in process ")[1].split()[0])


@contextmanager
def trainer(site: Site, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """`manage.py retrain` with these arguments, as somebody types it; it trains nothing."""
    with ending.running(TRAINER, "retrain", "--kinds", "svm", *arguments, **site.variables) as process:
        yield process


def trains(site: Site, process: "subprocess.Popen[str]") -> None:
    """Wait until the worker's trainer has begun."""
    wait_for(lambda: process.poll() is not None or "in process" in said(site))
    assert process.poll() is None, said(site)


def cancel(site: Site, run: int) -> None:
    """As somebody named ann does in the admin."""
    site.manage("shell", "--no-imports", "--command", CANCEL % run)


def said(site: Site) -> str:
    return Path(site.directory / "worker.log").read_text()
