"""App configuration of the composition root."""

from django.apps import AppConfig

from flexspace.celery import app as celery_app

__all__ = ["FlexspaceConfig", "celery_app"]  # shared tasks belong to the app once Django has started


class FlexspaceConfig(AppConfig):
    """Commands, checks and the pages that mix apps."""

    name = "flexspace"
    label = "flexspace"

    def ready(self) -> None:
        """Register the system checks."""
        from flexspace import checks  # noqa: F401, PLC0415  (app ready)
