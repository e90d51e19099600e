"""System checks: find bad settings and damaged artifacts before a visitor does."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from mnistsite.settings import env
from predictor.api.throttles import ExplainThrottle, PredictThrottle, Throttle
from predictor.ml.errors import ArtifactError
from predictor.services.answering.champions import PIXEL_KINDS, champion_versions


@register()
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    hint = "See the table of settings in README.md."
    return [Error(problem.sentence, hint=hint, id="predictor.E003") for problem in env.problems]


@register()
def check_rates(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    hint = 'Write a number and a period (second, minute, hour, day), such as "60/minute", or leave it empty.'
    return [
        Error(f"{throttle.setting} is {getattr(settings, throttle.setting)!r}.", hint=hint, id="predictor.E001")
        for throttle in (PredictThrottle, ExplainThrottle)
        if not _is_valid(throttle)
    ]


@register()
def check_champions(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.MODELS_STORE:  # from where they are fetched
        return []
    try:
        missing = [kind for kind in PIXEL_KINDS if kind not in champion_versions()]
    except ArtifactError as error:
        hint = "The last good state answers, if there is one. `manage.py promote` writes the file anew."
        return [checks.Warning(str(error), hint=hint, id="predictor.W002")]
    if missing:
        hint = "Run `manage.py retrain`, or point MODELS_DIR to published artifacts."
        return [checks.Warning(f"No version of {', '.join(missing)} is published.", hint=hint, id="predictor.W001")]
    return []


def _is_valid(throttle: type[Throttle]) -> bool:
    try:
        throttle()
    except (ValueError, KeyError):
        return False
    return True
