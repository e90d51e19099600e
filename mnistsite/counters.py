"""Counters in a worker process's own memory: no limit depends on Redis."""

from django.core.cache import caches


def count(key: str, amount: int, lifetime: int) -> int:
    """Add to a counter, which begins at 0 and ends `lifetime` seconds later; returns what it has reached."""
    try:
        return int(caches["process"].incr(key, amount))
    except ValueError:  # it has not begun, or a full cache has dropped it
        caches["process"].set(key, amount, lifetime)
        return amount
