"""Check the labels that classifiers contradict: say them again, or take what the classifiers say."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from predictor.models import Submission, Suspect
from predictor.services import labels, submissions, suspects


@admin.register(Suspect)
class SuspectAdmin(admin.ModelAdmin):
    list_display = ("drawing", "label", "seen_as", "champions")
    list_display_links = None
    actions = ("confirm", "correct")

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspect]:
        rows = suspects.standing().select_related("submission")
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
        """Who may not delete a suspect may not delete its drawing, says Django."""
        return request.user.has_perm("predictor.delete_submission")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: act for name, act in super().get_actions(request).items() if name in self.actions}

    @admin.action(description="The labels are right", permissions=["label"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Suspect]) -> None:
        count = suspects.confirm(suspects=queryset, by=request.user)
        self.message_user(request, f"{count} labelled again as they were.", messages.SUCCESS)

    @admin.action(description="The classifiers are right", permissions=["label"])
    def correct(self, request: HttpRequest, queryset: QuerySet[Suspect]) -> None:
        chosen = [suspect.submission_id for suspect in queryset]
        count = suspects.correct(suspects=queryset, by=request.user)
        self.message_user(request, f"{count} labelled as the classifiers say.", messages.SUCCESS)
        if disputed := Submission.objects.filter(pk__in=chosen, review=Submission.Review.DISPUTED).count():
            self.message_user(request, f"Disputed now, and in the queue again: {disputed}.", messages.WARNING)

    @admin.display
    def drawing(self, suspect: Suspect) -> SafeString:
        page = reverse("admin:predictor_submission_change", args=[suspect.submission_id])
        picture = submissions.pixels_url(suspect.submission)
        return format_html('<a href="{}"><img class="pixels" alt="28×28" src="{}"></a>', page, picture)

    @admin.display(description="seen as, without its label", ordering="digit")
    def seen_as(self, suspect: Suspect) -> str:
        return f"{suspect.digit}, {suspect.confidence:.0%}"

    @admin.display(description="the champions say", ordering="submission__prediction")
    def champions(self, suspect: Suspect) -> int | None:
        return suspect.submission.prediction
