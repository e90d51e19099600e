"""`/metrics` for Prometheus, and who may read it."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mnistsite.metrics.exposition import MEDIA_TYPE, exposition
from predictor.api.clients import proven_address
from predictor.api.errors import problem
from predictor.api.gauges import Gauges

FORBIDDEN: Final = (
    "The metrics are only for the addresses in METRICS_ALLOW (this machine, if it is not set), and for whoever sends "
    "METRICS_TOKEN as a bearer token. Behind a proxy, an address counts only if NUM_PROXIES is right."
)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics of all worker processes, in Prometheus's text format."""
    if not _is_allowed(request):
        return JsonResponse(problem("permission_denied", FORBIDDEN), status=403)
    return HttpResponse(exposition(Gauges()), MEDIA_TYPE)


def _is_allowed(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    address = proven_address(request)
    return address is not None and any(address in network for network in settings.METRICS_ALLOW)
