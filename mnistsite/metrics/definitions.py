"""The metrics. Their labels take few values, whatever clients send.

In a server of several processes, `workers.share` must have been called before this is imported.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # several processes cannot say when they began to count

REGISTRY: Final = CollectorRegistry()

requests: Final = Histogram(
    "digits_http_request_duration_seconds",
    "Time from a whole request to the start of its response, by the name of its URL pattern.",
    ["route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
in_progress: Final = Gauge(
    "digits_http_requests_in_progress",
    "Requests that a worker process is answering.",
    ["worker"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
refusals: Final = Counter(
    "digits_refusals",
    "Requests that were refused or failed, by the error's code.",
    ["code"],
    registry=REGISTRY,
)
answers: Final = Counter(
    "digits_answers",
    "Drawings that were answered, by what the models say together.",
    ["digit", "verdict", "agreement"],
    registry=REGISTRY,
)
predictions: Final = Counter(
    "digits_predictions",
    "Answers of each model.",
    ["kind", "version", "digit"],
    registry=REGISTRY,
)
confidence: Final = Histogram(
    "digits_confidence",
    "The probability that a model gives its digit.",
    ["kind", "version"],
    buckets=(0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1),
    registry=REGISTRY,
)
cache: Final = Counter(
    "digits_answer_cache",
    "Answers of models that were looked up in the cache: hit or miss.",
    ["result"],
    registry=REGISTRY,
)
shadow_answers: Final = Counter(
    "digits_shadow_answers",
    "Answers of versions in the shadow: whether the champion of the kind gave the same digit.",
    ["kind", "version", "champion"],
    registry=REGISTRY,
)
shadow_dropped: Final = Counter(
    "digits_shadow_dropped",
    "Answers of versions in the shadow that are missing, by the reason.",
    ["reason"],
    registry=REGISTRY,
)
not_kept: Final = Counter(
    "digits_not_kept",
    "Drawings that were answered but could not be kept, by the reason's code.",
    ["code"],
    registry=REGISTRY,
)
