"""The OpenAPI schema and its page: loaded when somebody asks for them, not with every worker.

drf-spectacular's generator brings YAML and the test clients of Django and of REST framework with it, 4 MB that no
prediction needs. So `extend_schema` has its name and its arguments here too, but keeps what it was given until the
schema is generated.
"""

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular import utils
from rest_framework.request import Request

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
View: TypeAlias = Callable[[HttpRequest], HttpResponseBase]
Endpoint: TypeAlias = tuple[str, str, str, Any]  # path, path_regex, method, callback

SAFE: Final = ["get", "head"]

_lock = threading.Lock()


def _later(extend: Callable[P, Callable[[F], F]]) -> Callable[P, Callable[[F], F]]:
    @wraps(extend)
    def decorator(*args: P.args, **kwargs: P.kwargs) -> Callable[[F], F]:
        def keep(handler: F) -> F:
            handler.extend_schema = extend(*args, **kwargs)  # type: ignore[attr-defined]
            return handler

        return keep

    return decorator


extend_schema = _later(utils.extend_schema)


def prepare(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """drf-spectacular's preprocessing hook: lists each endpoint once, and applies what `extend_schema` was given."""
    endpoints = [endpoint for endpoint in endpoints if endpoint[0].endswith("/")]
    for _, _, method, callback in endpoints:
        handler = getattr(callback.cls, method.lower())
        if hasattr(handler, "extend_schema") and not hasattr(handler, "kwargs"):  # set by drf-spectacular
            handler.extend_schema(handler)
    return endpoints


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponseBase:
    with _lock:  # the generator is not safe to start in two threads at once
        view = _schema()
    return view(request)


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponseBase:
    return _docs()(request)


@cache
def _schema() -> View:
    """Generating the schema takes 40 ms of processor time, so each of its formats is generated once."""
    from drf_spectacular.views import SpectacularAPIView

    formats: dict[str, HttpResponse] = {}

    class SchemaView(SpectacularAPIView):
        def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            kind = request.accepted_renderer.media_type
            with _lock:
                if kind not in formats:
                    response = super().get(request)  # type: ignore[no-untyped-call]
                    formats[kind] = self.finalize_response(request, response).render()
            known = formats[kind]
            headers = {name: known[name] for name in ("Content-Type", "Content-Disposition")}
            return HttpResponse(known.content, headers=headers)

    return SchemaView.as_view(api_version="1", http_method_names=SAFE)


@cache
def _docs() -> View:
    from drf_spectacular.views import SpectacularSwaggerSplitView

    return SpectacularSwaggerSplitView.as_view(url_name="api:schema", http_method_names=SAFE)
