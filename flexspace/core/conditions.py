"""Remembers how watched things stand, so that a turn for the worse is told once."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from flexspace.core.levels import Level
from flexspace.core.models import Condition


@transaction.atomic
def turn(beginning: str, seen: Mapping[str, Level], *, now: datetime) -> list[str]:
    """Write down ``seen`` (key → level) and return the keys that are worse than before, the worst first.

    Every key starts with ``beginning``; others that start with it are forgotten. Two callers at once are told of a
    turn only once. Turning from red to amber, or to green, is no turn for the worse.
    """
    Condition.objects.bulk_create(
        [Condition(key=key, level=Level.GREEN, since=now) for key in sorted(seen)], ignore_conflicts=True
    )
    rows = {row.key: row for row in Condition.objects.select_for_update().filter(key__startswith=beginning)}
    worse, changed = [], []
    for key, level in seen.items():
        row = rows[key]
        if row.level != level:
            worse += [key] if level.rank > Level(row.level).rank else []
            row.was, row.level, row.since = row.level, level, now
            changed.append(row)
    Condition.objects.bulk_update(changed, ["was", "level", "since"])
    Condition.objects.filter(key__in=rows.keys() - seen.keys()).delete()
    return sorted(worse, key=lambda key: (-seen[key].rank, key))


def conditions(keys: Iterable[str]) -> dict[str, Condition]:
    """Return how things stood when they were looked at last, by key; one query."""
    return Condition.objects.in_bulk(list(keys))


def trouble(beginning: str) -> list[Condition]:
    """Return what was amber or red when it was looked at last, red first; one query."""
    rows = Condition.objects.filter(key__startswith=beginning, level__in=[Level.AMBER, Level.RED])
    return sorted(rows, key=lambda row: (-Level(row.level).rank, row.since))
