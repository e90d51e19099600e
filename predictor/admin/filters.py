"""Filters of the list of submissions."""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest

from predictor.models import Submission
from predictor.services.collecting.shadows.comparison import asked_versions, differing

_shadow = re.compile(r"([a-z]{1,8}):([1-9][0-9]{0,8})(?::([0-9]):([0-9]))?", re.ASCII).fullmatch

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


class ShadowFilter(admin.SimpleListFilter):
    """Drawings on which a version in the shadow and the champion of its kind differ: `cnn:3`, or `cnn:3:7:1`.

    The longer form is linked from the page of a version: the champion said 7, and the version 1.
    """

    title = "shadow differs"
    parameter_name = "shadow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = [(f"{kind}:{version}", f"{kind} v{version}") for kind, version in asked_versions()]
        kind, version, *pair = self._parts()
        if pair:
            asked.append((self.value() or "", f"{kind} v{version} says {pair[1]}, not {pair[0]}"))
        return asked

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        kind, version, *pair = self._parts()
        if not kind:
            return queryset
        rows = differing(kind, int(version), (int(pair[0]), int(pair[1])) if pair else None)
        return queryset.filter(pk__in=rows.values("submission"))

    def _parts(self) -> tuple[str, ...]:
        """Kind, version, and perhaps two digits; empty texts where nothing is chosen."""
        if not self.value():
            return "", ""
        found = _shadow(self.value())
        if found is None:
            raise IncorrectLookupParameters("That names no version and no digits.")
        return tuple(part for part in found.groups() if part)


class DrawnFilter(admin.DateFieldListFilter):
    """By the date, under the name that the list's column has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "drawn"
