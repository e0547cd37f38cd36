"""Moves an attempt: one lock order, one compare-and-set, one log row, one audit row.

Lock order everywhere: invoices by ascending id, then the attempt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.enums import InvoiceState
from billing.models import Invoice
from billing.queries import lock_invoices
from flexspace.core import audit
from flexspace.core.actors import Actor
from terminal.decide import FAILED_AT_READER
from terminal.enums import LIVE, AttemptState
from terminal.explain.declines import DECLINES
from terminal.models import Attempt, AttemptAllocation, AttemptTransition
from terminal.rules import next_check
from terminal.services.follow_up import follow_up


class Moved(Exception):
    """Somebody was quicker: the row has another version now. Read again."""


@dataclass
class Locked:
    """An attempt and its invoices, locked until the transaction ends, with what it takes for each, in order."""

    attempt: Attempt
    invoices: list[Invoice]
    parts: list[AttemptAllocation] = field(default_factory=list)

    @property
    def still_owed(self) -> bool:
        """Return whether its invoices still ask for what it would take: the last look before money may move."""
        parts = {part.invoice_id: part.amount for part in self.parts}
        return all(
            invoice.state == InvoiceState.ISSUED and invoice.open_amount >= parts[invoice.pk]
            for invoice in self.invoices
        )


@contextmanager
def locked(attempt_id: int) -> Iterator[Locked]:
    """Open a transaction with the attempt's invoices and then the attempt locked."""
    with transaction.atomic():
        parts = list(AttemptAllocation.objects.filter(attempt_id=attempt_id))  # never changed but for ``live``
        invoices = lock_invoices([part.invoice_id for part in parts])
        row = Attempt.objects.select_for_update(of=("self",)).select_related("config", "reader")
        attempt = row.get(pk=attempt_id)  # consent and card are read by the few steps that need them
        _share(attempt, invoices)
        yield Locked(attempt, invoices, parts)


def _share(attempt: Attempt, invoices: list[Invoice]) -> None:
    """Let the attempt have the location and the payer that came with its invoices, instead of reading them again."""
    for invoice in invoices:
        if invoice.location_id == attempt.location_id:
            attempt.location = invoice.location
        if invoice.member and invoice.member_id == attempt.member_id:
            attempt.member = invoice.member
        if invoice.company and invoice.company_id == attempt.company_id:
            attempt.company = invoice.company


def move(
    row: Locked,
    to: AttemptState,
    *,
    cause: str,
    by: Actor,
    now: datetime,
    audit_as: str = "",
    **changes: Any,
) -> None:
    """Take the attempt to ``to`` (or keep its state and only count the version up) with ``changes`` to its columns.

    Writes the log row of the new version, and an audit row when the state changes or ``audit_as`` names an action.
    Raises Moved when the row's version is no longer the one that was read.
    """
    attempt, before = row.attempt, AttemptState(row.attempt.state)
    values = {"state": to, "version": attempt.version + 1, "revision": attempt.revision + 1, **changes}
    if to is not before:
        values.update({"state_since": now, "checks": 0})
    if to in LIVE:
        values.setdefault("next_check_at", _next(attempt, to, values, now))
    else:
        values.update({"holds_reader": False, "next_check_at": None, "wants_dispatch": False})
        if to is not before:
            values.setdefault("finished_at", now)
    if not Attempt.objects.filter(pk=attempt.pk, version=attempt.version).update(**values):
        raise Moved(attempt.pk)
    for name, value in values.items():
        setattr(attempt, name, value)
    if to not in LIVE:
        AttemptAllocation.objects.filter(attempt=attempt, live=True).update(live=False)
    AttemptTransition.objects.create(
        attempt=attempt,
        version=attempt.version,
        at=now,
        from_state=before,
        to_state=to,
        cause=cause,
        code=str(changes.get("last_code", "")),
        dispatch_seq=attempt.dispatch_seq,
        actor_kind=by.kind,
        actor_label=by.label,
        stripe_request_id=str(changes.get("last_request_id", "")),
    )
    if to is not before or audit_as:
        _audit(row, audit_as or f"terminal.attempt.{to}", before=before, to=to, cause=cause, by=by)
    if to not in LIVE and to is not before:
        follow_up(attempt, row.invoices, cause=cause, now=now)


def _next(attempt: Attempt, to: AttemptState, values: dict[str, Any], now: datetime) -> datetime:
    """Return when the attempt is due: the next look or its deadline, whichever comes first."""
    deadline: datetime = values.get("deadline_at", attempt.deadline_at)
    look = next_check(to, checks=0, since=now, now=now)
    assert look is not None
    return look if to is AttemptState.CANCELING else max(now, min(look, deadline))


def _audit(row: Locked, action: str, *, before: str, to: str, cause: str, by: Actor) -> None:
    attempt = row.attempt
    subjects: list[Any] = [attempt, *row.invoices]
    payment = attempt.refund.payment if attempt.refund else None
    others = (attempt.member, attempt.company, attempt.reader, attempt.refund, payment)
    subjects += [subject for subject in others if subject]
    after = {
        "state": to,
        "kind": attempt.kind,
        "cause": cause,
        "amount": attempt.refund.amount if attempt.refund else attempt.amount,
        "currency": attempt.currency,
        "reader": attempt.where,
    }
    if attempt.last_code:
        after["code"] = attempt.last_code
    if cause == FAILED_AT_READER:  # what nobody may read stays out: lost and stolen cards
        after["decline_code"] = attempt.last_decline_code if attempt.last_decline_code in DECLINES else ""
        after |= {"card": payment.card} if payment else {}
    audit.record(action, by=by, about=subjects, location=attempt.location, before={"state": before}, after=after)
