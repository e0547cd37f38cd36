"""App configuration."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """See the package's docstring."""

    name = "billing"

    def ready(self) -> None:
        """Register the app's sentences and connect its receivers."""
        from billing import explain, receivers  # noqa: F401, PLC0415  (app ready)
        from billing.explain import cards, collecting, notices, refunds, run_events  # noqa: F401, PLC0415  (app ready)
