"""Training runs: the list, the page of one with its live progress and its report, and how to start and cancel one."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django_tasks_db.models import DBTaskResult

from predictor.admin import run_pages
from predictor.models import TrainingRun
from predictor.services.answering import wording
from predictor.services.answering.champions import KINDS
from predictor.services.learning import parameters, runs
from predictor.services.learning.background import retrain_in_background
from predictor.services.learning.wording import lasted, standing, who

admin.site.unregister(DBTaskResult)  # a run says more, and never stays "running" once its worker is gone


class StartForm(forms.Form):
    quick = forms.TypedChoiceField(
        choices=[
            ("on", "Quick: the networks go on from their champions"),
            ("off", "Full: everything is trained from the beginning"),
        ],
        coerce=lambda given: given == "on",
        widget=forms.RadioSelect,
        initial="on",
    )
    base = forms.ChoiceField(choices=list(run_pages.NAMES.items()), label="Base", required=False)
    kinds = forms.MultipleChoiceField(
        choices=[(kind, wording.title(kind)) for kind in KINDS], widget=forms.CheckboxSelectMultiple, initial=KINDS
    )
    promote = forms.ChoiceField(
        choices=[
            ("auto", "what meets the gate’s conditions"),
            ("never", "nothing: people decide"),
            ("always", "everything, whatever the gate says"),
        ],
        label="Promote",
        initial="auto",
    )


@admin.register(TrainingRun)
class TrainingRunAdmin(admin.ModelAdmin):
    list_display = ("number", "status", "kinds", "asked_by", "created_at", "took", "outcome")
    list_display_links = ("number",)
    list_per_page = 50
    change_list_template = "admin/predictor/trainingrun/change_list.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("start/", view(self.start_view), name="predictor_trainingrun_start"),
            path("<int:pk>/cancel/", view(self.cancel_view), name="predictor_trainingrun_cancel"),
            path("<int:pk>/state/", view(self.state_view), name="predictor_trainingrun_state"),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingRun]:
        return runs.listed()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: TrainingRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TrainingRun | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        runs.reap()
        context = {"title": "Training runs", "worker": run_pages.worker(runs.active())}
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_number = object_id.isascii() and object_id.isdecimal() and len(object_id) < 19
        run = self._run(request, int(object_id) if is_number else 0, whole=True)
        return self._page(request, "detail", f"Training run {run.pk}", **run_pages.detail(run))

    def state_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the page's script asks for every second."""
        return JsonResponse(run_pages.live(self._run(request, pk, whole=True)))

    def start_view(self, request: HttpRequest) -> HttpResponse:
        user = _maintainer(request)
        form = StartForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            asked = parameters.written(*parameters.read(form.cleaned_data))
            try:
                run = retrain_in_background(parameters=asked, by=user, origin=runs.Origin.ADMIN)
            except runs.RunInProgress as other:
                messages.error(request, str(other))
                return HttpResponseRedirect(_address(other.run))
            self.log_addition(
                request, run, f"Started: {', '.join(asked['kinds'])} on {run_pages.name_of(asked)}; {asked['promote']}."
            )
            return HttpResponseRedirect(_address(run))
        runs.reap()
        active = runs.active()
        about = run_pages.before() | {"form": form, "active": active, "worker": run_pages.worker(active)}
        return self._page(request, "start", "Start a training run?", **about)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = _maintainer(request)
        run = self._run(request, pk, whole=True)
        if request.method == "POST":
            try:
                runs.cancel(run=run, by=user)
            except runs.RunEnded as ended:
                messages.warning(request, str(ended))
            else:
                self.log_change(request, run, "Cancelled.")
                messages.success(request, f"Run {run.pk} is cancelled." if run.finished_at else "It is asked to stop.")
            return HttpResponseRedirect(_address(run))
        return self._page(request, "cancel", f"Cancel training run {run.pk}?", run=run, live=run_pages.live(run))

    def _run(self, request: HttpRequest, pk: int, *, whole: bool = False) -> TrainingRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs.reap()
        rows = TrainingRun.objects.select_related("by", "cancelled_by") if whole else runs.listed()
        run = rows.filter(pk=pk).first()
        if run is None:
            raise Http404(f"There is no run {pk}.")
        return run

    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> TemplateResponse:
        context |= self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return TemplateResponse(request, f"admin/predictor/trainingrun/{name}.html", context)

    @admin.display(description="run", ordering="pk")
    def number(self, run: TrainingRun) -> str:
        return str(run)

    @admin.display(description="state", ordering="state")
    def status(self, run: TrainingRun) -> str:
        return format_html('<span class="state" data-state="{}">{}</span>', run.state, run.get_state_display())

    @admin.display
    def kinds(self, run: TrainingRun) -> str:
        return ", ".join(run.parameters.get("kinds", []))

    @admin.display(ordering="by")
    def asked_by(self, run: TrainingRun) -> str:
        return who(run)

    @admin.display
    def took(self, run: TrainingRun) -> str:
        return lasted(run)

    @admin.display
    def outcome(self, run: TrainingRun) -> str:
        return standing(run)


def _maintainer(request: HttpRequest) -> User:
    if not request.user.has_perm(runs.PERMISSION):
        raise PermissionDenied
    return cast("User", request.user)


def _address(run: TrainingRun) -> str:
    return reverse("admin:predictor_trainingrun_change", args=[run.pk])
