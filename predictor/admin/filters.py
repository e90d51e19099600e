"""Filters of the list of submissions."""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest

from predictor.models import Submission
from predictor.services.collecting.shadows.comparison import asked_versions, differing

_number = "([1-9][0-9]{0,8})"
_shadow = re.compile(rf"([a-z]{{1,8}}):{_number}(?::{_number}(?::([0-9]):([0-9]))?)?", re.ASCII).fullmatch

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
    """Drawings on which a version in the shadow and the champion of its kind differ: `cnn:3`.

    The page of a version links to those beside one champion, `cnn:3:4`, and to a pair of digits, `cnn:3:4:7:1`: the
    champion said 7, and the version 1.
    """

    title = "shadow differs"
    parameter_name = "shadow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = [(f"{kind}:{version}", f"{kind} v{version}") for kind, version in asked_versions()]
        match self._parts():
            case [kind, version, champion]:
                found.append((str(self.value()), f"{kind} v{version} and v{champion}"))
            case [kind, version, champion, one, other]:
                found.append((str(self.value()), f"{kind} v{version} says {other}, v{champion} {one}"))
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        match self._parts():
            case [kind, version]:
                rows = differing(kind, int(version))
            case [kind, version, champion, *pair]:
                rows = differing(kind, int(version), beside=int(champion), pair=[int(digit) for digit in pair])
            case _:
                return queryset
        return queryset.filter(pk__in=rows.values("submission"))

    def _parts(self) -> list[str]:
        """Kind and version, and perhaps the champion, and perhaps two digits; nothing where nothing is chosen."""
        if not self.value():
            return []
        found = _shadow(str(self.value()))
        if found is None:
            raise IncorrectLookupParameters("That names no version, or no digits.")
        return [part for part in found.groups() if part]


class DrawnFilter(admin.DateFieldListFilter):
    """By the date, under the name that the list's column has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "drawn"
