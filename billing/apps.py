"""App configuration."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """See the package's docstring."""

    name = "billing"

    def ready(self) -> None:
        """Register the app's sentences."""
        from billing import explain  # noqa: F401, PLC0415  (app ready)
