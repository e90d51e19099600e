"""Filters of the list of submissions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from predictor.models import Submission

DISAGREEMENT = (Submission.Agreement.MAJORITY, Submission.Agreement.NONE)


class DisagreementFilter(admin.SimpleListFilter):
    title = parameter_name = "disagreement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        match self.value():
            case "yes":
                return queryset.filter(agreement__in=DISAGREEMENT)
            case "no":
                return queryset.filter(agreement=Submission.Agreement.ALL)
        return queryset


class DrawnFilter(admin.DateFieldListFilter):
    """By the date, under the name that the list's column has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "drawn"
