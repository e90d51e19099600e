"""How gunicorn serves the project; it reads this file by itself."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 20
keepalive = 5
limit_request_line = 8190  # the address of the review queue without scripts names the two hundred last skipped
control_socket_disable = True
max_requests = 100_000  # a worker starts afresh now and then; never two at the same moment
max_requests_jitter = 10_000
accesslog = "-"
access_log_format = '%(t)s "%(r)s" %(s)s %(B)s bytes %(M)s ms [%({x-request-id}o)s]'


def post_worker_init(worker: object) -> None:
    """Load the classifiers before the first visitor comes: after the fork, in the process that uses them."""
    from predictor.services.champions import champions

    champions()
