"""Whether this process can answer and store."""

from dataclasses import dataclass

from predictor.ml.registry import Champions
from predictor.services.answering.champions import champions, store_trouble
from predictor.services.collecting import storage


@dataclass(frozen=True)
class Readiness:
    """The champions, the state of the database ("ok", "full" or "unavailable"), and why the store cannot be used."""

    champions: Champions
    database: str
    store_trouble: str = ""

    @property
    def is_ready(self) -> bool:
        return bool(self.champions.classifiers) and self.database == "ok"

    @property
    def status(self) -> str:
        if not self.is_ready:
            return "unavailable"
        return "degraded" if self.champions.broken or self.store_trouble else "ready"


def readiness() -> Readiness:
    return Readiness(champions(), storage.state(), store_trouble())
