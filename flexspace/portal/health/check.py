"""What a check says. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from flexspace.core.levels import Level, worst

Link = tuple[str, tuple[object, ...]]  # a page's name and its arguments
NOWHERE: Link = ("", ())
OWN = "health:"  # begins the keys of what nobody else watches and mails


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is watched: how it stands, in a sentence with figures, and what to do about it where."""

    key: str
    label: str
    level: Level
    said: str
    cure: str = ""
    link: Link = NOWHERE

    @property
    def name(self) -> str:
        """Return what a monitor knows it by."""
        return self.key.removeprefix(OWN)


def overall(checks: Iterable[Check]) -> Level:
    """Return the worst level of all."""
    return worst(check.level for check in checks)


def by_age(age: float, *, amber: float, red: float) -> Level:
    """Return how bad an age in seconds is: from ``amber`` on it wants a look, from ``red`` on one now."""
    return Level.RED if age >= red else Level.AMBER if age >= amber else Level.GREEN
