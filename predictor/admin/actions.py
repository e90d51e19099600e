"""What can be done to selected submissions: label them, take back one's label, export them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from predictor.admin import exports
from predictor.models import VALUES, Submission
from predictor.services.reviewing import labels

if TYPE_CHECKING:
    from predictor.services.datasets.layouts import Streamed

Action = tuple[Callable[[ModelAdmin, HttpRequest, QuerySet[Submission]], HttpResponseBase | None], str, str]


def labelling() -> list[Action]:
    actions = [_label(value, name) for value, name in VALUES]
    return [*actions, (_take_back, "take_back", "Take back my label")]


def exporting() -> list[Action]:
    return [_export(layout, name) for layout, name in exports.OFFERED.items()]


def _label(value: str, name: str) -> Action:
    def act(modeladmin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        count = labels.record_many(submissions=queryset, value=value, by=request.user)
        modeladmin.message_user(request, f"{_submissions(count)} labelled as {name}.", messages.SUCCESS)

    return act, f"label_{value}", f"Label as {name}"


def _take_back(modeladmin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
    count = labels.record_many(submissions=queryset, value=None, by=request.user)
    modeladmin.message_user(request, f"Your label was taken back from {_submissions(count)}.", messages.SUCCESS)


def _export(layout: "Streamed", name: str) -> Action:
    def act(modeladmin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Submission]) -> HttpResponseBase | None:
        return exports.download(request, layout, queryset)

    return act, f"export_{layout}", f"Export those labelled a digit: {name}"


def _submissions(count: int) -> str:
    return f"{count:,} submission{'' if count == 1 else 's'}"
