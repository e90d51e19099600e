"""What is read only when somebody asks for the metrics: readiness, champions, the review queue, training runs."""

from collections.abc import Iterable, Iterator, Mapping

from django.db import Error
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

from mnistsite.database.outages import is_outage, report
from predictor.services.collecting.readiness import Readiness, readiness
from predictor.services.learning import runs, workers
from predictor.services.reviewing import backlog


class Gauges:
    """While the database is away, what it would have to tell is left out."""

    def collect(self) -> Iterator[Metric]:
        now = readiness()
        yield _gauge("ready", "Whether drawings can be answered and stored, as /readyz says.", now.is_ready)
        yield from _champions(now)
        if now.database == "unavailable":
            return
        try:
            yield from list(_stored())  # all or nothing
        except Error as error:
            if not is_outage(error):
                raise
            report(error)


def _champions(now: Readiness) -> Iterator[Metric]:
    info = InfoMetricFamily("digits_champion", "The version that answers.", labels=["kind"])
    for kind, classifier in now.champions.classifiers.items():
        info.add_metric([kind], {"version": str(classifier.version)})
    yield info
    kinds = sorted({*now.champions.classifiers, *now.champions.broken})
    working = {kind: kind not in now.champions.broken for kind in kinds}
    yield _labelled("champion_working", "Whether the champion itself answers.", "kind", working)


def _stored() -> Iterable[Metric]:
    open_ = backlog.backlog()
    yield _labelled("reviews", f"Drawings by review; at most {backlog.MAX_COUNTED:,} are counted.", "state", open_)
    overview = runs.overview()
    yield _labelled("training_runs", f"The last {runs.RECENT:,} training runs.", "state", overview.states)
    yield _gauge("training_worker_alive", "Whether a worker runs that trains what is queued.", workers.any_lives())
    yield _labelled(
        "training_run_age_seconds", "Since a run that is queued or running was asked for.", "state", overview.ages
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"digits_{name}", text, value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"digits_{name}", text, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
