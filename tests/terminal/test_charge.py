"""A charge on a reader from start to end, on the real code and the sandbox."""

import pytest

from billing.models import Invoice

pytestmark = pytest.mark.django_db(transaction=True)


def test_tapped_card_pays_the_invoice(desk):
    invoice = desk.invoice(14500)
    attempt = desk.waiting(invoice)
    assert desk.screen()["amount"] == 14500

    desk.tap()
    desk.settle(attempt)

    invoice.refresh_from_db()
    assert (attempt.state, invoice.open_amount, invoice.paid_amount) == ("succeeded", 0, 14500)
    assert (attempt.payment.reference, attempt.payment.card_last4) == (attempt.remote_id, "4242")
    assert desk.received() == 14500


def test_decline_then_retry_uses_the_same_intent(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap("4000000000009995")
    assert desk.settle(attempt).state == "declined"
    assert (attempt.last_code, attempt.last_decline_code, attempt.holds_reader) == (
        "card_declined",
        "insufficient_funds",
        False,
    )


def test_lamps_count_from_the_try_that_runs(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap("4000000000009995")
    desk.settle(attempt)
    desk.clock.shift(80)
    desk.advance(desk.again(attempt))
    desk.settle(attempt, 2)
    sent, shown, *_ = desk.shown(attempt).lamps
    assert sent.seconds == 0
    assert shown.seconds < 10


def test_nobody_taps_and_the_reader_is_disarmed(desk):
    attempt = desk.waiting(desk.invoice(14500))
    assert desk.settle(attempt, 100).state == "canceled"
    assert desk.screen()["state"] == "idle"
    assert [intent["status"] for intent in desk.books()] == ["canceled"]


def test_paid_part_says_what_is_open_and_no_lamp_claims_the_invoice(desk):
    invoice = desk.invoice()
    attempt = desk.advance(desk.start(invoice, amount=5000))
    assert desk.shown(attempt).lamps[-1].name == "Booked"
    desk.tap()
    shown = desk.shown(desk.settle(attempt))
    assert (shown.title, shown.lamps[-1].name, shown.say) == ("Paid", "Booked", "Thank you, €50.00 is paid.")
    assert shown.sentence == f"€50.00 is booked. €95.00 of {invoice} is still open."
    rest = desk.advance(desk.start(Invoice.objects.get(pk=invoice.pk)))
    assert desk.shown(rest).lamps[-1].name == "Invoice paid"
