"""Which versions are asked in the shadow: those of the setting SHADOW, and those that a person chose in the admin."""

from typing import Final, TypeAlias

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from predictor.ml.errors import ArtifactError
from predictor.ml.runtime import Classifier
from predictor.models import ModelVersion, Shadow
from predictor.services.answering.champions import champions
from predictor.services.store import versions

Version: TypeAlias = tuple[str, int]  # kind and number

BY_SETTING: Final = "The setting SHADOW names {}: it ends when that is changed and the servers are restarted."


class NotChosen(Exception):
    """Why a version is not asked in the shadow from now on, or why it goes on being asked."""


def chosen() -> list[Version]:
    """All of them, whether they work or not.

    Raises:
        Error: the database is away.
    """
    return [*dict.fromkeys([*settings.SHADOW, *Shadow.objects.values_list("kind", "version")])]


def start(*, kind: str, version: int, by: User | None) -> None:
    """Ask a published version in the shadow from now on. Every process follows in seconds.

    Raises:
        NotChosen: the kind or the version is unknown, it does not work, or it is the champion.
    """
    try:
        classifier = load((kind, version))
    except ArtifactError as error:
        raise NotChosen(str(error)) from error
    if is_champion((kind, version)):
        raise NotChosen(f"{classifier} is the champion: it answers already.")
    Shadow.objects.get_or_create(kind=kind, version=version, defaults={"by": by})


def stop(*, kind: str, version: int) -> None:
    """Ask it no longer; what it answered stays.

    Raises:
        NotChosen: the setting names it.
    """
    Shadow.objects.filter(kind=kind, version=version).delete()
    if (kind, version) in settings.SHADOW:
        raise NotChosen(BY_SETTING.format(f"{kind} v{version}"))


def unpublished() -> list[Version]:
    """Those that a person chose and that are published no longer, as when somebody removed them by hand."""
    rows = ModelVersion.objects.filter(kind=OuterRef("kind"), version=OuterRef("version"))
    return list(Shadow.objects.filter(~Exists(rows)).values_list("kind", "version"))


def is_champion(version: Version) -> bool:
    """Whether it is the version of its kind that answers now."""
    kind, number = version
    current = champions().classifiers.get(kind)
    return current is not None and current.version == number


def load(version: Version) -> Classifier:
    """Load a published version, from the store if it is only there.

    Raises:
        ArtifactError: the kind is unknown, or the version was never published, does not work, or cannot be fetched.
    """
    try:
        return versions.load(*version)
    except OSError as error:
        raise ArtifactError(str(error)) from error
