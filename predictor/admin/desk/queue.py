"""The queue: one drawing at a time, inside the admin, with scripts or without."""

import json
import uuid
from contextlib import suppress
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from rest_framework import serializers

from predictor.admin.desk.base import DeskView
from predictor.admin.desk.cards import card, rows, standing
from predictor.models import VALUES, Submission
from predictor.services.reviewing import desk, labels, queue, skips
from predictor.services.reviewing.progress import progress

QUEUE: Final = "admin:predictor_submission_queue"
HIDE: Final = "review_hide"  # as static/review/queue.js has it
SKIP: Final = "skip"  # as static/review/session.js has both
UNSKIP: Final = "unskip"


@cache
def modules() -> list[str]:
    """Every script that the queue imports, to be asked for at once."""
    folder = settings.BASE_DIR / "static" / "review"
    names = {path.name for path in folder.glob("*.js")} - {"queue.js", "grid.js", "arrows.js"}
    return [*(f"review/{name}" for name in sorted(names)), "js/keyboard.js", "js/visit.js"]


class SaidBody(serializers.Serializer):
    id = serializers.UUIDField()
    value = serializers.ChoiceField([*VALUES, SKIP, UNSKIP], allow_null=True)


class SaveRequest(serializers.Serializer):
    labels = serializers.ListField(child=SaidBody(), max_length=100)
    have = serializers.ListField(child=serializers.UUIDField(), max_length=100)
    skip = serializers.ListField(child=serializers.UUIDField(), max_length=100)


class PressRequest(serializers.Serializer):
    """A button of the form that works without scripts."""

    id = serializers.UUIDField(required=False)
    value = serializers.ChoiceField(VALUES, required=False)
    do = serializers.ChoiceField([SKIP, "undo"], required=False)


class QueueView(DeskView):
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        waiting = self._back(request.GET.get("back", ""))
        waiting += desk.refill(by=self.reviewer, have=[row.pk for row in waiting])
        cards = [card(row) for row in waiting]
        remaining = max(queue.remaining(), len(cards))
        return self.page(
            "queue",
            "Review queue",
            cards=cards,
            card=cards[0] if cards else None,
            answers=rows(cards[0]["answers"] if cards else []),
            digits=range(10),
            remaining=remaining,
            remaining_words=f"{remaining:,}",
            hides=request.COOKIES.get(HIDE) == "1",
            standing=standing(progress()),
            modules=modules(),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        fields = PressRequest(data=request.POST)
        if not fields.is_valid():
            messages.error(request, "A drawing cannot be labelled with that.")
            return HttpResponseRedirect(reverse(QUEUE))
        given = fields.validated_data
        query = {}
        if given.get("do") == "undo":
            query = self._undo()
        elif given.get("do") == SKIP and "id" in given:
            skips.skip(ids=[given["id"]], by=self.reviewer)
        elif "value" in given and "id" in given:
            self._label(given["id"], given["value"])
        return HttpResponseRedirect(reverse(QUEUE, query=query))

    def _back(self, identity: str) -> list[Submission]:
        """What a reviewer wants back on the desk, unless somebody else has it now."""
        with suppress(ValueError):
            return list(filter(None, [desk.reserve_again(pk=uuid.UUID(identity), by=self.reviewer)]))
        return []

    def _label(self, pk: uuid.UUID, value: str) -> None:
        why = desk.save_labels(values=[(pk, value)], by=self.reviewer).get(pk)
        if why:
            messages.error(self.request, f"Not saved: {why}")
        else:
            messages.success(self.request, f"Labelled {dict(VALUES)[value]}.")

    def _undo(self) -> dict[str, str]:
        submission = labels.undo(by=self.reviewer)
        if submission is None:
            messages.warning(self.request, "There is nothing to undo.")
            return {}
        messages.success(self.request, "Your last label was withdrawn.")
        return {"back": str(submission.pk)}


class SaveView(DeskView):
    """What the queue's script says in the background; the answer fills its line up."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        fields = SaveRequest(data=_body(request))
        if not fields.is_valid():
            return JsonResponse({"detail": "The request is not one that the queue sends."}, status=400)
        given = fields.validated_data
        said = [(one["id"], one["value"]) for one in given["labels"]]
        refused = desk.save_labels(values=[one for one in said if one[1] not in {SKIP, UNSKIP}], by=self.reviewer)
        for value, act in ((SKIP, skips.skip), (UNSKIP, skips.unskip)):
            if ids := [pk for pk, other in said if other == value]:
                act(ids=ids, by=self.reviewer)
        lost = desk.extend_reservations(ids=given["have"], by=self.reviewer)
        have = [pk for pk in given["have"] if pk not in lost]
        rows = desk.refill(by=self.reviewer, have=have, skip=given["skip"])
        answer = {
            "refused": [{"id": pk, "detail": why} for pk, why in refused.items()],
            "lost": lost,
            "items": [card(row) for row in rows],
            "waiting": queue.remaining(),
            "dry": len(have) + len(rows) <= desk.LOOKAHEAD,
        }
        return JsonResponse(answer)


def _body(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):  # the latter: brackets a hundred thousand deep
        return None
