"""Enumerations whose values are stored in a column, with the words that are shown for them. Pure."""

from enum import StrEnum


class Choices(StrEnum):
    """A kind or state that a model field takes; its value is stored."""

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return the pairs a model field takes."""
        return [(item.value, item.label) for item in cls]

    @property
    def label(self) -> str:
        """Return it in words."""
        return self.value.replace("_", " ").capitalize()
