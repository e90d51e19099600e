"""The page on which people draw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from predictor.services.champions import KINDS


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html", {"kinds": KINDS})
