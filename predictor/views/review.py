"""The queue: one drawing at a time, inside the admin, with scripts or without."""

import json
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from rest_framework import serializers

from predictor.models import VALUES, Submission
from predictor.services import labels, queue, review
from predictor.services.champions import KINDS
from predictor.services.progress import progress
from predictor.views.cards import card, no_answer, standing
from predictor.views.desk import DeskView

QUEUE: Final = "admin:predictor_submission_queue"
HIDE: Final = "review_hide"  # as static/review/queue.js has it
SKIPPED: Final = 200  # drawings, as static/review/memory.js has it


@cache
def modules() -> list[str]:
    """Every script that the queue imports, to be asked for at once."""
    folder = settings.BASE_DIR / "static" / "review"
    names = {path.name for path in folder.glob("*.js")} - {"queue.js", "grid.js", "steps.js"}
    return [*(f"review/{name}" for name in sorted(names)), "js/visit.js"]


class SaidBody(serializers.Serializer):
    id = serializers.UUIDField()
    value = serializers.ChoiceField(VALUES, allow_null=True)


class SaveRequest(serializers.Serializer):
    labels = serializers.ListField(child=SaidBody(), max_length=100)
    have = serializers.ListField(child=serializers.UUIDField(), max_length=100)
    skip = serializers.ListField(child=serializers.UUIDField(), max_length=2 * SKIPPED)


class PressRequest(serializers.Serializer):
    """A button of the form that works without scripts."""

    id = serializers.UUIDField(required=False)
    value = serializers.ChoiceField(VALUES, required=False)
    do = serializers.ChoiceField(["skip", "undo"], required=False)


class QueueView(DeskView):
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        skip = _ids(request.GET.get("skip"))
        rows = self._back(_ids(request.GET.get("back")))
        rows += review.ahead(by=self.reviewer, have=[row.pk for row in rows], skip=skip)
        cards = [card(row) for row in rows]
        remaining = max(queue.remaining(), len(cards))
        return self.page(
            "queue",
            "Review queue",
            cards=cards,
            card=cards[0] if cards else None,
            answers=cards[0]["answers"] if cards else [no_answer(kind) for kind in KINDS],
            digits=range(10),
            remaining=remaining,
            remaining_words=f"{remaining:,}",
            skip=_joined(skip),
            hides=request.COOKIES.get(HIDE) == "1",
            standing=standing(progress()),
            modules=modules(),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        fields = PressRequest(data=request.POST)
        if not fields.is_valid():
            messages.error(request, "That is nothing that a drawing can be labelled.")
            return HttpResponseRedirect(reverse(QUEUE))
        given = fields.validated_data
        query, skip = {}, _ids(request.POST.get("skip"))
        if given.get("do") == "undo":
            query = self._undo()
        elif given.get("do") == "skip" and "id" in given:
            skip.append(given["id"])
        elif "value" in given and "id" in given:
            self._label(given["id"], given["value"])
        query |= {"skip": _joined(skip)} if skip else {}
        return HttpResponseRedirect(reverse(QUEUE, query=query))

    def _back(self, ids: list[uuid.UUID]) -> list[Submission]:
        """What a reviewer wants back on the desk, unless somebody else has it now."""
        return [found for pk in ids[:1] if (found := review.again(pk=pk, by=self.reviewer))]

    def _label(self, pk: uuid.UUID, value: str) -> None:
        why = review.save(said=[(pk, value)], by=self.reviewer).get(pk)
        if why:
            messages.error(self.request, f"Not saved: {why}")
        else:
            messages.success(self.request, f"Labelled {dict(VALUES)[value]}.")

    def _undo(self) -> dict[str, str]:
        submission = labels.undo(by=self.reviewer)
        if submission is None:
            messages.warning(self.request, "There is nothing to undo.")
            return {}
        messages.success(self.request, "Your last label is taken back.")
        return {"back": str(submission.pk)}


class SaveView(DeskView):
    """What the queue's script says in the background; the answer fills its line up."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        fields = SaveRequest(data=_body(request))
        if not fields.is_valid():
            return JsonResponse({"detail": "This is not what the queue sends."}, status=400)
        given = fields.validated_data
        said = [(one["id"], one["value"]) for one in given["labels"]]
        refused = review.save(said=said, by=self.reviewer)
        lost = review.hold(ids=given["have"], by=self.reviewer)
        have = [pk for pk in given["have"] if pk not in lost]
        rows = review.ahead(by=self.reviewer, have=have, skip=given["skip"])
        answer = {
            "refused": [{"id": pk, "detail": why} for pk, why in refused.items()],
            "lost": lost,
            "items": [card(row) for row in rows],
            "waiting": queue.remaining(),
            "dry": len(have) + len(rows) <= review.AHEAD,
        }
        return JsonResponse(answer)


def _ids(joined: str | None) -> list[uuid.UUID]:
    """Ids between full stops, the last of them; none where they are none."""
    try:
        return [uuid.UUID(one) for one in joined.split(".")[-SKIPPED:]] if joined else []
    except ValueError:
        return []


def _joined(ids: Sequence[uuid.UUID]) -> str:
    """In an address a full stop takes one character, a comma three."""
    return ".".join(map(str, ids[-SKIPPED:]))


def _body(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):  # the latter: brackets a hundred thousand deep
        return None
