"""App configuration."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """See the package's docstring."""

    name = "members"

    def ready(self) -> None:
        """Register the app's sentences."""
        from members import explain  # noqa: F401, PLC0415  (app ready)
