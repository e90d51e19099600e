"""Deleting published versions that nobody will miss."""

from django.conf import settings

from predictor.ml import artifacts
from predictor.services.answering.champions import KINDS, sync_model_versions
from predictor.services.collecting.shadows.chosen import chosen
from predictor.services.collecting.shadows.storing import forget
from predictor.services.learning.promotions import undeletable


def prunable() -> list[tuple[str, int]]:
    """All versions but the champions, the last ones before them, those in the shadow, and the highest of each kind."""
    kept, found, shadows = undeletable(), [], chosen()
    for kind in KINDS:
        *lower, _ = artifacts.published_versions(settings.MODELS_DIR, kind) or [0]
        found += [(kind, version) for version in lower if version not in kept[kind] and (kind, version) not in shadows]
    return found


def prune_versions() -> list[tuple[str, int]]:
    """Delete them, and what they said in the shadow; returns which.

    Raises:
        OSError: one cannot be deleted; those before it are.
    """
    gone = prunable()
    for kind, version in gone:
        artifacts.delete(settings.MODELS_DIR, kind, version)
        forget(kind, version)
    sync_model_versions()
    return gone
