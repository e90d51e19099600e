"""The list of published versions, to read and to promote."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mnistsite.dates import day_element
from predictor.admin.promotions import promote_view
from predictor.admin.shadows import shadow_view, unpublished_view
from predictor.models import ModelVersion
from predictor.services.answering.champions import champions, sync_model_versions
from predictor.services.collecting.sample import fair_sample
from predictor.services.collecting.shadows.chosen import chosen, unpublished
from predictor.services.collecting.shadows.process import why_silent


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    list_display = ("__str__", "status", "mnist_test", "held_out", "base", "training_images", "trained")
    fields = (
        ("kind", "version", "status"),
        ("mnist_test", "held_out"),
        ("base", "training_images", "dataset_digest", "preprocessing"),
        ("trained_at", "bytes", "sha256"),
        "calibration",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        rows: QuerySet[ModelVersion] = super().get_queryset(request)
        answering = [(kind, classifier.version) for kind, classifier in champions().classifiers.items()]
        return rows.annotate(is_champion=_is_one_of(answering), is_shadow=_is_one_of(chosen()))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        sync_model_versions()
        for reason in dict.fromkeys(why.reason for why in champions().broken.values()):
            messages.warning(request, reason)
        for (kind, version), reason in why_silent().items():
            messages.warning(request, f"In the shadow, {kind} v{version} does not work: {reason}")
        for kind, version in unpublished():
            url = reverse("admin:predictor_modelversion_unpublished", args=[kind, version])
            said = 'In the shadow, {} v{} is no longer published: <a href="{}">stop it</a>.'
            messages.warning(request, format_html(said, kind, version, url))
        return super().changelist_view(request, {"subtitle": _on_visitors()} | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        promote, shadow, unpublished = view(promote_view), view(shadow_view), view(unpublished_view)
        return [
            path("<int:pk>/promote/", promote, name="predictor_modelversion_promote"),
            path("<int:pk>/shadow/", shadow, name="predictor_modelversion_shadow"),
            path("shadow/<slug:kind>/<int:version>/", unpublished, name="predictor_modelversion_unpublished"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return False

    @admin.display(ordering="-is_champion", empty_value="")
    def status(self, version: ModelVersion) -> str:
        if version.is_champion:  # type: ignore[attr-defined]  # see get_queryset
            return format_html('<b class="champion">{}</b>', "champion")
        if version.is_shadow:  # type: ignore[attr-defined]
            url = reverse("admin:predictor_modelversion_shadow", args=[version.pk])
            return format_html('<a href="{}">in the shadow</a>', url)
        return ""

    @admin.display(description="MNIST test")
    def mnist_test(self, version: ModelVersion) -> str:
        return _accuracy(version, "mnist_test")

    @admin.display(description="held out")
    def held_out(self, version: ModelVersion) -> str:
        return _accuracy(version, "held_out")

    @admin.display(ordering="dataset_size")
    def training_images(self, version: ModelVersion) -> str:
        return f"{version.dataset_size:,}"

    @admin.display(description="size", ordering="size")
    def bytes(self, version: ModelVersion) -> str:
        return filesizeformat(version.size)

    @admin.display(description="trained", ordering="trained_at")
    def trained(self, version: ModelVersion) -> SafeString:
        return day_element(version.trained_at)


def _accuracy(version: ModelVersion, name: str) -> str:
    try:
        score = version.metrics[name]
        accuracy, n, interval = f"{score['accuracy']:.2%}", f"{score['n']:,}", _interval(*score["interval95"])
    except (KeyError, TypeError, ValueError):  # it was not judged on that, or its sidecar was edited by hand
        return "-"
    return format_html('{} of {} <span class="interval">({})</span>', accuracy, n, interval)


def _is_one_of(versions: Iterable[tuple[str, int]]) -> Q:
    found = Q(pk__in=[])
    for kind, version in versions:
        found |= Q(kind=kind, version=version)
    return found


def _on_visitors() -> str | None:
    found = fair_sample()
    if not found.is_enough:
        return None
    share = found.right / found.digits
    disputed = f", {found.disputed:,} still disputed" if found.disputed else ""
    return (
        f"Accuracy on visitors' drawings, by the versions that answered at the time: {share:.1%} "
        f"({_interval(*found.interval)}) of {found.digits:,} digits, in a fair sample of {found.drawings:,} drawings"
        f"{disputed}"
    )


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.1f}–{high:.1%}"
