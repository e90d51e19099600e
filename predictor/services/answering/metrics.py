"""Count what the models say."""

from mnistsite.metrics import definitions as metrics
from predictor.services.answering.answers import Answer


def count(answer: Answer) -> None:
    """Count an answer to a drawing that somebody sent."""
    for kind, given in answer.models.items():
        metrics.predictions.labels(kind, given.version, given.prediction).inc()
        metrics.confidence.labels(kind, given.version).observe(given.confidence)
    if answer.models:
        said = answer.consensus
        metrics.answers.labels(said.prediction, said.verdict, said.agreement or "one_model").inc()


def count_lookups(*, hits: int, misses: int) -> None:
    """Count answers of models that were in the cache, and that were not."""
    if hits:
        metrics.cache.labels("hit").inc(hits)
    if misses:
        metrics.cache.labels("miss").inc(misses)
