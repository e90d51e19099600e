"""What operators ask."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from predictor.services.champions import champions

log = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can answer and store: 200, `degraded` while some model cannot; 503 when none can, or no row."""
    now = champions()
    broken = {kind: why.reason for kind, why in now.broken.items()}
    database = _database()
    ready = bool(now.classifiers) and database == "ok"
    body = {
        "status": ("degraded" if broken else "ready") if ready else "unavailable",
        "models": {kind: classifier.version for kind, classifier in now.classifiers.items()},
        "broken": broken,
        "database": database,
    }
    return JsonResponse(body, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM predictor_submission LIMIT 1")
    except DatabaseError:
        log.exception("The database is not ready")
        return "unavailable"
    return "ok"
