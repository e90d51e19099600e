"""The grid: many drawings that the models read alike, labelled in one go once the wrong ones are deselected."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from rest_framework import serializers

from predictor.admin.desk.base import DeskView
from predictor.services.collecting import submissions
from predictor.services.collecting.counts import counts
from predictor.services.reviewing import desk

GRID: Final = "admin:predictor_submission_grid"


class GridRequest(serializers.Serializer):
    digit = serializers.IntegerField(min_value=0, max_value=9, default=0)
    after = serializers.UUIDField(required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=desk.GRID_SIZE, default=list)


class GridView(DeskView):
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        given = _fields(request.GET)
        digit, after = given["digit"], given.get("after")
        waiting = counts().waiting
        rows = desk.grid_page(digit=digit, by=self.reviewer, after=after)
        if after is None:  # the count is as of a minute ago
            waiting[digit] = max(waiting[digit], len(rows)) if len(rows) == desk.GRID_SIZE else len(rows)
        return self.page(
            "grid",
            f"Drawings read as {digit}",
            digit=digit,
            after=after,
            tabs=[(each, waiting[each]) for each in range(10)],
            tiles=[(row.pk, submissions.pixels_url(row)) for row in rows],
            last=rows[-1].pk if rows else None,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Those behind come next: what was deselected stays in the queue, and is not shown here again at once."""
        given = _fields(request.POST)
        digit = given["digit"]
        count = desk.label_grid(digit=digit, ids=given["ids"], by=self.reviewer)
        messages.success(request, f"{count} labelled {digit}.")
        query = {"digit": digit} | ({"after": given["after"]} if "after" in given else {})
        return HttpResponseRedirect(reverse(GRID, query=query))


def _fields(data: QueryDict) -> dict[str, Any]:
    fields = GridRequest(data=data.dict() | {"ids": data.getlist("ids")})
    if not fields.is_valid():
        raise Http404("There is no such page of the grid.")
    given: dict[str, Any] = fields.validated_data
    return given
