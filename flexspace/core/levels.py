"""How well something is: the one scale of the health page, of mails about it and of what monitors read. Pure."""

from collections.abc import Iterable

from flexspace.core.choices import Choices


class Level(Choices):
    """Green is well, amber wants a look, red wants one now; unwatched is what nobody measures."""

    GREEN = "green"
    UNWATCHED = "unwatched"
    AMBER = "amber"
    RED = "red"

    @property
    def rank(self) -> int:
        """Return how bad it is; what is not watched counts as well."""
        return {"amber": 1, "red": 2}.get(self.value, 0)


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of ``levels``: green when there are none, and when the worst is not watched."""
    found = max(levels, key=lambda level: level.rank, default=Level.GREEN)
    return found if found.rank else Level.GREEN
