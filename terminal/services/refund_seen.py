"""What Stripe shows of refunds, applied: ours go on, others are written down. The same for event, poll and listing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing.decide import RefundMove, decide_refund
from billing.enums import REFUND_BACK, NoticeKind, RefundOrigin, RefundOutcome, RefundState
from billing.models import Payment, Refund
from billing.queries.refunds import refundable
from billing.services.refund_moves import LockedRefund, follow, locked_refund
from billing.services.refunds import record_found
from billing.services.staff_mail import mail_staff
from flexspace.core.actors import Actor
from flexspace.core.roles import Permission
from terminal.enums import DifferenceKind, FlagKind, MoneyKind
from terminal.models import Attempt, AttemptFlag, Difference, StripeConfig, StripeMoney
from terminal.rules import refund_look
from terminal.services.differences import Found, note
from terminal.stripe_client import StripeGateway
from terminal.stripe_client.refund_calls import RefundObject

STRIPE = Actor.stripe()
F, S = FlagKind, RefundState
_TO_DO = {
    F.REFUND_CAME_BACK: "The customer is still owed the money: give it back in cash or by transfer.",
    F.REFUND_FAILED: "Nothing has changed. Refund it again, or in cash.",
}
log = structlog.get_logger(__name__)


def account_of_payment(payment: Payment) -> StripeConfig | None:
    """Return the Stripe account that took ``payment``, by our charge or one that was attached; else None."""
    attempt = Attempt.objects.select_related("config").filter(payment=payment).first()
    if attempt:
        return attempt.config
    seen = StripeMoney.objects.select_related("config").filter(intent_id=payment.reference, kind=MoneyKind.CHARGE)
    found = seen.first()
    return found.config if found else None


def sync_refunds_of(config: StripeConfig, intent_id: str, *, now: datetime) -> bool:
    """Read all refunds of an intent and apply them; return whether its payment is known here.

    Raises StripeProblem when they cannot be read.
    """
    payment = _payment_of(config, intent_id)
    if payment is None:
        return False
    for seen in StripeGateway.of(config).refunds_of(intent_id):
        apply_refund(payment, seen, now=now)
    return True


def apply_refunds(config: StripeConfig, seen: Sequence[RefundObject], *, now: datetime) -> None:
    """Apply what is news of some refunds of the account. What is known and stands as Stripe says costs one query."""
    rows = Refund.objects.filter(reference__in=[one.id for one in seen]).values_list("reference", "state")
    known = {reference: S(state) for reference, state in rows}
    for one in reversed(seen):  # the oldest first
        if one.id in known and decide_refund(known[one.id], one.status, ended_there=True) is None:
            continue
        payment = _payment_of(config, one.intent_id)
        if payment:
            apply_refund(payment, one, now=now)


def apply_refund(payment: Payment, seen: RefundObject, *, now: datetime) -> None:
    """Apply one refund of a payment: to the row that made it, or as one made in Stripe's Dashboard."""
    ours = Refund.objects.filter(reference=seen.id).first() or _tagged(payment, seen)
    if ours:
        apply_to(ours.pk, seen, cause="seen_at_stripe", now=now)
        return
    if seen.currency != payment.currency:
        log.error("refund.other_currency", refund=seen.id, payment=payment.pk)
        return
    with transaction.atomic():
        row = record_found(
            payment=payment, reference=seen.id, amount=seen.amount, seen=seen.status, made_at=seen.created, now=now
        )
        if row and row.state not in REFUND_BACK:
            raise_flag(row, F.REFUND_FOUND, now=now)


def apply_to(refund_id: int, seen: RefundObject, *, cause: str, now: datetime) -> None:
    """Take the row of a refund where ``seen`` leads; what is no news only says when to look again."""
    with locked_refund(refund_id) as row:
        sent_at = row.refund.sent_at or seen.created  # a reader sent it, not we
        decided = follow(
            row, seen.status, cause=cause, now=now, reference=seen.id, failure_code=seen.failure_reason[:80],
            failure_message="", next_check_at=now + refund_look(0), sent_at=sent_at,
        )  # fmt: skip
        if decided:
            _flag(row, decided, now=now)
        elif row.refund.is_live:
            checks = row.refund.checks + 1
            again = now + refund_look(checks)
            Refund.objects.filter(pk=refund_id).update(checks=checks, next_check_at=again)


def _flag(row: LockedRefund, decided: RefundMove, *, now: datetime) -> None:
    if decided.came_back:
        raise_flag(row.refund, F.REFUND_CAME_BACK, now=now)
    elif decided.to in REFUND_BACK and row.refund.origin == RefundOrigin.HERE:
        raise_flag(row.refund, F.REFUND_FAILED, now=now)
    elif decided.late:
        raise_flag(row.refund, F.REFUND_LATE, now=now)


def raise_flag(refund: Refund, kind: FlagKind, *, now: datetime) -> None:
    """Put a refund before the managers of its location, once for each kind, and mail them; in the caller's transaction.

    One that came back, was given again and came back again is another refund.
    """
    said = told(refund, kind)
    if not _put_before_managers(refund, kind, said, now=now):
        return
    said = f"{said} {_TO_DO.get(kind, '')}".strip()
    payer = refund.payment.member or refund.payment.company
    mail_staff(
        by=STRIPE, kind=NoticeKind.REFUND, cause=f"refund:{refund.pk}:{kind}", location=refund.location, now=now,
        facts={"subject": f"{kind.sentence}: {refund.money}{f', {payer}' if payer else ''}", "said": said,
               "url": settings.SITE_URL + reverse("terminal:flags")},
        may=Permission.FLAGS, at=[refund.location_id],
    )  # fmt: skip


def raise_unless_seen(refund: Refund, *, now: datetime) -> None:
    """Put a refund before managers that ended without the card, where staff do not look after it by themselves.

    What the person at the reader saw they know; a stranger's money, and what a program asked for, nobody saw.
    """
    nobodys = refund.payment.member_id is None and refund.payment.company_id is None
    if nobodys or refund.asker.kind == "token":
        raise_flag(refund, F.REFUND_FAILED, now=now)


def _put_before_managers(refund: Refund, kind: FlagKind, said: str, *, now: datetime) -> bool:
    """Raise the flag of a refund once, and return whether it is new. Money without an attempt has no row to hang it on:
    it stands where Stripe's books and ours differ.
    """
    attempt = Attempt.objects.filter(payment=refund.payment_id).first()
    if attempt:
        _flag, made = AttemptFlag.objects.get_or_create(
            refund=refund, kind=kind, defaults={"attempt": attempt, "detail": said[:300], "raised_at": now}
        )
        return bool(made)
    config = account_of_payment(refund.payment)
    about = f"{refund.uuid}:{kind}"
    if config is None or Difference.objects.filter(config=config, stripe_id=about).exists():
        return False
    trouble = Found(DifferenceKind.REFUND_TROUBLE, None, refund.money, refund.payment, refund, said)
    note(config, about, trouble, of=(DifferenceKind.REFUND_TROUBLE,), now=now)
    return True


def told(refund: Refund, kind: FlagKind) -> str:
    """Return what happened to ``refund``, in plain words that stay true.

    What is to be done about one that did not arrive changes: its page says that as it is then, the mail as it is now.
    """
    card = refund.payment.card or "the card"
    why = f" ({refund.failure_code.replace('_', ' ')})" if refund.failure_code else ""
    if kind is F.REFUND_CAME_BACK:
        return f"{refund.money} did not reach {card}{why}, so the payment counts again."
    if kind is F.REFUND_FAILED:
        return f"{refund.money} did not go back to {card}{why}."
    if kind is F.REFUND_FOUND:
        beside = refund.payment.back_on_reader  # the Dashboard cannot do that
        where = "on a reader, beside what was asked for here" if beside else "in Stripe's Dashboard"
        what = "Say whether the invoice is still to be paid."
        if refundable(refund.payment).total < 0:
            what = "Together with other refunds that is more than the customer paid: ask for it back."
        elif refund.outcome != RefundOutcome.UNDECIDED:
            what = "It had been paid too much, so nothing changes for the invoice."
        return f"{refund.money} went back to {card} {where}. {what}"
    return f"{refund.money} went back to {card} after all. See that it was not given back twice."


def _payment_of(config: StripeConfig, intent_id: str) -> Payment | None:
    rows = Payment.objects.select_related("location", "member", "company")
    payment = rows.filter(reference=intent_id).first() if intent_id else None
    return payment if payment and account_of_payment(payment) == config else None


def _tagged(payment: Payment, seen: RefundObject) -> Refund | None:
    """Return our refund that ``seen`` carries the name of, when all else agrees and it has no other at Stripe."""
    if seen.installation != settings.INSTALLATION:
        return None
    try:
        uuid = UUID(seen.tag)
    except ValueError:
        return None
    same = Refund.objects.filter(payment=payment, method="card", amount=seen.amount, currency=seen.currency)
    return same.filter(uuid=uuid, reference=None).first()
