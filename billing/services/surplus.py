"""What was paid too much on one invoice pays another of the same payer: two rows a payment, and nothing is rewritten.

An allocation below zero takes it off the one, one above zero puts it on the other, both in one transaction. Every sum
of allocations, by invoice and by payment, is right without knowing that anything was moved.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models import Allocation, Invoice, Payment
from billing.queries import lock_invoices
from billing.queries.surplus import movable
from billing.services import collecting
from billing.services.attaching import check_fits
from billing.services.balances import apply_balances
from billing.services.fulfilling import fulfil_paid
from billing.signals import about_to_change
from flexspace.core import audit, restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from flexspace.core.one_use import claim_token


@transaction.atomic
def move_surplus(*, by: Actor, source: Invoice, target: Invoice, now: datetime, token: UUID | None = None) -> Money:
    """Let what was paid too much on ``source`` pay ``target``, up to what is open; return how much that was.

    Locks both invoices by ascending id, then the payments by ascending id. Raises Conflict when nothing is over or
    open, or while somebody is paying ``target``, DomainError when the two do not belong together, and AlreadyUsed for
    a form (its ``token``) that was sent before.
    """
    restored.refuse_while_held()
    if token:
        claim_token(token, by=by, purpose="billing.surplus")
    rows = {row.pk: row for row in lock_invoices([source.pk, target.pk])}
    source, target = rows[source.pk], rows[target.pk]
    own = Allocation.objects.filter(invoice=source).values("payment")
    list(Payment.objects.filter(pk__in=own).order_by("pk").select_for_update(no_key=True))
    about_to_change.send(sender=Invoice, invoice_ids=[target.pk])
    check_fits(source, target)
    parts = _parts(source, target)
    before = {str(row): row.open_amount for row in rows.values()}
    _move(source, target, parts, now=now)
    apply_balances(list(rows.values()))
    last = parts[-1][0]
    collecting.paid(by=by, invoices=[target], payment=last, now=now)
    fulfil_paid(by=by, invoices=[target], paid_at=now, now=now)  # a pass holds from today, however old the money is
    moved = Money(sum(part for _payment, part in parts), source.currency)
    audit.record(
        "billing.payment.moved",
        by=by,
        about=[source, target, *(payment for payment, _part in parts), target.payer],
        location=source.location,
        before={"currency": source.currency, "open": before},
        after={"amount": moved.amount, "currency": moved.currency, "source": str(source), "invoice": str(target),
               "open": {str(row): row.open_amount for row in rows.values()}},
    )  # fmt: skip
    return moved


def _parts(source: Invoice, target: Invoice) -> list[tuple[Payment, int]]:
    """Return what of which payments goes over, in minor units: no more than is over, and no more than is open."""
    rest, parts = target.open_amount, []
    for payment, most in movable(source):
        part = min(rest, most)
        rest -= part
        if part:
            parts.append((payment, part))
    if not parts:
        raise Conflict(f"Nothing is left over on {source} to use. Reload the page.", code="nothing_over")
    return parts


def _move(source: Invoice, target: Invoice, parts: Sequence[tuple[Payment, int]], *, now: datetime) -> None:
    for payment, part in parts:
        Allocation.objects.create(payment=payment, invoice=source, amount=-part, moved_with=target, moved_at=now)
        Allocation.objects.create(payment=payment, invoice=target, amount=part, moved_with=source, moved_at=now)
