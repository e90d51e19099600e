"""Deleting published versions that nobody will miss."""

from django.conf import settings
from django.db import transaction

from predictor.ml import artifacts
from predictor.models import ModelVersion
from predictor.services.answering.champions import KINDS, sync_model_versions
from predictor.services.collecting.shadows.chosen import chosen
from predictor.services.collecting.shadows.storing import forget
from predictor.services.learning.promotions import undeletable
from predictor.services.store.objects import store
from predictor.services.store.versions import numbers


def prunable() -> list[tuple[str, int]]:
    """All versions but the champions, the last ones before them, those in the shadow, and the highest of each kind.

    Raises:
        StoreUnavailable: the store does not answer, or refuses.
    """
    kept, shadows, remote, found = undeletable(), chosen(), store(), []
    for kind in KINDS:
        published = numbers(kind)
        left = {*published, *artifacts.published_versions(settings.MODELS_DIR, kind)}
        left |= remote.versions(kind) if remote else set()
        left -= kept[kind] | {version for each, version in shadows if each == kind}
        found += [(kind, each) for each in sorted(left) if each < max(published, default=0)]
    return found


def prune_versions() -> list[tuple[str, int]]:
    """Delete them, from the store too, and what they said in the shadow; returns which.

    Raises:
        StoreUnavailable: the store does not answer, or refuses; those before it are deleted.
        OSError: one cannot be deleted; those before it are.
    """
    gone = []
    for kind, version in prunable():
        if _delete(kind, version):
            forget(kind, version)
            gone.append((kind, version))
    sync_model_versions()
    return gone


def _delete(kind: str, version: int) -> bool:
    """Whether it was deleted: it is not if it has been promoted meanwhile."""
    remote, root = store(), settings.MODELS_DIR
    if remote:
        with transaction.atomic():  # the row goes first: without it nobody promotes the version
            list(ModelVersion.objects.select_for_update().filter(kind=kind).order_by("pk").values_list("pk"))
            if version in undeletable()[kind]:
                return False
            ModelVersion.objects.filter(kind=kind, version=version).delete()
        remote.delete(kind, version)
    if version in artifacts.published_versions(root, kind):
        artifacts.delete(root, kind, version, highest=max(numbers(kind), default=0))
    return True
