"""App configuration."""

from django.apps import AppConfig


class TerminalConfig(AppConfig):
    """See the package's docstring."""

    name = "terminal"
