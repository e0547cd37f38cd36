"""Reads of attempts, readers and accounts for pages, API and services."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from billing.enums import RefundMethod, RefundState
from billing.models import Refund
from flexspace.core.models import Location, User
from members.models import Company, Member
from terminal.enums import LIVE, ON_READER, AttemptKind, AttemptState, KeepResult
from terminal.explain.reader_care import Care, ReaderFacts, care
from terminal.explain.self_test import Proof, Trial
from terminal.models import (
    Attempt,
    AttemptAllocation,
    AttemptFlag,
    AttemptQuerySet,
    AttemptTransition,
    Difference,
    LocationAccount,
    Payout,
    Reader,
    StripeConfig,
    StripeLocation,
)
from terminal.models.reader import ReaderQuerySet

ABOUT_TO_SHOW = [AttemptState.RESERVED, AttemptState.CREATED]


def attempts() -> AttemptQuerySet:
    """Return attempts with everything a page shows of them, in a constant number of queries."""
    parts = AttemptAllocation.objects.select_related("invoice__sale", "attempt")
    back = Refund.objects.select_related("payment").prefetch_related("allocations__invoice")
    return Attempt.objects.select_related(
        "location",
        "reader",
        "next_reader",
        "member",
        "company",
        "payment",
        "actor",
        "consent",
        "kept_card",
        "saved_card",
    ).prefetch_related(Prefetch("allocations", parts), "flags", "kept_card__replaced", Prefetch("refund", back))


def live_attempt_on(invoice_id: int) -> Attempt | None:
    """Return the attempt that lives on an invoice."""
    return first_whole(Attempt.objects.filter(allocations__invoice_id=invoice_id, allocations__live=True))


def first_whole(rows: AttemptQuerySet) -> Attempt | None:
    """Return the first of ``rows`` with everything a page shows of it: looked for first, as there is mostly none."""
    pk = rows.values_list("pk", flat=True).first()
    return attempts().filter(pk=pk).first() if pk else None


def reader_holder(reader: Reader, *, but: Attempt | None = None) -> Attempt | None:
    """Return the attempt that holds ``reader`` or is about to show something on it."""
    soon = Q(state__in=ABOUT_TO_SHOW, wants_dispatch=True)
    holders = Attempt.objects.filter(Q(holds_reader=True) | soon, reader=reader, state__in=LIVE)
    return first_whole(holders.exclude(pk=but.pk) if but else holders)


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


@dataclass(frozen=True, slots=True)
class ReaderHistory:
    """The last payments on a reader, newest first, and what they add up to. Seconds are medians, None without any."""

    rows: list[Attempt]
    of: int
    paid: int
    declined: int
    troubled: int
    to_show: float | None
    to_approve: float | None


def reader_history(reader: Reader, *, of: int = 100, shown: int = 10) -> ReaderHistory:
    """Return how a reader did in its last ``of`` payments; ``shown`` of them are listed."""
    last = list(attempts().filter(reader=reader).order_by("-pk")[:of])
    trouble = AttemptTransition.objects.filter(attempt__in=last).filter(
        Q(code__startswith="terminal_reader_") | Q(to_state=AttemptState.UNKNOWN)
    )
    return ReaderHistory(
        rows=last[:shown],
        of=len(last),
        paid=sum(row.state == AttemptState.SUCCEEDED for row in last),
        declined=sum(row.declines > 0 for row in last),
        troubled=trouble.values("attempt").distinct().count(),
        to_show=_median((row.sent_at, row.on_reader_at) for row in last),
        to_approve=_median((row.card_at, row.approved_at) for row in last),
    )


def _median(spans: Iterable[tuple[datetime | None, datetime | None]]) -> float | None:
    seconds = [(end - start).total_seconds() for start, end in spans if start and end and end >= start]
    return median(seconds) if seconds else None


def readers_at(location: Location) -> list[Reader]:
    """Return the readers that can charge at ``location``."""
    readers = Reader.objects.usable().filter(stripe_location__location=location)
    return list(readers.select_related("config", "stripe_location__location"))


def holders_of(readers: list[Reader]) -> dict[int, Attempt]:
    """Return reader id → the attempt that holds it, in one query."""
    held = attempts().filter(reader__in=readers, holds_reader=True, state__in=LIVE)
    return {attempt.reader_id: attempt for attempt in held if attempt.reader_id}


def cares_of(readers: list[Reader], now: datetime) -> dict[int, Care]:
    """Return reader id → how it is, in one query; ``stripe_location__location`` should be joined."""
    holders = holders_of(readers)
    return {reader.pk: care(_facts_of(reader, reader.pk in holders, now)) for reader in readers}


def _facts_of(reader: Reader, held: bool, now: datetime) -> ReaderFacts:
    def age(moment: datetime | None) -> float | None:
        return (now - moment).total_seconds() if moment else None

    ours = held or reader.cart_at is not None
    return ReaderFacts(
        local=now.astimezone(reader.location.zone if reader.location else UTC).time(),
        status=reader.status,
        seen_age=age(reader.last_seen_at),
        proof_age=age(reader.last_proof_at),
        software=reader.software,
        shows="" if ours else reader.shows,
        shows_age=age(reader.shows_since) or 0,
    )


def running_for(user: User, *, limit: int = 6) -> list[Attempt]:
    """Return what readers of the person's locations are asked for now, their own first.

    What a customer pays somewhere else is no business of every page at the desk.
    """
    live = list(attempts().filter(state__in=LIVE, kind__in=sorted(ON_READER)).for_user(user).order_by("pk")[:limit])
    return sorted(live, key=lambda attempt: (attempt.actor_id != user.pk, attempt.pk))


def open_flags(user: User) -> "QuerySet[AttemptFlag]":
    """Return what managers of the person's locations should look at."""
    flags = AttemptFlag.objects.filter(closed_at=None).select_related(
        "attempt__location",
        "attempt__member",
        "attempt__company",
        "attempt__reader",
        "attempt__payment",
        "refund__payment",
        "dispute__payment",
        "dispute__location",
    )
    return flags if user.sees_all_locations else flags.filter(attempt__location__in=user.location_ids)


def payer_for(user: User, kind: str, uuid: UUID) -> Member | Company | None:
    """Return a payer by kind (member or company) if the person may see it."""
    payers: dict[str, Any] = {"member": Member.objects, "company": Company.objects}
    if kind not in payers:
        return None
    row: Member | Company | None = payers[kind].for_user(user).select_related("location").filter(uuid=uuid).first()
    return row


def attempts_of_invoice(invoice_id: int, *, limit: int = 20) -> list[Attempt]:
    """Return the newest attempts on an invoice."""
    return list(attempts().filter(allocations__invoice_id=invoice_id).order_by("-pk")[:limit])


def attempts_of_payer(payer: Member | Company, user: User, *, limit: int = 6) -> list[Attempt]:
    """Return the newest attempts of a member or company in the person's locations."""
    rows = attempts().for_user(user)
    rows = rows.filter(member=payer) if isinstance(payer, Member) else rows.filter(company=payer)
    return list(rows.order_by("-pk")[:limit])


# What proves each trial of a reader. Rows of any payment count: the self-test only makes them.
TRIALS: dict[Trial, Q] = {
    Trial.PAYMENT: Q(kind=AttemptKind.READER_CHARGE, state=AttemptState.SUCCEEDED),
    Trial.CANCEL: Q(state=AttemptState.CANCELED, dispatch_seq__gt=0),
    Trial.DECLINE: ~Q(declined_charge=""),
    Trial.CARD: Q(keep_result=KeepResult.KEPT),
    Trial.REFUND: Q(payment__refunds__state=RefundState.SUCCEEDED, payment__refunds__method=RefundMethod.CARD),
}
TRIED_AT = {Trial.REFUND: "payment__refunds__finished_at"}


def tried(readers: ReaderQuerySet) -> ReaderQuerySet:
    """Return ``readers``, each with its newest proof of every trial; still one query."""
    newest = Attempt.objects.filter(reader=OuterRef("pk")).order_by("-pk")
    found = {
        f"tried_{trial}{end}": Subquery(newest.filter(proof).values(column)[:1])
        for trial, proof in TRIALS.items()
        for end, column in (("", "uuid"), ("_at", TRIED_AT.get(trial, "created_at")))
    }
    return readers.annotate(**found)


def trials_of(reader: Reader) -> dict[Trial, Proof]:
    """Return what a reader of ``tried`` has done, and when."""
    found = {trial: getattr(reader, f"tried_{trial}") for trial in TRIALS}
    return {trial: Proof(getattr(reader, f"tried_{trial}_at"), uuid) for trial, uuid in found.items() if uuid}


def differences_for(user: User) -> "QuerySet[Difference]":
    """Return where Stripe's books and ours differ, at the person's locations and the accounts they charge through."""
    rows = Difference.objects.select_related("config", "location", "payment__location", "refund", "closed_by")
    payouts = Payout.objects.filter(config=OuterRef("config"), stripe_id=OuterRef("stripe_id"))
    rows = rows.annotate(payout_pk=Subquery(payouts.values("pk")[:1])).prefetch_related("config__locations__location")
    if user.sees_all_locations:
        return rows
    return rows.filter(Q(location__in=user.location_ids) | Q(location=None), config__in=accounts_of(user))
