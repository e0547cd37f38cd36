"""Refunds to cards for tests: paid on the reader, asked for as the page asks, worked on as the schedule does."""

import json

from django.utils import timezone

from billing.enums import RefundMethod
from billing.models import Refund
from terminal.services.compare import compare_all
from terminal.services.refund_step import due_refunds, step_refund
from tests.factories.refunds import give_back

ASK = "POST /v1/refunds"
LIST = "GET /v1/refunds?"
FAILS_LATER = "4000000000005126"
MINUTE, HOUR = 60, 3600


def paid_by_card(desk, *invoices, card="4242424242424242"):
    """Return the payment of invoices (a new one of 145 euro) on the reader."""
    attempt = desk.waiting(*(invoices or [desk.invoice()]))
    desk.tap(card)
    desk.settle(attempt)
    assert attempt.state == "succeeded", (attempt.state, attempt.last_code)
    return attempt.payment


def to_card(payment, amount=None, **more) -> Refund:
    """Return a refund to the card that is reserved; nothing is sent yet."""
    return give_back(payment, amount, method=RefundMethod.CARD, now=timezone.now(), **more)


def step(refund) -> Refund:
    """Take the step that is due, and return the refund as it is then."""
    step_refund(refund.pk, now=timezone.now())
    refund.refresh_from_db()
    return refund


def work(desk, seconds=0.0, every=5.0):
    """Let ``seconds`` pass with the schedule at work on refunds."""
    left = seconds
    while True:
        for pk in due_refunds(timezone.now()):
            step_refund(pk, now=timezone.now())
        if left <= 0:
            return
        desk.clock.shift(min(every, left))
        left -= every


def worked(desk, refund, seconds=0.0, every=5.0) -> Refund:
    """Let the schedule work, and return the refund as it is then."""
    work(desk, seconds, every)
    refund.refresh_from_db()
    return refund


def listing():
    """Read the refunds of every account, as the schedule does."""
    compare_all(now=timezone.now())


def gone(desk):
    """Return what Stripe says went back, in minor units."""
    return sum(intent["amount_refunded"] for intent in desk.books())


def asked(desk):
    """Return the keys under which Stripe was asked for refunds, one an answered or executed call."""
    calls = [call for call in desk.calls() if (call["method"], call["path"]) == ("POST", "/v1/refunds")]
    return [call["idempotency_key"] for call in calls]


def refuses(desk, status, code="", kind="invalid_request_error"):
    """Let Stripe refuse the next refund without looking at it."""
    said = {"error": {"type": kind, "code": code or None, "message": "This cannot be refunded."}}
    desk.wire.answer(ASK, status, json.dumps(said))
