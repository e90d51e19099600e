"""Health checks and metrics: what watches the site."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from predictor.api.metrics import metrics
from predictor.services.collecting.readiness import readiness


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can answer and store: 200, else 503 without model or database.

    `degraded` if a champion does not work, has not arrived yet, or the store of versions is away.
    """
    now = readiness()
    body = {
        "status": now.status,
        "models": {kind: classifier.version for kind, classifier in now.champions.classifiers.items()},
        "broken": {kind: why.reason for kind, why in now.champions.broken.items()},
        "database": now.database,
        **({"store": now.store_trouble or "ok"} if settings.MODELS_STORE else {}),
    }
    return JsonResponse(body, status=200 if now.is_ready else 503)


class ProbesMiddleware:
    """Answers probes for any host: kubelets and load balancers ask for an IP address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


PROBES = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
