"""App configuration of the composition root."""

from django.apps import AppConfig


class FlexspaceConfig(AppConfig):
    """Commands, checks and the pages that mix apps."""

    name = "flexspace"
    label = "flexspace"

    def ready(self) -> None:
        """Register the system checks."""
        from flexspace import checks  # noqa: F401, PLC0415  (app ready)
