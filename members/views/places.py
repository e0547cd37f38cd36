"""Which of somebody's locations a page is about."""

from django.http import Http404

from flexspace.core.models import Location
from flexspace.core.permissions import StaffRequest


def chosen_place(request: StaffRequest) -> Location:
    """Return the location whose code is in ``?at=``, the first without one; Http404 for one that is not theirs."""
    code, places = request.GET.get("at", ""), request.user.own_locations
    found = next((place for place in places if place.code == code), None if code else next(iter(places), None))
    if not found:
        raise Http404("You work at no such location.")
    return found
