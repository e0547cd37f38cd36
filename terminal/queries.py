"""Reads of attempts, readers and accounts for pages, API and services."""

from django.db.models import Prefetch, Q, QuerySet

from flexspace.core.models import Location, User
from members.models import Company, Member
from terminal.enums import LIVE, AttemptState
from terminal.models import (
    Attempt,
    AttemptAllocation,
    AttemptFlag,
    AttemptQuerySet,
    LocationAccount,
    Reader,
    StripeConfig,
    StripeLocation,
)

ABOUT_TO_SHOW = [AttemptState.RESERVED, AttemptState.CREATED]


def attempts() -> AttemptQuerySet:
    """Return attempts with everything a page shows of them, in a constant number of queries."""
    parts = AttemptAllocation.objects.select_related("invoice", "attempt")
    return Attempt.objects.select_related(
        "location", "reader", "next_reader", "member", "company", "payment", "actor"
    ).prefetch_related(Prefetch("allocations", parts), "flags")


def live_attempt_on(invoice_id: int) -> Attempt | None:
    """Return the attempt that lives on an invoice."""
    return attempts().filter(allocations__invoice_id=invoice_id, allocations__live=True).first()


def reader_holder(reader: Reader, *, but: Attempt | None = None) -> Attempt | None:
    """Return the attempt that holds ``reader`` or is about to show something on it."""
    soon = Q(state__in=ABOUT_TO_SHOW, wants_dispatch=True)
    holders = attempts().filter(Q(holds_reader=True) | soon, reader=reader, state__in=LIVE)
    return holders.exclude(pk=but.pk).first() if but else holders.first()


def accounts_of(user: User) -> "QuerySet[StripeConfig]":
    """Return the Stripe accounts that the person's locations charge through, all of them for an admin."""
    rows = StripeConfig.objects.all()
    if user.sees_all_locations:
        return rows
    return rows.filter(pk__in=LocationAccount.objects.filter(location__in=user.location_ids).values("config"))


def stripe_locations_of(user: User) -> "QuerySet[StripeLocation]":
    """Return the Stripe Locations of the person's locations, and those of their accounts that wait to be mapped."""
    rows = StripeLocation.objects.select_related("config", "location")
    if user.sees_all_locations:
        return rows
    return rows.filter(Q(location__in=user.location_ids) | Q(location=None, config__in=accounts_of(user)))


def readers_at(location: Location) -> list[Reader]:
    """Return the readers that can charge at ``location``."""
    readers = Reader.objects.usable().filter(stripe_location__location=location)
    return list(readers.select_related("config", "stripe_location__location"))


def holders_of(readers: list[Reader]) -> dict[int, Attempt]:
    """Return reader id → the attempt that holds it, in one query."""
    held = attempts().filter(reader__in=readers, holds_reader=True, state__in=LIVE)
    return {attempt.reader_id: attempt for attempt in held if attempt.reader_id}


def running_for(user: User, *, limit: int = 6) -> list[Attempt]:
    """Return live attempts in the person's locations, their own first."""
    live = list(attempts().filter(state__in=LIVE).for_user(user).order_by("pk")[:limit])
    return sorted(live, key=lambda attempt: (attempt.actor_id != user.pk, attempt.pk))


def open_flags(user: User) -> "QuerySet[AttemptFlag]":
    """Return what managers of the person's locations should look at."""
    flags = AttemptFlag.objects.filter(closed_at=None).select_related(
        "attempt__location", "attempt__member", "attempt__company", "attempt__reader"
    )
    return flags if user.sees_all_locations else flags.filter(attempt__location__in=user.location_ids)


def attempts_of_invoice(invoice_id: int, *, limit: int = 20) -> list[Attempt]:
    """Return the newest attempts on an invoice."""
    return list(attempts().filter(allocations__invoice_id=invoice_id).order_by("-pk")[:limit])


def attempts_of_payer(payer: Member | Company, user: User, *, limit: int = 6) -> list[Attempt]:
    """Return the newest attempts of a member or company in the person's locations."""
    rows = attempts().for_user(user)
    rows = rows.filter(member=payer) if isinstance(payer, Member) else rows.filter(company=payer)
    return list(rows.order_by("-pk")[:limit])
