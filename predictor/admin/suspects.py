"""The list of labels to check: those that classifiers contradicted, to be confirmed or corrected."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from predictor.models import Submission, Suspect
from predictor.services.collecting import submissions
from predictor.services.reviewing import labels, suspects


@admin.register(Suspect)
class SuspectAdmin(admin.ModelAdmin):
    list_display = ("drawing", "label", "predicted", "champions")
    list_display_links = None
    actions = ("confirm", "correct")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspect]:
        rows = suspects.open_suspects().select_related("submission")
        return rows.defer("submission__image", "submission__strokes").order_by("pk")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Check these labels"} | (extra_context or {}))

    def has_view_permission(self, request: HttpRequest, obj: Suspect | None = None) -> bool:
        return request.user.has_perm("predictor.view_submission")

    def has_label_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(labels.PERMISSION)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Suspect | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Suspect | None = None) -> bool:
        """Django lets nobody delete a drawing who may not delete its suspect too."""
        return request.user.has_perm("predictor.delete_submission")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: act for name, act in super().get_actions(request).items() if name in self.actions}

    @admin.action(description="Confirm the labels", permissions=["label"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Suspect]) -> None:
        count = suspects.confirm(suspects=queryset, by=request.user)
        self.message_user(request, f"{count} {_labels(count)} confirmed.", messages.SUCCESS)

    @admin.action(description="Correct the labels to the predictions", permissions=["label"])
    def correct(self, request: HttpRequest, queryset: QuerySet[Suspect]) -> None:
        chosen = [suspect.submission_id for suspect in queryset]
        count = suspects.correct(suspects=queryset, by=request.user)
        self.message_user(request, f"{count} {_labels(count)} corrected.", messages.SUCCESS)
        if disputed := Submission.objects.filter(pk__in=chosen, review=Submission.Review.DISPUTED).count():
            text = f"{disputed} {'drawing is' if disputed == 1 else 'drawings are'} now disputed and back in the queue."
            self.message_user(request, text, messages.WARNING)

    @admin.display
    def drawing(self, suspect: Suspect) -> SafeString:
        page = reverse("admin:predictor_submission_change", args=[suspect.submission_id])
        picture = submissions.pixels_url(suspect.submission)
        return format_html('<a href="{}"><img class="pixels" alt="drawing" src="{}"></a>', page, picture)

    @admin.display(description="prediction without this label", ordering="digit")
    def predicted(self, suspect: Suspect) -> str:
        return f"{suspect.digit}, {suspect.confidence:.0%}"

    @admin.display(description="the champions' prediction", ordering="submission__prediction")
    def champions(self, suspect: Suspect) -> int | None:
        return suspect.submission.prediction


def _labels(count: int) -> str:
    return "label" if count == 1 else "labels"
