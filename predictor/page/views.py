"""The page on which people draw. Its forms work without JavaScript too: a picture, a claim, a deletion.

The forms are as open as the API. There is no account, no cookie and no session that a forged request could make use of,
so no CSRF token is asked for, and none is set.
"""

import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser
from rest_framework.renderers import BaseRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from predictor.api.clients import client_network
from predictor.api.errors import GONE
from predictor.api.parsers import MultiPartParser
from predictor.api.serializers import ClaimRequest, PredictRequest, predict_body
from predictor.api.throttles import PredictThrottle
from predictor.api.views import SMALL_BODY, PublicView, UploadView
from predictor.middleware import request_id
from predictor.models import NOT_A_DIGIT, Submission
from predictor.page import table
from predictor.services.answering import wording
from predictor.services.answering.answers import Drawing
from predictor.services.answering.champions import champions
from predictor.services.collecting import submissions
from predictor.services.collecting.submit import submit

NOBODY: Final = uuid.UUID(int=0)
QUESTION: Final = "Was it right? What is it?"
NOT_KEPT: Final = "Not kept, as you asked."
KEPT_BEFORE: Final = "This exact drawing was sent before and is kept only once."
PENS: Final = ((12, "Fine"), (18, "Medium"), (26, "Bold"))  # as static/js/strokes.js has them


@cache
def modules() -> list[str]:
    """Every script of the page, to be asked for at once: imports alone would be found one after the other."""
    folder = settings.BASE_DIR / "static" / "js"
    return [f"js/{path.name}" for path in sorted(folder.glob("*.js"))]


class AlwaysHTML(DefaultContentNegotiation):
    """The page is HTML, whatever was asked for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        html = next(iter(renderers))
        return html, str(html.media_type)


class HTMLView(PublicView):
    """Answers and refuses with the page."""

    schema = None
    content_negotiation_class = AlwaysHTML
    renderer_classes = (TemplateHTMLRenderer,)
    throttle_classes = (PredictThrottle,)
    template_name = "page.html"
    store = False  # a box that is not ticked is not sent; nor is it, should the form be refused before it is read

    def get_throttles(self) -> list[BaseThrottle]:
        return super().get_throttles() if self.request.method == "POST" else []

    def context(
        self,
        *,
        answer: dict[str, Any] | None = None,
        own: dict[str, str] | None = None,
        problem: str | None = None,
        notice: str | None = None,
    ) -> dict[str, Any]:
        columns = answer["columns"] if answer else table.empty_columns(_answering())
        said = {"answer": answer, "own": own, "problem": problem, "notice": notice}
        shown = {"columns": columns, "rows": table.rows(columns), "digits": range(10)}
        fixed = {"pens": PENS, "modules": modules(), "submissions_url": _submissions_url()}
        return said | shown | fixed | {"store": self.store}

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response.data = self.context(problem=response.data["detail"])
        response.exception = False  # or the template for this status would be taken
        return response


@method_decorator(gzip_page, "dispatch")  # nothing that a stranger could put in stands beside a secret
class PageView(HTMLView, UploadView):
    http_method_names = ["get", "head", "post"]
    parser_classes = (MultiPartParser,)

    def get(self, request: Request) -> Response:
        self.store = True
        return Response(self.context())

    def post(self, request: Request) -> Response:
        sent = _form(request)
        self.store = "store" in sent
        if not sent.get("image"):
            raise ValidationError({"image": "Choose a picture first."})
        fields = PredictRequest(data={"store": False} | {name: sent[name] for name in {"image", "store"} & set(sent)})
        fields.is_valid(raise_exception=True)
        given = fields.validated_data
        drawing = Drawing(given["image"], Submission.Source.PAGE, request_id(), client=client_network(request))
        reply = predict_body(submit(drawing=drawing, store=given["store"]))
        own = {"id": reply["id"], "token": reply["token"]} if reply["token"] else None
        refusal = reply["not_kept"]["detail"] if reply["not_kept"] else NOT_KEPT
        notice = QUESTION if own else KEPT_BEFORE if reply["id"] else refusal
        return Response(self.context(answer=_shown(reply), own=own, notice=notice))


class DrawingView(HTMLView):
    http_method_names = ["get", "head", "post"]
    parser_classes = (FormParser, MultiPartParser)
    max_body = SMALL_BODY
    store = True  # it was ticked, or there would be no drawing

    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """A claim's address, typed or opened again: a drawing has no page of its own."""
        return redirect("page")

    def post(self, request: Request, pk: uuid.UUID) -> Response:
        own: dict[str, str] | None = {"id": str(pk), "token": _token(request)}
        match _form(request).get("do", "claim"):
            case "claim":
                found, notice = self._claim(request, pk)
            case "delete":
                found = submissions.delete(submission_id=pk, token=_token(request))
                notice, own = "Your drawing has been deleted.", None
            case _:
                raise ValidationError({"do": "The action must be claim or delete."})
        if not found:
            raise NotFound(GONE)
        answer = submissions.stored_answer(submission_id=pk, token=own["token"]) if own else None
        return Response(self.context(answer=_shown(predict_body(answer)) if answer else None, own=own, notice=notice))

    def _claim(self, request: Request, pk: uuid.UUID) -> tuple[bool, str]:
        fields = ClaimRequest(data=request.data)
        fields.is_valid(raise_exception=True)
        claim = fields.validated_data["claim"]
        found = submissions.claim(submission_id=pk, token=_token(request), value=claim)
        if claim is None:
            return found, "Your answer has been withdrawn."
        return found, f"Noted: it is {'not a digit' if claim == NOT_A_DIGIT else claim}."


def _answering() -> set[str]:
    """The kinds that say something to a drawing, be it that they cannot answer."""
    current = champions()
    return {*current.classifiers, *current.broken}


def _submissions_url() -> str:
    """The address that a drawing's id is put behind."""
    return reverse("api:submission", args=[NOBODY]).removesuffix(f"{NOBODY}/")


def _form(request: Request) -> dict[str, Any]:
    return cast("dict[str, Any]", request.data)  # a QueryDict, by the parsers


def _token(request: Request) -> str:
    return str(_form(request).get("token", ""))


def _shown(reply: dict[str, Any]) -> dict[str, Any]:
    """What the template shows of a reply outside the table."""
    same = {name: reply[name] for name in ("prediction", "summary", "pixels")}
    sign = wording.sign(reply["prediction"], reply["verdict"])
    return same | {"state": reply["verdict"], "sign": sign, "columns": table.columns(reply)}
