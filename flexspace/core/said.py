"""Pieces of sentences: lengths of time and lists, as people say them. Pure."""

from collections.abc import Sequence

MINUTE, HOUR, DAY = 60, 3600, 86400


def span(seconds: float) -> str:
    """Return a length of time as people say it: 40 s, 12 min, 3 h, 2 days."""
    seconds = max(0, seconds)
    for unit, length in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit * (2 if unit == DAY else 1):
            return f"{int(seconds // unit)} {length}"
    return f"{int(seconds)} s"


def listed(names: Sequence[str]) -> str:
    """Return names in a row: "", A, A and B, A, B and C."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
