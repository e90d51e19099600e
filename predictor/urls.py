from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from predictor.views.api import ModelsView, PredictView
from predictor.views.legacy import LegacyModelsView, LegacyPredictView
from predictor.views.operations import healthz, readyz
from predictor.views.page import page

api = [
    path("predict/", PredictView.as_view(), name="predict"),
    path("models/", ModelsView.as_view(), name="models"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
]

urlpatterns = [
    path("", page, name="page"),
    path("api/", include((api, "api"))),
    path("predict/", LegacyPredictView.as_view()),
    path("models/", LegacyModelsView.as_view()),
    path("healthz", healthz),
    path("readyz", readyz),
]
