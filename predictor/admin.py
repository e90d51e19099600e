"""Review and label what was drawn; read about the versions."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Field, Q, QuerySet
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from predictor.ml.errors import ArtifactError
from predictor.models import ModelVersion, Submission
from predictor.services import submissions
from predictor.services.champions import champion_versions, sync_model_versions

admin.site.site_header = admin.site.site_title = "Draw a digit"

Action = Callable[["SubmissionAdmin", HttpRequest, QuerySet[Submission]], None]


class LabelledFilter(admin.SimpleListFilter):
    title = "labelled"
    parameter_name = "labelled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not yet"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        return queryset.filter(label__isnull=self.value() == "no") if self.value() else queryset


def _label_as(digit: int | None) -> tuple[Action, str, str]:
    def act(modeladmin: "SubmissionAdmin", request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        count = submissions.label(submissions=queryset, digit=digit, by=request.user)
        what = "without a label again" if digit is None else f"labelled {digit}"
        modeladmin.message_user(request, f"{count} {what}.", messages.SUCCESS)

    if digit is None:
        return act, "clear_label", "Clear the label"
    return act, f"label_{digit}", f"Label as {digit}"


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin):
    list_display = ("thumbnail", "label", "claim", "consensus", "opinions", "agreement", "source", "drawn_at")
    list_display_links = ("thumbnail",)
    list_editable = ("label",)
    list_filter = (LabelledFilter, "label", "claim", "prediction", "agreement", "verdict", "source", "created_at")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("id", "request_id")
    search_help_text = "an id, or the request's id"
    fields = (
        ("drawing", "thumbnail"),
        "label",
        "opinions",
        ("consensus", "agreement"),
        ("prompt", "claim", "claimed_at"),
        ("source", "created_at", "request_id"),
        ("labelled_by", "labelled_at"),
        ("digest", "preprocessing"),
    )
    readonly_fields = tuple(
        name for row in fields for name in ((row,) if isinstance(row, str) else row) if name != "label"
    )

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        rows = super().get_queryset(request).select_related("labelled_by")
        return rows.defer("image", "strokes") if request.resolver_match and not request.resolver_match.kwargs else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        """Django would compare ids as text, row by row; this asks the indexes."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=uuid.UUID(search_term)), False
        except ValueError:
            return queryset.filter(request_id=search_term), False

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "label":
            field.show_hidden_initial = True  # what changed is told from what this reviewer saw, not from the row now
        return field

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        labels = {action[1]: action for action in map(_label_as, [*range(10), None])}
        return (labels if self.has_change_permission(request) else {}) | super().get_actions(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Submission, form: ModelForm, change: bool) -> None:
        if "label" in form.changed_data:
            submissions.label(submissions=Submission.objects.filter(pk=obj.pk), digit=obj.label, by=request.user)

    @admin.display(description="seen as")
    def thumbnail(self, submission: Submission) -> SafeString:
        return format_html('<img class="pixels" alt="28×28" src="{}">', submissions.pixels_url(submission))

    @admin.display(description="drawn")
    def drawing(self, submission: Submission) -> SafeString:
        return format_html('<img class="drawing" alt="as sent" src="{}">', submissions.image_url(submission))

    @admin.display(ordering="prediction")
    def consensus(self, submission: Submission) -> str:
        if submission.prediction is None:
            return "-"
        sure = submission.verdict == Submission.Verdict.DIGIT
        return str(submission.prediction) if sure else f"{submission.prediction}, {submission.get_verdict_display()}"

    @admin.display
    def opinions(self, submission: Submission) -> SafeString:
        said = (
            (kind, given.version, given.prediction, _percent(given.confidence))
            for kind, given in sorted(submissions.answers(submission).items())
        )
        return format_html_join("", '<div class="opinion">{} v{}: <b>{}</b> {}</div>', said)

    @admin.display(description="drawn", ordering="created_at")
    def drawn_at(self, submission: Submission) -> str:
        return f"{submission.created_at:%b %d, %H:%M}"


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
        return super().changelist_view(request, extra_context)

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


def _percent(share: float) -> str:
    return "> 99 %" if share > 0.995 else f"{share:.0%}"
