"""`/api/retrain/` and `/api/training-runs/`: start a run in the background, watch it, cancel it."""

from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.api.run_bodies import RetrainRequest, RunBody, RunDetail, RunPage
from predictor.api.schema import extend_schema
from predictor.api.serializers import Problem
from predictor.api.staff import CHANGES, MISSING, PAGE, REFUSALS, Conflict, Pages, StaffView, Unprocessable
from predictor.models import TrainingRun
from predictor.services.learning import parameters, runs
from predictor.services.learning.background import retrain_in_background
from predictor.services.learning.parameters import UnknownChoice

VIEW: Final = "predictor.view_trainingrun"


class RetrainView(StaffView):
    permissions = {"POST": runs.PERMISSION}

    @extend_schema(
        operation_id="retrain",
        summary="Start a training run",
        description="A worker (`manage.py worker`) trains in the background; the run's address is in `Location` and "
        "`url`. Without a body, all kinds are trained on the champions' base and every labelled drawing. One run is "
        "under way at a time: 409 names it.",
        request=RetrainRequest,
        responses={202: RunBody, 422: Problem} | CHANGES,
    )
    def post(self, request: Request) -> Response:
        fields = RetrainRequest(data=request.data)
        fields.is_valid(raise_exception=True)
        try:
            asked = parameters.written(*parameters.read(fields.validated_data))
            run = retrain_in_background(parameters=asked, by=request.user, origin=runs.Origin.API)
        except UnknownChoice as unknown:
            raise Unprocessable(f"unknown_{unknown.field.removesuffix('s')}", str(unknown), unknown.field) from unknown
        except runs.RunInProgress as other:
            where = reverse("api:training-run", args=[other.run.pk])
            raise Conflict("run_in_progress", f"{other} It is at {where}.") from other
        body = RunBody(run).data
        return Response(body, status=202, headers={"Location": body["url"]})


@method_decorator(never_cache, "dispatch")
class RunsView(StaffView):
    permissions = {"GET": VIEW}

    @extend_schema(
        operation_id="training_runs",
        summary="List training runs",
        description="The newest first, fifty on a page.",
        parameters=[PAGE],
        responses={200: RunPage} | REFUSALS | MISSING,
    )
    def get(self, request: Request) -> Response:
        runs.reap()
        pages = Pages()
        rows = pages.paginate_queryset(runs.listed(), request, view=self) or []
        return pages.get_paginated_response(RunBody(rows, many=True).data)


@method_decorator(never_cache, "dispatch")
class RunView(StaffView):
    permissions = {"GET": VIEW}

    @extend_schema(
        operation_id="training_run",
        summary="Show a training run",
        description="Its state, progress, log and report.",
        responses={200: RunDetail} | REFUSALS | MISSING,
    )
    def get(self, request: Request, pk: int) -> Response:
        runs.reap()
        return Response(RunDetail(_found(TrainingRun.objects.select_related("by"), pk)).data)


class CancelView(StaffView):
    permissions = {"POST": runs.PERMISSION}

    @extend_schema(
        operation_id="cancel",
        summary="Cancel a training run",
        description="A queued run is cancelled at once; a running one stops within seconds. The champions stay.",
        request=None,
        responses={202: RunBody} | CHANGES | MISSING,
    )
    def post(self, request: Request, pk: int) -> Response:
        runs.reap()
        run = _found(runs.listed(), pk)
        try:
            runs.cancel(run=run, by=request.user)
        except runs.RunEnded as ended:
            raise Conflict("run_ended", str(ended)) from ended
        return Response(RunBody(run).data, status=202)


def _found(rows: QuerySet[TrainingRun], pk: int) -> TrainingRun:
    run = rows.filter(pk=pk).first()
    if run is None:
        raise NotFound(f"There is no run {pk}.")
    return run
