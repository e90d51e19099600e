"""The log of promotions, and the page that asks before one: also how a promotion is taken back."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from predictor.ml.errors import ArtifactError
from predictor.models import ModelVersion, Promotion
from predictor.services.answering.champions import champions
from predictor.services.learning import promotions
from predictor.services.store.objects import StoreUnavailable

PERMISSION = "predictor.promote"


@admin.register(Promotion)
class PromotionAdmin(admin.ModelAdmin):
    list_display = ("kind", "change", "at", "by", "run", "reason")
    list_display_links = None
    list_filter = ("kind",)
    list_select_related = ("by", "run")
    change_list_template = "admin/predictor/promotion/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With `moment` in the query, says who answered then; the list itself does not know that parameter."""
        request.GET = query = request.GET.copy()  # type: ignore[assignment]
        words = (query.pop("moment", None) or [""])[-1]
        moment = _moment(words)
        answered = None if moment is None else sorted(promotions.champions_at(moment).items())
        shown = {"moment": words, "is_moment": moment is not None, "answered": answered}
        shown |= {"is_none_promoted": not Promotion.objects.exists()}
        return super().changelist_view(request, {"title": "Promotions"} | shown | (extra_context or {}))

    @admin.display(description="champion")
    def change(self, promotion: Promotion) -> str:
        earlier = "none" if promotion.earlier is None else f"v{promotion.earlier}"
        return f"{earlier} → v{promotion.version}"


class PromotionForm(forms.Form):
    """`earlier` is the champion that the page showed, empty for none."""

    reason = forms.CharField(max_length=500, required=False, help_text="for the log of promotions")
    earlier = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


def promote_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what a promotion will do, and does it when that is confirmed."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(PERMISSION):
        raise PermissionDenied
    version = get_object_or_404(ModelVersion, pk=pk)
    shown = promotions.current().get(version.kind)
    form = PromotionForm(request.POST if request.method == "POST" else None, initial={"earlier": shown})
    if form.is_valid():
        return _promoted(request, version, user, form.cleaned_data)
    answering = champions().classifiers.get(version.kind)
    answers = answering.version if answering else None
    context = {
        **admin.site.each_context(request),
        "title": f"Make {version} the champion?",
        "opts": ModelVersion._meta,
        "version": version,
        "current": f"{version.kind} v{shown}" if shown else "",
        "answering": answering if answers != shown else None,
        "is_champion": version.version == shown == answers,
        "figures": _figures(version, shown),
        "form": form,
    }
    return TemplateResponse(request, "admin/predictor/modelversion/promote.html", context)


def _promoted(request: HttpRequest, version: ModelVersion, by: User, given: dict[str, Any]) -> HttpResponse:
    against = {version.kind: given["earlier"]} if given["earlier"] else {} if "earlier" in request.POST else None
    try:
        promotions.promote(version.kind, version.version, against=against, by=by, reason=given["reason"])
    except promotions.ChampionChanged as error:
        messages.error(request, str(error))
    except (ArtifactError, StoreUnavailable) as error:
        messages.error(request, f"Not promoted: {error}")
    except (OSError, Error) as error:
        messages.error(request, f"Not promoted: the champions cannot be written: {error}")
    else:
        messages.success(request, f"Promoted: {version} is the champion now. Every server follows within five seconds.")
    return HttpResponseRedirect(reverse("admin:predictor_modelversion_change", args=[version.pk]))


def _figures(version: ModelVersion, current: int | None) -> list[tuple[str, list[str]]]:
    """The accuracy of the present champion and of the version, on each set of the same images."""
    champion = ModelVersion.objects.filter(kind=version.kind, version=current or 0).exclude(pk=version.pk)
    both = [*champion, version]
    names = [name for name, score in version.metrics.items() if all(_n(each, name) == score["n"] for each in both)]
    return [(name.replace("_", " "), [f"{each.metrics[name]['accuracy']:.2%}" for each in both]) for name in names]


def _n(version: ModelVersion, name: str) -> int | None:
    score = version.metrics.get(name)
    return score and int(score["n"])


def _moment(words: str) -> dt.datetime | None:
    """A date and time as a browser's field sends it; None if it is none."""
    try:
        moment = parse_datetime(words)
        return timezone.make_aware(moment) if moment and timezone.is_naive(moment) else moment
    except (ValueError, OverflowError):
        return None
