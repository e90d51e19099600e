from django.urls import include, path

from predictor.api.batches import BatchView
from predictor.api.legacy import LegacyModelsView, LegacyPredictView
from predictor.api.promotions import HistoryView, PromoteView
from predictor.api.runs import CancelView, RetrainView, RunsView, RunView
from predictor.api.schema import docs, schema
from predictor.api.submissions import ClaimView, SubmissionView
from predictor.api.views import ExplainView, ModelsView, PredictView, PromptView

api = [
    path("predict/", PredictView.as_view(), name="predict"),
    path("predict", PredictView.as_view()),  # a redirect would turn the POST into a GET
    path("predict/batch/", BatchView.as_view(), name="batch"),
    path("predict/batch", BatchView.as_view()),
    path("explain/", ExplainView.as_view(), name="explain"),
    path("explain", ExplainView.as_view()),
    path("submissions/<uuid:pk>/", SubmissionView.as_view(), name="submission"),
    path("submissions/<uuid:pk>", SubmissionView.as_view()),
    path("submissions/<uuid:pk>/claim/", ClaimView.as_view(), name="claim"),
    path("submissions/<uuid:pk>/claim", ClaimView.as_view()),
    path("prompt/", PromptView.as_view(), name="prompt"),
    path("models/", ModelsView.as_view(), name="models"),
    path("models/<str:kind>/promote/", PromoteView.as_view(), name="promote"),
    path("models/<str:kind>/promote", PromoteView.as_view()),
    path("models/<str:kind>/history/", HistoryView.as_view(), name="history"),
    path("retrain/", RetrainView.as_view(), name="retrain"),
    path("retrain", RetrainView.as_view()),
    path("training-runs/", RunsView.as_view(), name="training-runs"),
    path("training-runs/<int:pk>/", RunView.as_view(), name="training-run"),
    path("training-runs/<int:pk>/cancel/", CancelView.as_view(), name="cancel"),
    path("training-runs/<int:pk>/cancel", CancelView.as_view()),
    path("schema/", schema, name="schema"),
    path("docs/", docs, name="docs"),
]

urlpatterns = [
    path("api/", include((api, "api"))),
    path("predict/", LegacyPredictView.as_view()),
    path("predict", LegacyPredictView.as_view()),
    path("models/", LegacyModelsView.as_view()),
]
