"""Gunicorn's settings; it finds this file by itself."""

import gc
import os
import sys

from gunicorn.arbiter import Arbiter

from mnistsite import settings
from mnistsite.metrics import workers as numbered
from mnistsite.server import start

if settings.env.problems:
    sys.exit(settings.env.report())

try:
    numbered.share(settings.METRICS_DIR, f"{settings.HOST}-{settings.PORT}")
except OSError as error:
    sys.exit(f"METRICS_DIR cannot be used: {error}.")

database = settings.DATABASES["default"]  # before mnistsite.wsgi gives it the deadlines of a server
prepares = os.environ.pop(start.PREPARES, "")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start others when it is imported, and use none here
os.environ.pop("SCRIPT_NAME", None)  # gunicorn would fail if a proxy has removed the prefix already

bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_CONCURRENCY
worker_class = "mnistsite.server.worker.BufferingWorker"
threads = 8  # twice the slots of the database's gate: the others answer what needs no database
worker_connections = 800  # open files are often limited to 1024
timeout = 30
graceful_timeout = 20
keepalive = 5
preload_app = True  # before the fork: the site is imported once, and the workers share its memory
control_socket_disable = True
max_requests = 100_000  # workers restart now and then, with the jitter never two at the same moment
max_requests_jitter = 10_000
if settings.LOG_FORMAT == "json":
    logger_class = "mnistsite.server.logger.JSONLogger"
accesslog = "-"
access_log_format = '%(t)s "%(r)s" %(s)s %(B)s bytes %(M)s ms [%({x-request-id}o)s]'


def on_starting(server: Arbiter) -> None:
    """Import the views too, which Django would import at each worker's first request, and what sessions are made of."""
    import mnistsite.urls
    from mnistsite import wsgi

    if sys.platform == "linux":  # there it has neither threads nor macOS's frameworks, which do not survive the fork
        import onnxruntime  # noqa: F401

    if settings.MODELS_STORE:
        import mnistsite.s3  # noqa: F401  its client, which each worker would import otherwise

    if prepares:
        server.log.info("Preparing the database and the static files")
        if code := start.prepare(database):  # the child has said why
            numbered.remove()
            sys.exit(code)
        wsgi.find_static_files()
    gc.collect()
    gc.freeze()  # what is imported stays: the collector need not look at it, nor copy its pages in each worker


def when_ready(server: Arbiter) -> None:
    """The address is ours: what a former server counted goes."""
    numbered.clear()
    server.log.info("Draw a digit at http://%s%s/", bind, settings.FORCE_SCRIPT_NAME or "")


def post_fork(server: object, worker: object) -> None:
    numbered.take()


def child_exit(server: object, worker: object) -> None:
    numbered.bury()


def on_exit(server: object) -> None:
    numbered.remove()


def post_worker_init(worker: object) -> None:
    """Load the classifiers before the first request: after the fork, in the process that uses them."""
    from mnistsite.server.memory import give_back
    from predictor.services.answering.champions import champions, follow
    from predictor.services.collecting.shadows import process as shadows

    champions()
    give_back()  # what ONNX Runtime needed to load them
    gc.freeze()
    follow()
    shadows.follow()


def worker_exit(server: object, worker: object) -> None:
    """After the last request, in the worker."""
    from predictor.services.collecting.shadows import process as shadows

    shadows.end()
