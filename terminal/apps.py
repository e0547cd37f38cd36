"""App configuration."""

from django.apps import AppConfig


class TerminalConfig(AppConfig):
    """See the package's docstring."""

    name = "terminal"

    def ready(self) -> None:
        """Connect the receivers."""
        from terminal import receivers  # noqa: F401, PLC0415  (app ready)
        from terminal.explain import timeline  # noqa: F401, PLC0415  (app ready)
