"""Read about the versions."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat

from predictor.ml.errors import ArtifactError
from predictor.models import ModelVersion
from predictor.services.champions import champion_versions, sync_model_versions
from predictor.services.sample import sample


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    list_display = ("__str__", "champion", "mnist_test", "held_out", "base", "dataset_size", "bytes", "trained")
    fields = (
        ("kind", "version", "champion"),
        ("mnist_test", "held_out"),
        ("base", "dataset_size", "dataset_digest", "preprocessing"),
        ("trained_at", "bytes", "sha256"),
        "calibration",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        champions = Q(pk__in=[])
        for kind, version in _champion_versions(request).items():
            champions |= Q(kind=kind, version=version)
        rows: QuerySet[ModelVersion] = super().get_queryset(request)
        return rows.annotate(is_champion=champions)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        sync_model_versions()
        return super().changelist_view(request, {"subtitle": _on_visitors()} | (extra_context or {}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return False

    @admin.display(boolean=True)
    def champion(self, version: ModelVersion) -> bool:
        return bool(version.is_champion)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="MNIST test")
    def mnist_test(self, version: ModelVersion) -> str:
        return _accuracy(version, "mnist_test")

    @admin.display(description="held out")
    def held_out(self, version: ModelVersion) -> str:
        return _accuracy(version, "held_out")

    @admin.display(description="size", ordering="size")
    def bytes(self, version: ModelVersion) -> str:
        return filesizeformat(version.size)

    @admin.display(description="trained", ordering="trained_at")
    def trained(self, version: ModelVersion) -> str:
        return f"{version.trained_at:%Y-%m-%d}"


def _champion_versions(request: HttpRequest) -> dict[str, int]:
    try:
        return champion_versions()
    except ArtifactError as error:
        messages.error(request, str(error))
        return {}


def _accuracy(version: ModelVersion, name: str) -> str:
    score = version.metrics.get(name)
    if not score:
        return "-"
    low, high = score["interval95"]
    return f"{score['accuracy']:.2%} of {score['n']:,} ({low:.1%} – {high:.1%})"


def _on_visitors() -> str | None:
    found = sample()
    if not found.is_enough:
        return None
    share, (low, high) = found.right / found.digits, found.interval
    still = f", {found.disputed:,} still disputed" if found.disputed else ""
    return (
        f"Visitors were answered {share:.1%} right ({low:.1%} – {high:.1%}) by the versions of their time: "
        f"{found.digits:,} digits in a fair sample of {found.drawings:,} drawings{still}"
    )
