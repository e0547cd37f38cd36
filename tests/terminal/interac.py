"""A desk in Canada, where Interac pays, and gets money back only with the card on a reader."""

from datetime import timedelta

from django.utils import timezone

from billing.enums import RefundMethod
from billing.models import Refund
from flexspace.core.models import Location
from terminal.services.reader_refund import start_refund
from tests.factories.refunds import give_back
from tests.terminal.desk import ADMIN, Desk
from tests.terminal.flows import mails, payer
from tests.terminal.money_back import work

KEY = "sk_test_toronto"
INTERAC, VISA = "4506445006931933", "4242424242424242"
PROMPT = "POST /v1/terminal/readers"
TWO = {"readers": ("Front desk S700", "Lounge WisePOS E"), "codes": ("simulated-s700", "simulated-wpe")}


def in_canada(sandbox, clock, **readers) -> Desk:
    """Return a desk whose location is in Toronto."""
    sandbox.add_account(KEY, "CA", "cad", "King Street Ltd")
    place = Location.objects.create(
        name="King Street", code="KNG", time_zone="America/Toronto", currency="CAD", country="CA", city="Toronto"
    )
    return Desk(sandbox, clock, place, KEY, **readers)


def paid(desk, amount=14500, *, card=INTERAC, **invoice):
    """Return the payment of a new invoice with the card inserted."""
    attempt = desk.waiting(desk.invoice(amount, **invoice))
    desk.tap(card, method="insert")
    desk.settle(attempt)
    assert attempt.state == "succeeded", (attempt.state, attempt.last_code)
    return attempt.payment


def wanted(payment, amount=None, **more):
    """Return a refund to the card that is reserved; it waits for a reader."""
    refund = give_back(payment, amount, method=RefundMethod.CARD, now=timezone.now(), **more)
    assert (refund.on_reader, refund.state) == (True, "reserved")
    return refund


def begun(desk, refund, reader=None):
    """Return the attempt that gives ``refund`` back on a reader, as far as it goes by itself."""
    attempt = start_refund(by=ADMIN, refund=refund, reader=reader or desk.reader, now=timezone.now())
    return desk.advance(attempt)


def waiting(desk, payment=None, amount=None, reader=None):
    """Return a refund and its attempt, with the reader asking for the card."""
    refund = wanted(payment or paid(desk), amount)
    attempt = begun(desk, refund, reader)
    assert attempt.state == "waiting", (attempt.state, attempt.last_code, attempt.last_message)
    return refund, attempt


def insert(desk, card=INTERAC, reader=None):
    """Put a card into the reader."""
    return desk.tap(card, reader=reader, method="insert")


def pass_time(desk, attempt, seconds, every=5.0):
    """Let the schedule work on attempts and refunds for so long, and return the attempt as it is then."""
    end = timezone.now() + timedelta(seconds=seconds)
    while True:
        desk.sweep()
        work(desk)
        if timezone.now() >= end:
            attempt.refresh_from_db()
            return attempt
        desk.clock.shift(every)


def gone(desk):
    """Return each refund at Stripe as the name of ours and its amount, in minor units."""
    rows = desk.refunds()
    return [(row["metadata"].get("refund", ""), row["amount"]) for row in rows if row["status"] != "failed"]


def fresh(refund):
    """Return the refund as it is stored now."""
    return Refund.objects.get(pk=refund.pk)


def only(refund, amount=14500):
    """Return what Stripe has when exactly this went back."""
    return [(str(refund.uuid), amount)]


def prompts(desk):
    """Return the keys under which a reader was asked to give money back."""
    return [call["idempotency_key"] for call in desk.calls("refund_payment")]


def back_on_reader(desk):
    """Return the flow of a refund that a reader gives back, for tests that let its process die anywhere."""
    payment = paid(desk, member=payer(desk))

    def go():
        attempt = begun(desk, wanted(payment, 4500))
        insert(desk)
        desk.settle(attempt, 4)
        work(desk, 5)
        mails()

    return go
