"""Health checks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from predictor.services.answering.champions import champions
from predictor.services.collecting import storage


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can answer and store: 200, `degraded` if a champion does not work; 503 without model or database."""
    now = champions()
    broken = {kind: why.reason for kind, why in now.broken.items()}
    database = storage.state()
    ready = bool(now.classifiers) and database == "ok"
    body = {
        "status": ("degraded" if broken else "ready") if ready else "unavailable",
        "models": {kind: classifier.version for kind, classifier in now.classifiers.items()},
        "broken": broken,
        "database": database,
    }
    return JsonResponse(body, status=200 if ready else 503)


class ProbesMiddleware:
    """Answers probes for any host: kubelets and load balancers ask for an IP address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


PROBES = {"/healthz": healthz, "/readyz": readyz}
