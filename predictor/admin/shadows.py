"""The page of a version in the shadow: what it said beside the champions, and how it is started and stopped."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from predictor.admin.shadow_figures import figures
from predictor.models import ModelVersion
from predictor.services.collecting.shadows import chosen
from predictor.services.collecting.shadows.chosen import NotChosen
from predictor.services.collecting.shadows.comparison import compare
from predictor.services.collecting.shadows.standing import standing

VIEW, PERMISSION = "predictor.view_modelversion", "predictor.promote"


def shadow_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a comparison; a POST with `do=start` or `do=stop` has the version asked, or not any longer."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    return _page(request, get_object_or_404(ModelVersion, pk=pk))


def unpublished_view(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """The same of a version that is in the shadow and published no longer, so that somebody can stop it."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    if (kind, version) not in chosen.unpublished():
        raise Http404
    return _page(request, ModelVersion(kind=kind, version=version))


def _page(request: HttpRequest, version: ModelVersion) -> HttpResponse:
    if request.method == "POST":
        return _changed(request, version)
    context = {
        **admin.site.each_context(request),
        "title": f"{version} in the shadow",
        "opts": ModelVersion._meta,
        "version": version,
        "standing": standing(version.kind, version.version),
        "compared": [figures(version, beside) for beside in compare(version.kind, version.version)],
    }
    return TemplateResponse(request, "admin/predictor/modelversion/shadow.html", context)


def _changed(request: HttpRequest, version: ModelVersion) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    which: dict[str, Any] = {"kind": version.kind, "version": version.version}
    try:
        if request.POST.get("do") == "stop":
            chosen.stop(**which)
            messages.success(request, f"Stopped: {version} is no longer asked in the shadow. What it said is kept.")
        else:
            chosen.start(**which, by=cast("User", request.user))
            messages.success(
                request, f"Started: {version} is now asked in the shadow. Every server follows within seconds."
            )
    except NotChosen as why:
        messages.error(request, f"Nothing was changed: {why}")
    if not version.pk:
        return HttpResponseRedirect(reverse("admin:predictor_modelversion_changelist"))
    return HttpResponseRedirect(reverse("admin:predictor_modelversion_shadow", args=[version.pk]))
