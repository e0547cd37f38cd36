"""Raw data pages (Django's admin) that show and never change."""

from typing import Any


class LookOnly:
    """Mix into a ModelAdmin or inline: nothing can be added, changed or deleted, and no list is counted whole."""

    show_full_result_count = False

    def has_add_permission(self, *_args: Any) -> bool:
        """Return no."""
        return False

    def has_change_permission(self, *_args: Any) -> bool:
        """Return no."""
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        """Return no."""
        return False
