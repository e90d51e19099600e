"""Count and time every request."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from mnistsite.metrics import definitions as metrics
from mnistsite.metrics import workers
from predictor.api.operations import PROBES


class TrafficMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        in_progress = metrics.in_progress.labels(workers.number())
        in_progress.inc()
        try:
            response = self.get_response(request)
        finally:
            in_progress.dec()
        seconds = time.perf_counter() - started
        metrics.requests.labels(route(request), response.status_code).observe(seconds)
        return response


def route(request: HttpRequest) -> str:
    """The name of the URL pattern, or the pattern if it has no name; never the path, of which there is no end."""
    if match := request.resolver_match:
        return match.view_name if match.url_name else f"/{match.route}"
    if request.path_info in PROBES:
        return request.path_info.removeprefix("/")
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    return "none"
