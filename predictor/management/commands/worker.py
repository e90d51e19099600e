"""Take queued training runs, one at a time, and see to their end."""

import logging
import os
import socket
import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_QUEUE_NAME
from django_tasks_db.management.commands.db_worker import Worker

from mnistsite.database.outages import is_outage
from predictor.services.learning import background, runs, workers

INTERVAL: Final = 1.0  # seconds between looks at the queue
PAUSE: Final = 5.0  # seconds until a database that is away is asked again
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Wait for training runs that are started in the admin or by the API, and train them in a child process. "
        "SIGTERM and Ctrl-C cancel the run that is under way. A site that nobody retrains needs no worker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", action="store_true", help="end when nothing is queued")

    def handle(self, *, batch: bool, **options: Any) -> None:
        name = f"{socket.gethostname()[:30]}-{os.getpid()}-{get_random_string(8)}"
        worker = Worker(
            queue_names=[DEFAULT_TASK_QUEUE_NAME],
            excluded_queue_names=[],
            interval=INTERVAL,
            batch=batch,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=name,
        )
        worker.configure_signals()
        self.stdout.write("Waiting for training runs.")
        self.stdout.flush()
        with workers.living(name):
            _work(worker)


def _work(worker: Worker) -> None:
    """Take runs until the worker is asked to end, or nothing is queued in a batch."""
    while worker.running:
        try:
            runs.reap()
            background.requeue()
            worker.run()
            return
        except Error as error:
            if not is_outage(error):
                raise
            log.warning("The database is unavailable, to be asked again in %.0f s: %s", PAUSE, error)
            connection.close()
            time.sleep(PAUSE)
