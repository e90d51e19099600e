from django.urls import path

from predictor.page.views import DrawingView, PageView

urlpatterns = [
    path("", PageView.as_view(), name="page"),
    path("drawings/<uuid:pk>/", DrawingView.as_view(), name="drawing"),
]
