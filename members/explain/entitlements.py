"""Why somebody may come in, or no longer may, in a sentence."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as written

from members.entitlements import Entitlement
from members.enums import EndReason, EntitlementKind, WhyCode
from members.explain.costs import day_words

_OF_DAYS = (EntitlementKind.MEMBERSHIP, EntitlementKind.ASSIGNMENT)
_OVER = {
    EndReason.EXPIRED: "ran out",
    EndReason.ENDED: "ended",
    EndReason.CANCELLED: "was cancelled, over",
    EndReason.USED_UP: "was used up, over",
    EndReason.PAUSED: "is paused, last",
    EndReason.ARCHIVED: "was over when they were archived,",
}


def because(one: Entitlement) -> str:
    """Return what gives the right, and through whom: "Team office, held by Nordlicht for all of its people"."""
    what, through = one.why.what, one.why.through
    if one.kind is EntitlementKind.DAY_PASS:
        return f"{what}, used"
    if one.kind is EntitlementKind.BOOKING:
        return f"{what}, booked"
    if one.why.code is WhyCode.WHOLE_COMPANY:
        return f"{what}, held by {through} for all of its people"
    return f"{what}, paid by {through}" if one.why.code is WhyCode.PAID_BY_COMPANY else what


def entitlement_words(one: Entitlement, zone: ZoneInfo, now: datetime) -> str:
    """Return the sentence for ``now``: what is held until when, begins when, or why and when it was over.

    Whole days for memberships and desks, with the hour for passes and bookings; in ``zone``.
    """
    what = because(one)
    if one.ends_at is None:
        return f"{what}: {'from' if one.starts_at > now else 'since'} {_start(one, zone)}"
    if one.starts_at > now:
        return f"{what}: from {_start(one, zone)} until {_end(one, zone)}"
    if one.holds(now):
        return f"{what}: until {_end(one, zone)}"
    assert one.end is not None
    return f"{what}: {_OVER[one.end]} {_end(one, zone)}"


def _start(one: Entitlement, zone: ZoneInfo) -> str:
    return _moment(one, one.starts_at.astimezone(zone))


def _end(one: Entitlement, zone: ZoneInfo) -> str:
    """Return the last day, or the hour: what ends at midnight was there on the day before."""
    assert one.ends_at is not None
    if one.kind in _OF_DAYS:
        return _moment(one, (one.ends_at - timedelta(microseconds=1)).astimezone(zone))
    return _moment(one, one.ends_at.astimezone(zone))


def _moment(one: Entitlement, at: datetime) -> str:
    return day_words(at.date()) if one.kind in _OF_DAYS else written(at, "D j M, H:i")
