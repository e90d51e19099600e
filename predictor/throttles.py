"""How many pictures one address may send, and how many it may have explained."""

import time

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class Throttle(SimpleRateThrottle):
    """A counter for each address and window of time: DRF's own keeps a list of all moments, slow at our rates.

    Each worker process counts for itself, so that no limit depends on Redis being up.
    """

    setting: str
    num_requests: int | None
    duration: int | None

    def get_rate(self) -> str | None:
        return getattr(settings, self.setting) or None

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}

    def allow_request(self, request: Request, view: APIView) -> bool:
        if self.rate is None or self.num_requests is None or self.duration is None:
            return True
        now = time.time()
        window = int(now // self.duration)
        self._left: float = (window + 1) * self.duration - now
        key = f"{self.get_cache_key(request, view)}:{window}"
        try:
            return int(caches["process"].incr(key)) <= self.num_requests
        except ValueError:  # the first of its window
            caches["process"].set(key, 1, self.duration)
            return True

    def wait(self) -> float:
        return self._left


class PredictThrottle(Throttle):
    scope = "predict"
    setting = "PREDICT_RATE"


class ExplainThrottle(Throttle):
    """Apart, and stricter: each costs as much as some hundred predictions."""

    scope = "explain"
    setting = "EXPLAIN_RATE"
