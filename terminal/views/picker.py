"""The readers one may choose from, each with what is known of it."""

from dataclasses import dataclass

from django.utils import timezone

from flexspace.core.models import Location
from terminal.explain.reader_care import restarts_about
from terminal.models import Attempt, Reader
from terminal.queries import holders_of, readers_at


@dataclass(frozen=True)
class Choice:
    """A reader on the picker. ``state`` is ready, busy or offline; offline is advice and can still be chosen.

    ``restarting``: it is about midnight where they stand.
    """

    reader: Reader
    state: str
    holder: Attempt | None
    mine: bool
    checked: bool
    restarting: bool = False


def picker(location: Location, remembered: int | None, *, without: Reader | None = None) -> list[Choice]:
    """Return the readers at ``location`` but ``without``; this browser's is chosen, else the first that is ready."""
    readers = [reader for reader in readers_at(location) if reader != without]
    holders = holders_of(readers)
    states = {reader.pk: _state(reader, holders.get(reader.pk)) for reader in readers}
    ready = [reader.pk for reader in readers if states[reader.pk] == "ready"]
    mine_is_free = states.get(remembered or 0, "busy") != "busy"
    restarts = restarts_about(timezone.now().astimezone(location.zone).time())
    chosen = remembered if mine_is_free else next(iter(ready), None)
    return [
        Choice(row, states[row.pk], holders.get(row.pk), row.pk == remembered, row.pk == chosen, restarts)
        for row in readers
    ]


def _state(reader: Reader, holder: Attempt | None) -> str:
    if holder:
        return "busy"
    return "offline" if reader.status == "offline" else "ready"
