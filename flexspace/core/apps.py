"""App configuration."""

from django.apps import AppConfig

from flexspace.core import sqlite


class CoreConfig(AppConfig):
    """The foundation."""

    name = "flexspace.core"
    label = "core"

    def ready(self) -> None:
        """Say what SQLite can."""
        sqlite.connect()
