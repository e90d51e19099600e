"""All metrics in Prometheus's text format."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from mnistsite.metrics import workers
from mnistsite.metrics.definitions import REGISTRY
from mnistsite.metrics.summation import summed

__all__ = ["MEDIA_TYPE", "exposition"]


def exposition(read_now: Collector) -> bytes:
    """What all worker processes have counted, and what this collector reads only now."""
    shown = CollectorRegistry()
    shown.register(read_now)
    directory = workers.directory()
    return (summed(directory).encode() if directory else generate_latest(REGISTRY)) + generate_latest(shown)
