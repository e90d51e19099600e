"""System checks: what is wrong with the settings or the artifacts, said before somebody draws."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from predictor.ml.errors import ArtifactError
from predictor.services.champions import KINDS, champion_versions
from predictor.throttles import ExplainThrottle, PredictThrottle, Throttle


@register()
def check_rates(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    hint = 'Write a number and a period (second, minute, hour, day), such as "60/minute", or nothing.'
    return [
        Error(f"{throttle.setting} is {getattr(settings, throttle.setting)!r}.", hint=hint, id="predictor.E001")
        for throttle in (PredictThrottle, ExplainThrottle)
        if not _is_sound(throttle)
    ]


@register()
def check_champions(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        missing = [kind for kind in KINDS if kind not in champion_versions()]
    except ArtifactError as error:
        return [Error(str(error), hint="Restore it, or delete it and retrain.", id="predictor.E002")]
    if missing:
        hint = "Run `manage.py retrain`, or point MODELS_DIR to published artifacts."
        return [checks.Warning(f"No version of {', '.join(missing)} is published.", hint=hint, id="predictor.W001")]
    return []


def _is_sound(throttle: type[Throttle]) -> bool:
    try:
        throttle()
    except (ValueError, KeyError):
        return False
    return True
