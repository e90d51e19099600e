from django.apps import AppConfig


class PredictorConfig(AppConfig):
    name = "predictor"
    verbose_name = "Draw a digit"

    def ready(self) -> None:
        from predictor import checks  # noqa: F401  registers them
