"""The list of submissions, and the page of one: look, label, export, delete."""

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path

from predictor.admin import actions, exports, paginator, posted
from predictor.admin.columns import SubmissionColumns
from predictor.admin.drift.page import drift
from predictor.admin.filters import DisagreementFilter, DrawnFilter, ShadowFilter
from predictor.admin.forms import LabelForm, form_of
from predictor.admin.paginator import EstimatingPaginator, is_too_long
from predictor.models import Submission
from predictor.services.collecting import deletion
from predictor.services.collecting.locks import lock
from predictor.services.reviewing import labels


@admin.register(Submission)
class SubmissionAdmin(SubmissionColumns, admin.ModelAdmin):
    paginator = EstimatingPaginator
    list_display = ("thumbnail", "label", "review", "claim", "consensus", "opinions", "source", "drawn")
    list_display_links = ("thumbnail",)
    list_editable = ("label",)
    list_filter = (
        "review",
        DisagreementFilter,
        ShadowFilter,
        "verdict",
        "label",
        "claim",
        "prediction",
        "source",
        ("created_at", DrawnFilter),
    )
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("id", "request_id")
    search_help_text = "Id or request id"
    fields = (
        ("as_sent", "normalised"),
        ("label", "review"),
        "history",
        ("opinions", "in_the_shadow"),
        ("prediction", "verdict", "agreement"),
        ("prompt", "claim", "claimed_at"),
        ("source", "drawn", "request_id"),
        ("digest", "preprocessing"),
    )
    readonly_fields = tuple(
        name for row in fields for name in ((row,) if isinstance(row, str) else row) if name != "label"
    )

    def get_urls(self) -> list[Any]:
        own = path("drift/", self.admin_site.admin_view(drift), name="predictor_submission_drift")
        return [path("", include("predictor.admin.desk.urls")), own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        rows = super().get_queryset(request).select_related("labelled_by")
        return rows.defer("image", "strokes") if request.resolver_match and not request.resolver_match.kwargs else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        """Django would compare ids as text, row by row; this uses the indexes."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=uuid.UUID(search_term)), False
        except ValueError:
            return queryset.filter(request_id=search_term), False

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, form=form_of(cast("User", request.user)), **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[ModelForm]:
        return super().get_form(request, *args, form=form_of(cast("User", request.user)), **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return "\0" not in value and super().lookup_allowed(lookup, value, request)  # PostgreSQL cannot store it

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Saves labels typed into the list in one transaction, its rows locked in the same order as everywhere else.

        A row that has been deleted meanwhile is named, and the others are saved.
        """
        if "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            ids = posted.ids(request.POST)
            if gone := set(ids) - set(lock(ids)):
                request.POST = posted.without(request.POST, gone)  # type: ignore[assignment]
                for pk in gone:
                    self.message_user(request, f"Submission {pk} was not saved: it has been deleted.", messages.WARNING)
            return posted.show_as_posted(super().changelist_view(request, extra_context))

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Submission], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """The list counts and shows only the first rows of a long selection, so nothing is done to all of it."""
        if request.POST.get("select_across") == "1" and is_too_long(queryset):
            why = f"Nothing was done: more than {paginator.LIMIT:,} submissions are selected. Filter the list first."
            self.message_user(request, why, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: list[actions.Action] = []
        if self.has_change_permission(request):
            offered += actions.labelling()
        if request.user.has_perm(exports.PERMISSION):
            offered += actions.exporting()
        return {action[1]: action for action in offered} | super().get_actions(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        """Only the label can be changed here."""
        return request.user.has_perm(labels.PERMISSION)

    def save_model(self, request: HttpRequest, obj: Submission, form: LabelForm, change: bool) -> None:
        if "label" in form.changed_data and not labels.record(submission=obj, value=form.said, by=request.user):
            self.message_user(request, f"Submission {obj} was not saved: it has been deleted.", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Submission) -> None:
        deletion.delete_drawings(Submission.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        deletion.delete_drawings(queryset)
