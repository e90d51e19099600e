"""Where a quick run goes on from: the weights of the networks that answer."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.conf import settings

from predictor.ml import weights
from predictor.ml.artifacts import version_directory
from predictor.ml.weights import Weights
from predictor.services.answering.champions import champions

if TYPE_CHECKING:
    from predictor.training.preparation.splits import Splits

NETWORKS = ("cnn", "mlp")


def starts(kinds: Sequence[str], data: "Splits", report: Callable[[str], None]) -> dict[str, Weights]:
    """The champions' weights by kind; a kind that has none to go on from is reported, and trained from the beginning.

    Raises:
        ArtifactError: a weights file is damaged.
    """
    found = {}
    for kind in [each for each in kinds if each in NETWORKS]:
        champion = champions().classifiers.get(kind)
        if champion is None:
            why = "no champion answers"
        elif not len(data.validation):
            why = f"{data.base} has no validation set, without which a network is a committee"
        elif known := weights.read(version_directory(settings.MODELS_DIR, kind, champion.version), champion.sidecar):
            found[kind] = known
            continue
        else:
            why = f"v{champion.version} was published without weights"
        report(f"{kind}: trained from the beginning, because {why}.")
    return found
