"""App configuration."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The foundation."""

    name = "flexspace.core"
    label = "core"
