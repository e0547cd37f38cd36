"""Who has a reason to be let in, from when until when, because of what, and why it is over. Pure.

Facts in, entitlements out. Times are UTC and half-open: ``ends_at`` is the first moment without. Days are calendar
days of the place, so a day begins and ends when it does there, whatever the clocks did that night. What is over is
kept in, so that the reason of a loss can be told. One that ends the moment it starts never let anybody in; it only
tells when and why something was lost: a booking cancelled before it began, a contract that ended during a pause.

How long before a booking a door opens is not known here: whoever opens doors adds that.
"""

from members.entitlements.facts import BookedRoom, Facts, HeldPlan, HeldResource, Holder, Person, Place, UsedPass
from members.entitlements.rights import Entitlement, Why, entitlements, next_change
from members.entitlements.spans import end_of_part, start_of_day

__all__ = [
    "BookedRoom",
    "Entitlement",
    "Facts",
    "HeldPlan",
    "HeldResource",
    "Holder",
    "Person",
    "Place",
    "UsedPass",
    "Why",
    "end_of_part",
    "entitlements",
    "next_change",
    "start_of_day",
]
