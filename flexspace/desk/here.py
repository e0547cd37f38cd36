"""Which location's counter a browser stands at."""

from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest
from terminal.models import Reader
from terminal.views.desk_reader import remembered

KEPT = "desk_at"  # in the session: the location that was chosen last


def counter(request: StaffRequest) -> Location | None:
    """Return the location chosen by ``?at=<code>``, else the last one, else this browser's reader's, else the first.

    None for somebody who works nowhere.
    """
    own = {place.code: place for place in request.user.own_locations}
    wanted = request.POST.get("at") or request.GET.get("at") or ""
    if wanted in own:
        request.session[KEPT] = wanted
        return own[wanted]
    kept = own.get(request.session.get(KEPT, ""))
    if kept or len(own) < 2:
        return kept or next(iter(own.values()), None)
    reader = Reader.objects.filter(pk=remembered(request) or 0).select_related("stripe_location__location").first()
    spot = reader.stripe_location.location if reader and reader.stripe_location else None
    return own.get(spot.code if spot else "") or next(iter(own.values()))
