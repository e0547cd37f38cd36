"""Payers with saved cards and invoices that are collected, for tests of charges with nobody there."""

import json

from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Collection, Notice
from billing.services.invoicing import issue
from billing.services.payments import record_by_hand
from flexspace.core.money import Money
from terminal.models import Attempt
from terminal.services.collect_due import collect_due, collect_one
from tests.factories.billing import make_draft
from tests.factories.cards import make_saved_card
from tests.factories.members import make_member
from tests.terminal.desk import ADMIN

OK, NO_MONEY = "pm_card_visa", "pm_card_chargeDeclinedInsufficientFunds"
AUTHENTICATE, EXPIRED = "pm_card_authenticationRequired", "pm_card_chargeDeclinedExpiredCard"
CREATE = "POST /v1/payment_intents"


def keep_card(desk, payer, token=OK, **more):
    """Return a card that Stripe keeps for ``payer``, and that we keep as their default."""
    known = payer.saved_cards.filter(account=desk.config.account_id).first()
    customer = known.customer_id if known else desk.api("customers")["id"]
    method = desk.api(f"payment_methods/{token}/attach", {"customer": customer})
    payer.saved_cards.filter(is_default=True).update(is_default=False)
    return make_saved_card(
        payer, desk.config, customer_id=customer, payment_method_id=method["id"], last4=method["card"]["last4"], **more
    )


def owing(desk, total=14500, *, card=OK, payer=None, due_in=0, mailed=True, **draft):
    """Return an issued invoice that the saved card of a member (a new one) pays ``due_in`` days from today.

    ``mailed`` says that its mail went out.
    """
    payer = payer or make_member(desk.location, email="anna@example.com")
    if card and not payer.saved_cards.exists():
        keep_card(desk, payer, card)
    invoice = make_draft(desk.location, member=payer, total=total, **draft)
    invoice.auto_collect = True
    invoice.save(update_fields=["auto_collect"])
    type(desk.location).objects.filter(pk=desk.location.pk).update(payment_days=due_in)
    issued = issue(by=ADMIN, invoice=invoice, now=timezone.now())
    if mailed:
        Notice.objects.filter(invoice=issued).update(state="sent", sent_at=timezone.now(), next_try_at=None)
    return issued


def collection_of(invoice) -> Collection:
    """Return how an invoice is collected, as it is stored now."""
    return Collection.objects.select_related("invoice").get(invoice=invoice)


def mails_of_trouble():
    """Return the mails about charges that brought no money; invoices' own mails and receipts are left out."""
    return Notice.objects.exclude(kind__in=["invoice", "receipt"])


def reserve(invoice) -> Attempt:
    """Return the reserved charge of a due invoice; nothing is sent yet."""
    attempt = collect_one(collection_of(invoice).pk, now=timezone.now())
    assert attempt is not None
    return attempt


def in_doubt(desk, invoice):
    """Return a charge that Stripe has executed and whose answer was lost."""
    attempt = reserve(invoice)
    desk.fault("answer_lost", CREATE)
    desk.advance(attempt)
    assert (attempt.state, attempt.unanswered) == ("reserved", 1)
    return attempt


def night(desk):
    """Let one run of the schedule charge what is due."""
    return collect_due(pause=lambda _seconds: None)


def paid(invoice):
    """Return what was paid on an invoice, in minor units."""
    invoice.refresh_from_db()
    return invoice.paid_amount


def pressed(desk, attempt) -> Attempt:
    """Let the worker send what staff have just pressed."""
    return desk.advance(attempt)


def cash(invoice, amount):
    """Book a part of an invoice in cash."""
    now = timezone.now()
    record_by_hand(
        by=ADMIN, invoices=[invoice], amount=Money(amount, invoice.currency), method=PaymentMethod.CASH, reason="till",
        received_at=now, now=now,
    )  # fmt: skip


def answers_in_dollars(desk, attempt) -> Attempt:
    """Let Stripe answer that it received another currency than was asked for."""
    said = {"id": desk.books()[0]["id"], "object": "payment_intent", "status": "succeeded", "amount": 14500,
            "amount_received": 14500, "currency": "usd", "livemode": False}  # fmt: skip
    desk.wire.answer(CREATE, 200, json.dumps(said))
    return desk.settle(attempt, 10)
