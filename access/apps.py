"""App configuration."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """See the package's docstring."""

    name = "access"

    def ready(self) -> None:
        """Connect the receivers, and register the app's sentences."""
        from access import receivers  # noqa: F401, PLC0415  (app ready)
        from access.explain import setup  # noqa: F401, PLC0415  (app ready)
