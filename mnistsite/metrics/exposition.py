"""All metrics in Prometheus's text format."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from mnistsite.metrics import workers
from mnistsite.metrics.definitions import REGISTRY

__all__ = ["MEDIA_TYPE", "exposition"]


def exposition(*read_now: Collector) -> bytes:
    """The sum over all worker processes, and what these collectors read only now."""
    shown = CollectorRegistry()
    directory = workers.directory()
    shown.register(MultiProcessCollector(None, str(directory)) if directory else REGISTRY)  # type: ignore[no-untyped-call]
    for each in read_now:
        shown.register(each)
    return generate_latest(shown)
