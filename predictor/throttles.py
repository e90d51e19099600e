"""How many pictures one address may send."""

import time

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class PredictThrottle(SimpleRateThrottle):
    """A counter for each address and window of time: DRF's own keeps a list of all moments, slow at our rates.

    Each worker process counts for itself, so that no limit depends on Redis being up.
    """

    scope = "predict"
    num_requests: int | None
    duration: int | None

    def get_rate(self) -> str | None:
        return settings.PREDICT_RATE or None

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
            return int(caches["throttle"].incr(key)) <= self.num_requests
        except ValueError:  # the first of its window
            caches["throttle"].set(key, 1, self.duration)
            return True

    def wait(self) -> float:
        return self._left
