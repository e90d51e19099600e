"""How many predictions and explanations one address may ask for."""

import time

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from mnistsite.counters import count
from predictor.api.clients import client_network


class Throttle(SimpleRateThrottle):
    """Counts the requests of each address in a time window. DRF's throttle lists all their times: slow at our rates.

    Each worker process counts for itself, so that no limit depends on Redis.
    """

    setting: str
    num_requests: int | None
    duration: int | None

    def get_rate(self) -> str | None:
        return getattr(settings, self.setting) or None

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": client_network(request)}

    def allow_request(self, request: Request, view: APIView) -> bool:
        return self.allows(request, view, 1)

    def allows(self, request: Request, view: APIView, amount: int) -> bool:
        """Whether as many more are within the limit; they count even if they are not."""
        if self.rate is None or self.num_requests is None or self.duration is None:
            return True
        now = time.time()
        window = int(now // self.duration)
        self._left: float = (window + 1) * self.duration - now
        key = f"{self.get_cache_key(request, view)}:{window}"
        return count(key, amount, self.duration) <= self.num_requests

    def wait(self) -> float:
        return self._left


class PredictThrottle(Throttle):
    scope = "predict"
    setting = "PREDICT_RATE"


class ExplainThrottle(Throttle):
    """Separate and stricter: an explanation costs as much as some hundred predictions."""

    scope = "explain"
    setting = "EXPLAIN_RATE"
