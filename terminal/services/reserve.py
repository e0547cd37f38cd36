"""Writes the row of a new attempt, with its allocations, its first log row and its audit row."""

from collections.abc import Sequence
from datetime import datetime

from billing.models import Invoice
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.money import Money
from terminal.enums import AttemptState
from terminal.models import Attempt, AttemptAllocation, AttemptTransition, Reader
from terminal.rules import DISCARD_AFTER
from terminal.services.machine import Locked


def reserve(
    *,
    by: Actor,
    parts: Sequence[tuple[Invoice, Money]],
    reader: Reader,
    now: datetime,
    previous: Attempt | None = None,
) -> Attempt:
    """Insert an attempt for ``parts`` (invoice and how much of it) in the caller's transaction.

    The constraint that allows one live attempt per invoice raises IntegrityError when another one lives.
    """
    first = parts[0][0]
    attempt = Attempt.objects.create(
        config=reader.config,
        location=first.location,
        member=first.member,
        company=first.company,
        actor_id=by.user_id,
        actor_label=by.label,
        amount=sum(amount.amount for _, amount in parts),
        currency=first.currency,
        livemode=reader.config.livemode,
        previous=previous,
        reader=reader,
        created_at=now,
        state_since=now,
        deadline_at=now + DISCARD_AFTER,
        next_check_at=now,
    )
    AttemptAllocation.objects.bulk_create(
        AttemptAllocation(attempt=attempt, invoice=invoice, amount=amount.amount) for invoice, amount in parts
    )
    AttemptTransition.objects.create(
        attempt=attempt,
        version=1,
        at=now,
        from_state="",
        to_state=AttemptState.RESERVED,
        cause="other_reader" if previous else "start",
        actor_kind=by.kind,
        actor_label=by.label,
    )
    audit.record(
        "terminal.attempt.started",
        by=by,
        about=[attempt, *[invoice for invoice, _ in parts], reader, *[p for p in (first.member, first.company) if p]],
        location=first.location,
        after={"amount": attempt.amount, "currency": attempt.currency, "reader": reader.label},
    )
    return attempt


def continue_elsewhere(row: Locked, *, now: datetime) -> Attempt:
    """Reserve the same parts on the reader that staff chose, in the transaction that ended the attempt before.

    Its allocations have just stopped being live, so the invoices are never free for a third party in between.
    """
    before = row.attempt
    assert before.next_reader is not None
    amounts = {part.invoice_id: part.money for part in before.allocations.all()}
    actor = before.actor
    return reserve(
        by=Actor.of(actor) if actor else Actor.job("terminal.attempts"),
        parts=[(invoice, amounts[invoice.pk]) for invoice in row.invoices],
        reader=before.next_reader,
        now=now,
        previous=before,
    )
