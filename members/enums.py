"""Kinds and states of what is sold and held."""

from flexspace.core.choices import Choices


class ProductKind(Choices):
    """What a product is: passes credit day passes when they are paid, a service credits nothing."""

    DAY_PASS = "day_pass"  # noqa: S105
    HALF_DAY = "half_day"
    PACK = "pack"
    SERVICE = "service"


class Anchor(Choices):
    """Where a membership's periods begin."""

    CALENDAR = "calendar"  # on the first of a month; a start in between is prorated
    ANNIVERSARY = "anniversary"  # on the day the membership began


class MembershipState(Choices):
    """What a membership is on a day: computed from its days and pauses."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDING = "ending"  # holds, and its last day is known
    ENDED = "ended"
    NEVER_BEGAN = "never_began"


class DayPart(Choices):
    """Which part of a day a pass is for."""

    FULL = "full"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class PassEntryKind(Choices):
    """Why the credits of a day pass changed."""

    GRANTED = "granted"
    USED = "used"
    GIVEN_BACK = "given_back"
    REVOKED = "revoked"
    APPLIED = "applied"  # paid toward a membership bought the same day


class SeatState(Choices):
    """What became of a seat that somebody asked for."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


class ResourceKind(Choices):
    """What a resource is: desks and offices are assigned for days, rooms are booked for hours."""

    DESK = "desk"
    OFFICE = "office"
    ROOM = "room"


class EntitlementKind(Choices):
    """What gives somebody a reason to be let in."""

    MEMBERSHIP = "membership"
    ASSIGNMENT = "assignment"
    DAY_PASS = "day_pass"  # noqa: S105
    BOOKING = "booking"


class EndReason(Choices):
    """Why a reason to be let in is over, or will be."""

    EXPIRED = "expired"  # what was agreed from the start ran out
    ENDED = "ended"  # brought to an end: another plan followed, a desk was given back, a company was left
    CANCELLED = "cancelled"
    USED_UP = "used_up"  # the day is over and no credit is left
    PAUSED = "paused"
    ARCHIVED = "archived"


class WhyCode(Choices):
    """Through whom somebody has what they have."""

    OWN = "own"
    PAID_BY_COMPANY = "paid_by_company"  # a company holds it for this person
    WHOLE_COMPANY = "whole_company"  # a company holds it for all of its people
