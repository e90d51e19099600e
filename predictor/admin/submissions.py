"""Review and label what was drawn."""

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import include, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from predictor.admin import exports
from predictor.admin.forms import LabelForm, form_of
from predictor.admin.paginator import EstimatingPaginator, is_too_long
from predictor.models import VALUES, Submission
from predictor.services import labels, privacy, submissions

if TYPE_CHECKING:
    from predictor.services.datasets.layouts import Streamed

Action = Callable[["SubmissionAdmin", HttpRequest, QuerySet[Submission]], HttpResponseBase | None]
QUARRELS = (Submission.Agreement.MAJORITY, Submission.Agreement.NONE)


class DisagreementFilter(admin.SimpleListFilter):
    title = parameter_name = "disagreement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        match self.value():
            case "yes":
                return queryset.filter(agreement__in=QUARRELS)
            case "no":
                return queryset.filter(agreement=Submission.Agreement.ALL)
        return queryset


def _label_as(value: str | None, name: str) -> tuple[Action, str, str]:
    def act(modeladmin: "SubmissionAdmin", request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        count = labels.record_many(submissions=queryset, value=value, by=request.user)
        what = "without your label again" if value is None else f"labelled {name}"
        modeladmin.message_user(request, f"{count} {what}.", messages.SUCCESS)

    if value is None:
        return act, "clear_label", "Take my label back"
    return act, f"label_{value}", f"Label as {name}"


def _export_as(layout: "Streamed", name: str) -> tuple[Action, str, str]:
    def act(
        modeladmin: "SubmissionAdmin", request: HttpRequest, queryset: QuerySet[Submission]
    ) -> HttpResponseBase | None:
        return exports.download(request, layout, queryset)

    return act, f"export_{layout}", f"Export what is labelled a digit: {name}"


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin):
    paginator = EstimatingPaginator
    list_display = ("thumbnail", "label", "review", "claim", "consensus", "opinions", "agreement", "source", "drawn_at")
    list_display_links = ("thumbnail",)
    list_editable = ("label",)
    list_filter = ("review", DisagreementFilter, "verdict", "label", "claim", "prediction", "source", "created_at")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("id", "request_id")
    search_help_text = "an id, or the request's id"
    fields = (
        ("drawing", "thumbnail"),
        ("label", "review"),
        "history",
        "opinions",
        ("consensus", "agreement"),
        ("prompt", "claim", "claimed_at"),
        ("source", "created_at", "request_id"),
        ("digest", "preprocessing"),
    )
    readonly_fields = tuple(
        name for row in fields for name in ((row,) if isinstance(row, str) else row) if name != "label"
    )

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_urls(self) -> list[Any]:
        return [path("", include("predictor.review_urls")), *super().get_urls()]

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

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return super().get_changelist_form(request, form=form_of(cast("User", request.user)), **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[ModelForm]:
        return super().get_form(request, *args, form=form_of(cast("User", request.user)), **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return "\0" not in value and super().lookup_allowed(lookup, value, request)  # PostgreSQL has no place for it

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Labels that were typed into the list are saved together: the rows are locked in one order, as everywhere."""
        if "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        with transaction.atomic():
            labels.lock(_ids(request.POST))
            return super().changelist_view(request, extra_context)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Submission], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Of a long selection the list counts and shows the first ones: nothing is done to rows that nobody counted."""
        if request.POST.get("select_across") == "1" and is_too_long(queryset):
            why = "Nothing was done: there are more than were counted. Filter the list."
            self.message_user(request, why, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        acts: list[tuple[Action, str, str]] = []
        if self.has_change_permission(request):
            acts += [_label_as(value, name) for value, name in [*VALUES, (None, "")]]
        if request.user.has_perm(exports.PERMISSION):
            acts += [_export_as(layout, name) for layout, name in exports.OFFERED.items()]
        return {act[1]: act for act in acts} | super().get_actions(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        """The label is all that can be changed here."""
        return request.user.has_perm(labels.PERMISSION)

    def save_model(self, request: HttpRequest, obj: Submission, form: LabelForm, change: bool) -> None:
        if "label" in form.changed_data and not labels.record(submission=obj, value=form.said, by=request.user):
            self.message_user(request, f"Nothing was saved of {obj}: it is gone.", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Submission) -> None:
        privacy.forget(Submission.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> None:
        privacy.forget(queryset)

    @admin.display
    def history(self, submission: Submission) -> SafeString:
        rows = submission.labels.select_related("by").order_by("pk")
        said = ((f"{row.created_at:%Y-%m-%d %H:%M}", row, row.by or "") for row in rows)
        return format_html_join("", "<div>{} {} {}</div>", said)

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


def _ids(form: QueryDict) -> list[uuid.UUID]:
    """Of the rows of a list that is saved; the form refuses what is none."""
    found = []
    for name in form:
        if re.fullmatch(r"form-\d+-id", name):
            with suppress(ValueError):
                found.append(uuid.UUID(str(form[name])))
    return found


def _percent(share: float) -> str:
    return "> 99 %" if share > 0.995 else f"{share:.0%}"
