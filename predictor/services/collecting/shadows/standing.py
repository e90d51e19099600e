"""How it stands with a version in the shadow."""

from dataclasses import dataclass

from django.conf import settings

from predictor.models import Shadow
from predictor.services.answering import wording
from predictor.services.answering.champions import champions
from predictor.services.collecting.shadows import chosen, process


@dataclass(frozen=True)
class Standing:
    """Whether it is chosen, since when and by whom, or why it is not asked all the same.

    Attributes:
        is_set: the setting names it, so that nobody can stop it here.
        row: somebody has started it.
        trouble: why it is chosen and not asked; empty if it is.
    """

    is_chosen: bool
    is_set: bool
    is_champion: bool
    row: Shadow | None
    trouble: str = ""


def standing(kind: str, version: int) -> Standing:
    row = Shadow.objects.select_related("by").filter(kind=kind, version=version).first()
    is_set = (kind, version) in settings.SHADOW
    is_champion = chosen.is_champion((kind, version))
    is_chosen = is_set or row is not None
    trouble = _trouble(kind, version, is_champion) if is_chosen else ""
    return Standing(is_chosen, is_set, is_champion, row, trouble)


def _trouble(kind: str, version: int, is_champion: bool) -> str:
    if is_champion:
        return "It is the champion now: it answers, so it is not asked in the shadow."
    if kind not in champions().classifiers:
        return f"No version of {wording.spoken(kind)} answers, so there is nothing to compare it with."
    silent = process.why_silent().get((kind, version))
    return f"It does not work: {silent}" if silent else ""
