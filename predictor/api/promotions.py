"""`/api/models/{kind}/promote/` and `…/history/`: make a version the champion, and see which one was when."""

from typing import Final, cast

from django.contrib.auth.models import User
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from predictor.api.schema import extend_schema
from predictor.api.serializers import Problem
from predictor.api.staff import (
    CHANGES,
    MISSING,
    PAGE,
    REFUSALS,
    Conflict,
    Pages,
    StaffView,
    StoreAway,
    Unavailable,
    Unprocessable,
)
from predictor.ml.errors import ArtifactError
from predictor.models import Promotion
from predictor.services.answering.champions import KINDS
from predictor.services.learning import promotions
from predictor.services.store.objects import StoreUnavailable

KIND: Final = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=KINDS)
VIEW: Final = "predictor.view_promotion"
LARGEST: Final = 2**31 - 1


class PromoteRequest(serializers.Serializer):
    version = serializers.IntegerField(min_value=1, max_value=LARGEST)
    reason = serializers.CharField(default="", allow_blank=True, max_length=500, help_text="for the log")
    earlier = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST,
        required=False,
        allow_null=True,
        help_text="the champion that this was decided against, null for none; by default, that of when it is asked for",
    )


class PromotionBody(serializers.ModelSerializer):
    by = serializers.CharField(source="by.username", default=None, allow_null=True, help_text="null for a command")
    run = serializers.IntegerField(source="run_id", allow_null=True, help_text="the training run that did it")
    earlier = serializers.IntegerField(allow_null=True, help_text="the champion until then, if it is known")

    class Meta:
        model = Promotion
        fields = ("kind", "version", "earlier", "at", "by", "run", "reason")


class PromotionPage(serializers.Serializer):
    count = serializers.IntegerField(help_text="of all promotions of the kind")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PromotionBody(many=True)


class PromoteView(StaffView):
    permissions = {"POST": "predictor.promote"}

    @extend_schema(
        operation_id="promote",
        summary="Make a published version the champion",
        description="After its self-test. Every server follows within five seconds. A rollback is a promotion of an "
        "earlier version. 409 (`champion_changed`) says that another version has become the champion meanwhile: see "
        "`earlier`. 422 says which versions there are, or what is wrong with this one.",
        parameters=[KIND],
        request=PromoteRequest,
        responses={200: PromotionBody, 422: Problem} | CHANGES,
    )
    def post(self, request: Request, kind: str) -> Response:
        _check(kind)
        fields = PromoteRequest(data=request.data)
        fields.is_valid(raise_exception=True)
        given, by = fields.validated_data, cast("User", request.user)
        against = {kind: given["earlier"]} if given.get("earlier") else {} if "earlier" in given else None
        try:
            row = promotions.promote(kind, given["version"], against=against, by=by, reason=given["reason"])
        except promotions.ChampionChanged as error:
            raise Conflict(error.code, str(error)) from error
        except ArtifactError as error:
            raise Unprocessable("unknown_version", str(error), "version") from error
        except StoreUnavailable as error:
            raise StoreAway(str(error)) from error
        except OSError as error:
            raise Unavailable(f"The champions cannot be written: {error.strerror or error}.") from error
        return Response(PromotionBody(row).data)


@method_decorator(never_cache, "dispatch")
class HistoryView(StaffView):
    permissions = {"GET": VIEW}

    @extend_schema(
        operation_id="history",
        summary="List a kind's promotions",
        description="The last first, fifty on a page: each version was the champion from its `at` to that of the one "
        "before it in the list.",
        parameters=[KIND, PAGE],
        responses={200: PromotionPage, 422: Problem} | REFUSALS | MISSING,
    )
    def get(self, request: Request, kind: str) -> Response:
        _check(kind)
        pages = Pages()
        rows = pages.paginate_queryset(promotions.history(kind), request, view=self) or []
        return pages.get_paginated_response(PromotionBody(rows, many=True).data)


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise Unprocessable("unknown_kind", f"There is no kind {kind[:40]!r}: there is {', '.join(KINDS)}.", "kind")
