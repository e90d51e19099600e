from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from predictor.views.api import ExplainView, ModelsView, PredictView, PromptView
from predictor.views.legacy import LegacyModelsView, LegacyPredictView
from predictor.views.operations import healthz, readyz
from predictor.views.page import DrawingView, PageView
from predictor.views.submissions import ClaimView, SubmissionView

SAFE = ["get", "head"]

api = [
    path("predict/", PredictView.as_view(), name="predict"),
    path("predict", PredictView.as_view(schema=None)),  # a redirect would turn the POST into a GET
    path("explain/", ExplainView.as_view(), name="explain"),
    path("explain", ExplainView.as_view(schema=None)),
    path("submissions/<uuid:pk>/", SubmissionView.as_view(), name="submission"),
    path("submissions/<uuid:pk>", SubmissionView.as_view(schema=None)),
    path("submissions/<uuid:pk>/claim/", ClaimView.as_view(), name="claim"),
    path("submissions/<uuid:pk>/claim", ClaimView.as_view(schema=None)),
    path("prompt/", PromptView.as_view(), name="prompt"),
    path("models/", ModelsView.as_view(), name="models"),
    path("schema/", SpectacularAPIView.as_view(api_version="1", http_method_names=SAFE), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema", http_method_names=SAFE), name="docs"),
]

urlpatterns = [
    path("", PageView.as_view(), name="page"),
    path("drawings/<uuid:pk>/", DrawingView.as_view(), name="drawing"),
    path("api/", include((api, "api"))),
    path("predict/", LegacyPredictView.as_view()),
    path("predict", LegacyPredictView.as_view()),
    path("models/", LegacyModelsView.as_view()),
    path("healthz", healthz),
    path("readyz", readyz),
]
