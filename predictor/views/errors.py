"""Errors outside the API's views: JSON below /api/, a page elsewhere."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from predictor.problems import problem


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(problem("bad_request", "The request is malformed, or for another host."), status=400)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(problem("not_found", f"There is nothing at {request.path[:200]}."), status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(problem("server_error", "Something broke on our side; it has been logged."), status=500)
    if request.path.startswith("/predict"):
        return JsonResponse({"error": "Something broke on our side; it has been logged."}, status=500)
    return defaults.server_error(request)
