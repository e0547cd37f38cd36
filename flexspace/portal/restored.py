"""A restored backup: what is looked at before money and doors move again, what was found, and who ends it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q

from access.models import SyncRun
from access.queries.looked import full_runs_since, not_looked_at_since
from billing.enums import RefundOrigin, RefundState
from billing.models import Collection, Notice, Refund
from billing.services import collecting
from billing.services.notices import RESTORED, hold_back
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Restore, User
from flexspace.core.money import Money
from terminal.models import Attempt
from terminal.services.after_restore import booked_since, uncompared, unknown_money, unread

MOST = 100  # of each list on the page


def accounts_compared(restore: Restore, now: datetime) -> list[str]:
    """Say what is missing at Stripe."""
    missing = [
        f"Stripe account {config}: its payments and refunds were not compared lately."
        for config in uncompared(restore, now)
    ]
    left = unread(restore, now).count()
    return missing + ([f"{left} payments that ended unpaid here are still to be read at Stripe."] if left else [])


def doors_looked_at(restore: Restore, now: datetime) -> list[str]:
    """Say what is missing at the doors."""
    return [
        f"SALTO KS connection {config}: the site was not looked at as a whole yet. If it asks for it, sign in again."
        for config in not_looked_at_since(restore.declared_at)
    ]


# What has to have run since the restore: each says in sentences what it still waits for.
RECONCILIATIONS: list[Callable[[Restore, datetime], list[str]]] = [accounts_compared, doors_looked_at]


def still_missing(restore: Restore, now: datetime) -> list[str]:
    """Return what has not been compared since the restore was declared; nothing: it may be confirmed."""
    return [sentence for part in RECONCILIATIONS for sentence in part(restore, now)]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Money that Stripe took and this database never heard of."""

    id: str
    money: Money
    at: datetime
    ours: bool
    invoices: str


# What no call of this database made: in the Dashboard, or on a reader by the database before.
MADE_THERE = Q(origin=RefundOrigin.DASHBOARD) | Q(on_reader=True, state=RefundState.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Found:
    """What comparing found. ``seal`` changes with it, so that nobody confirms what they have not seen."""

    unknown: list[Unknown]
    booked: list[Attempt]
    refunds: list[Refund]
    doors: list[SyncRun]
    mails: int
    seal: str


def found_since(restore: Restore) -> Found:
    """Return what was found since the restore; eight queries."""
    unknown = [_unknown(one) for one in unknown_money(restore)]
    booked = list(booked_since(restore)[:MOST])
    refunds = list(
        Refund.objects.filter(MADE_THERE, transitions__at__gte=restore.declared_at)
        .distinct().select_related("payment__location")[:MOST]
    )  # fmt: skip
    doors = full_runs_since(restore.declared_at)
    mails = Notice.objects.filter(error=RESTORED).count()
    parts = [
        sorted(one.id for one in unknown),
        sorted(row.pk for row in booked),
        sorted(row.pk for row in refunds),
        sorted((run.connection_id, run.held_back) for run in doors),  # type: ignore[attr-defined]
    ]
    return Found(unknown, booked, refunds, doors, mails, sha256(json.dumps(parts).encode()).hexdigest()[:16])


def _unknown(one: dict[str, Any]) -> Unknown:
    from_us = bool(one["installation"])
    money = Money(one["amount"], one["currency"])
    return Unknown(one["id"], money, datetime.fromisoformat(one["created"]), from_us, one["invoices"])


def declare(*, by: Actor, now: datetime) -> tuple[Restore, int]:
    """Say that the database was restored; return the row and how many mails are held back for people."""
    row, new = restored.declare(by=by, now=now)
    return row, hold_back(by=by) if new else 0


def confirm(*, by: Actor, user: User, restore: Restore, reason: str, seal: str, now: datetime) -> None:
    """Let money and doors move again, because somebody has looked at what was found.

    Raises DomainError while something was not compared, Conflict when there is more to see than they saw or somebody
    was quicker. Invoices that money nobody knows was paid for are not collected by themselves any more.
    """
    if still_missing(restore, now):
        raise DomainError("Not everything has been compared yet. Wait for it, and look again.", code="not_compared")
    found = found_since(restore)
    if found.seal != seal:
        raise Conflict("Something was found since you opened this page. Look at it first.", code="found_more")
    for unknown in found.unknown:
        _stop_collecting(unknown, by=by, now=now)
    restored.confirm(by=by, user=user, restore=restore, reason=reason, now=now)


def _stop_collecting(unknown: Unknown, *, by: Actor, now: datetime) -> None:
    """Charge no saved card for what ``unknown`` has paid already; a person decides."""
    numbers = [number.strip() for number in unknown.invoices.split(",") if number.strip()]
    for row in Collection.objects.filter(invoice__number__in=numbers).select_related("invoice"):
        try:
            collecting.stop(
                by=by, invoice=row.invoice, now=now,
                reason=f"Stripe took {unknown.money} for it ({unknown.id}), which the restored backup does not know",
            )  # fmt: skip
        except Conflict:  # stopped or over
            continue
