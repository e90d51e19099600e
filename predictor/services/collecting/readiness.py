"""Whether this process can answer and store."""

from dataclasses import dataclass

from predictor.ml.registry import Champions
from predictor.services.answering.champions import champions
from predictor.services.collecting import storage


@dataclass(frozen=True)
class Readiness:
    """The champions, and the state of the database: "ok", "full" or "unavailable"."""

    champions: Champions
    database: str

    @property
    def is_ready(self) -> bool:
        return bool(self.champions.classifiers) and self.database == "ok"

    @property
    def status(self) -> str:
        if not self.is_ready:
            return "unavailable"
        return "degraded" if self.champions.broken else "ready"


def readiness() -> Readiness:
    return Readiness(champions(), storage.state())
