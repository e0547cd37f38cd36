"""Refunds: reserved under a lock before anything is sent, so that no more goes back than came, and no call repeats it.

Nothing here calls anybody: a refund to a card is reserved, and who talks to Stripe takes it from there. Cash and
transfers are gone when they are written down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from billing.enums import (
    BY_CARD,
    PaymentMethod,
    RefundMethod,
    RefundOrigin,
    RefundOutcome,
    RefundRemote,
    RefundState,
)
from billing.models import Invoice, Payment, Refund, RefundAllocation
from billing.queries.refunds import passes_given, refundable, spread_back, surplus_of, who_may_refund
from billing.rules import RefundRight, refund_right
from billing.services import crediting
from billing.services.balances import apply_balances
from billing.services.collecting import reopened
from billing.services.disputes import refuse_disputed
from billing.services.refund_amounts import check_amounts, check_over, too_much
from billing.services.refund_moves import (
    LockedRefund,
    follow,
    lock_payment,
    locked_refund,
    move,
    note,
    record,
)
from billing.signals import about_to_change, refund_asked, refund_decided
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError, NotAllowed
from flexspace.core.money import Money
from flexspace.core.one_use import claim_token, keep_result
from flexspace.core.roles import Role

S = RefundState
DASHBOARD = Actor("stripe", "dashboard", "Stripe's Dashboard")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants money to go back: their role, and whether they typed their password a moment ago."""

    role: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to go back. ``parts`` maps ids of invoices to minor units; ``loose`` is what paid no invoice.

    ``take_back`` names invoice lines whose day passes are taken back once the money has gone. ``tell`` says whether the
    payer is mailed then; None: where the location mails its own receipts. ``only_over``: nothing but what was paid too
    much, so that no invoice changes by it.
    """

    parts: Mapping[int, int]
    loose: int
    method: RefundMethod
    reason: str
    outcome: RefundOutcome = RefundOutcome.CREDIT
    take_back: Sequence[int] = ()
    tell: bool | None = None
    only_over: bool = False

    @property
    def total(self) -> int:
        """Return all of it."""
        return sum(self.parts.values()) + self.loose


@transaction.atomic
def ask(*, by: Actor, asker: Asker, payment: Payment, wish: Wish, now: datetime, token: UUID | None = None) -> Refund:
    """Reserve a refund of ``payment``, to be sent after the commit; cash and transfers are done at once.

    What goes back to a card that has to be present waits for a reader, and ends by itself when none is chosen.

    ``token`` is the form's: AlreadyUsed carries the uuid of the refund that its first use made. Raises NotAllowed
    above the asker's limit, Conflict for more than can go back or while somebody is paying one of the invoices, and
    DomainError for what a person must correct. Nothing is reserved then.
    """
    restored.refuse_while_held()
    claim = claim_token(token, by=by, purpose="billing.refund") if token else None
    locked, invoices = lock_payment(payment.pk)
    touched = [invoice for invoice in invoices if wish.parts.get(invoice.pk)]
    about_to_change.send(sender=Invoice, invoice_ids=[invoice.pk for invoice in touched])
    reason = _check(locked, touched, wish)
    left = refundable(locked)
    if wish.only_over:
        check_over(touched, wish.parts)
    check_amounts(locked, wish.parts, wish.loose, left)
    refuse_disputed(locked, touched, wish.parts, wish.total, left=left, by_card=wish.method == RefundMethod.CARD)
    right, said = refusal(asker, locked, wish.total, now=now)
    if said:
        raise NotAllowed(said, code=f"refund_{right.value}")
    by_card = wish.method == RefundMethod.CARD
    refund = _insert(
        by, locked, wish.method, wish.total, {pk: part for pk, part in wish.parts.items() if part},
        reason=reason, outcome=wish.outcome, take_back=_passes(touched, wish), asked_at=now,
        next_check_at=now if by_card else None,
        tell_payer=locked.location.send_receipts if wish.tell is None else wish.tell,
        on_reader=by_card and locked.back_on_reader,
    )  # fmt: skip
    row = LockedRefund(refund, locked, invoices, {pk: part for pk, part in wish.parts.items() if part})
    note(refund, before="", cause="asked", by=by, now=now)
    record(row, "billing.refund.asked", by=by, reason=reason)
    if by_card:
        transaction.on_commit(partial(refund_asked.send_robust, sender=Refund, refund_id=refund.pk), robust=True)
    else:
        move(row, S.SUCCEEDED, cause="by_hand", by=by, now=now)
    if claim:
        keep_result(claim, str(refund.uuid))
    return refund


def ask_amount(
    *,
    by: Actor,
    asker: Asker,
    payment: Payment,
    amount: Money,
    reason: str,
    outcome: RefundOutcome,
    now: datetime,
    tell: bool | None = None,
) -> Refund:
    """Reserve a refund of ``amount`` to the card that paid, or in cash where none did, spread by ``spread_back``."""
    if amount.currency != payment.currency:
        raise DomainError(f"This payment is in {payment.currency}.", code="currency_mismatch")
    with transaction.atomic():
        locked, invoices = lock_payment(payment.pk)
        left = refundable(locked)
        if amount.amount > left.total:
            raise too_much(locked, left)
        parts = spread_back(left, invoices, amount.amount)
        wish = Wish(parts, amount.amount - sum(parts.values()), method_of(payment), reason, outcome, tell=tell)
        return ask(by=by, asker=asker, payment=locked, wish=wish, now=now)


def method_of(payment: Payment) -> RefundMethod:
    """Return how a payment goes back when nobody says otherwise: the way it came."""
    if PaymentMethod(payment.method) in BY_CARD:
        return RefundMethod.CARD
    return RefundMethod.CASH if payment.method == PaymentMethod.CASH else RefundMethod.TRANSFER


@transaction.atomic
def record_found(
    *, payment: Payment, reference: str, amount: int, seen: RefundRemote, made_at: datetime, now: datetime
) -> Refund | None:
    """Write down a refund that was made in Stripe's Dashboard; None when it is known already.

    It is evidence, so no limit and no reservation stands against it. Whether its invoices are owed again is a
    manager's to say; what paid nothing or too much raises no such question.
    """
    locked, invoices = lock_payment(payment.pk)
    if Refund.objects.filter(reference=reference).exists():
        return None
    parts = spread_back(refundable(locked, at_stripe=True), invoices, amount)
    surplus = {row.pk: min(parts[row.pk], surplus_of(row)) for row in invoices if row.pk in parts}
    refund = _insert(
        DASHBOARD, locked, RefundMethod.CARD, amount, parts, surplus=surplus, reason="Made in Stripe's Dashboard",
        outcome=RefundOutcome.CREDIT if surplus == parts else RefundOutcome.UNDECIDED, origin=RefundOrigin.DASHBOARD,
        state=S.SENT, reference=reference, asked_at=made_at, sent_at=made_at,
    )  # fmt: skip
    row = LockedRefund(refund, locked, invoices, parts)
    note(refund, before="", cause="found_at_stripe", by=refund.asker, now=now)
    record(row, "billing.refund.found", by=refund.asker)
    follow(row, seen, cause="found_at_stripe", now=now, next_check_at=now)
    return refund


def decide_outcome(*, by: Actor, refund: Refund, outcome: RefundOutcome, now: datetime) -> None:
    """Say whether what went back in the Dashboard is owed again. Conflict when that was said before."""
    with locked_refund(refund.pk) as row:
        fresh = row.refund
        if fresh.outcome != RefundOutcome.UNDECIDED or outcome == RefundOutcome.UNDECIDED:
            raise Conflict("This was decided before. Reload the page.", code="outcome_decided")
        if fresh.state != S.SUCCEEDED:
            raise Conflict("This money has not gone back, so nothing is to be decided.", code="refund_not_gone")
        before = {invoice.pk: invoice.open_amount for invoice in row.touched}
        move(row, S.SUCCEEDED, cause="decided", by=by, now=now, outcome=outcome)
        record(row, "billing.refund.decided", by=by)
        refund_decided.send(sender=Refund, refund_id=fresh.pk, by=by, outcome=outcome, now=now)
        apply_balances(row.touched)
        for invoice in row.touched:
            part = invoice.open_amount - before[invoice.pk]
            if part and outcome == RefundOutcome.CREDIT:
                crediting.credit(by=by, invoice=invoice, refund=fresh, amount=part, now=now)
            elif part:
                reopened(by=by, invoice=invoice, now=now)
        apply_balances(row.touched, paid=False)


def _insert(
    by: Actor,
    payment: Payment,
    method: RefundMethod,
    amount: int,
    parts: Mapping[int, int],
    *,
    surplus: Mapping[int, int] | None = None,
    **facts: object,
) -> Refund:
    refund: Refund = Refund.objects.create(
        payment=payment, location=payment.location, method=method, amount=amount, currency=payment.currency,
        actor_kind=by.kind, actor_id=by.id, actor_label=by.label, **facts,
    )  # fmt: skip
    RefundAllocation.objects.bulk_create(
        RefundAllocation(refund=refund, invoice_id=pk, amount=part, surplus=(surplus or {}).get(pk, 0))
        for pk, part in parts.items()
    )
    return refund


def _check(payment: Payment, touched: Sequence[Invoice], wish: Wish) -> str:
    """Return the cleaned reason, or raise for what a person must correct."""
    if not wish.reason.strip():
        raise DomainError("Say why; it is kept with the payment, and printed on a credit note.", code="reason_missing")
    if wish.outcome == RefundOutcome.UNDECIDED:
        raise DomainError("Say whether the invoice is still to be paid.", code="outcome_missing")
    if len(touched) != len([part for part in wish.parts.values() if part]):
        raise DomainError("That invoice was not paid with this payment. Reload the page.", code="not_paid_with_it")
    by_card = PaymentMethod(payment.method) in BY_CARD
    if wish.method == RefundMethod.CARD and not by_card:
        raise DomainError("No card paid this. Give it back in cash or by transfer.", code="no_card_paid")
    return refuse_card_number(wish.reason.strip())


def refusal(asker: Asker, payment: Payment, amount: int, *, now: datetime) -> tuple[RefundRight, str]:
    """Return whether ``asker`` may let ``amount`` (minor units) more of a payment go back, and a sentence why not.

    The limit is held against what went back of the payment before too: in parts it is no higher.
    """
    place, gone = payment.location, payment.amount - refundable(payment).total
    right = refund_right(
        asker.role, gone + amount, desk_limit=place.refund_limit_desk, manager_limit=place.refund_limit_manager,
        same_day=place.today(payment.received_at) == place.today(now), confirmed=asker.confirmed,
    )  # fmt: skip
    if right is RefundRight.OK:
        return right, ""
    names = " or ".join(who_may_refund(place, gone + amount)) or "an admin"
    limit = Money(_limit(asker, payment), payment.currency)
    said = {
        RefundRight.NEVER: f"Your role gives no money back. Ask {names}.",
        RefundRight.NOT_TODAY: f"The front desk gives back what came the same day. Ask {names}.",
        RefundRight.ABOVE: f"{_may_still(limit, Money(gone, payment.currency))} For more, ask {names}."
        if limit.amount > 0
        else f"You give no money back here: ask {names}.",
        RefundRight.PASSWORD: f"Above {limit} type your password again first.",
    }
    return right, said[right]


def room(asker: Asker, payment: Payment) -> int:
    """Return how much more of ``payment`` the limit of ``asker`` lets go back, in minor units."""
    return max(0, _limit(asker, payment) - (payment.amount - refundable(payment).total))


def _limit(asker: Asker, payment: Payment) -> int:
    place = payment.location
    if asker.role == Role.FRONT_DESK:
        return min(place.refund_limit_desk, place.refund_limit_manager)
    return place.refund_limit_manager


def _may_still(limit: Money, gone: Money) -> str:
    """Return what may go back of a payment of which ``gone`` did."""
    if gone.amount <= 0:
        return f"You may give back {limit} of a payment."
    if gone < limit:
        return f"{gone} of this payment went back already; you may give back {limit - gone} more."
    return f"{gone} of this payment went back already, and you may give back {limit} of a payment."


def _passes(touched: Sequence[Invoice], wish: Wish) -> list[int]:
    """Return those of the wanted lines that gave a pass on the invoices at hand: a form names any."""
    if not wish.take_back:
        return []
    given = {one.line.pk for one in passes_given([invoice.pk for invoice in touched])}
    return sorted(given & set(wish.take_back))
