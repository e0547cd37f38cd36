"""Stripe says / we say: every difference driven in the sandbox, found once, closed by itself, at a constant price."""

import pytest
from django.utils import timezone

from billing.enums import PaymentMethod
from billing.models import Payment, Refund
from billing.services.payments import record_payment
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from terminal.models import Attempt, Comparison, Difference, StripeMoney
from terminal.services.compare import compare
from terminal.stripe_client import book_calls
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import paid_by_card, step, to_card
from tests.terminal.saved import night, owing
from tests.terminal.wire import Killed


def sweep(desk, **more):
    return compare(desk.config, now=timezone.now(), **more)


def calls(desk, deed):
    """Return how often Stripe was called by ``deed``."""
    before = len(desk.wire.sent)
    deed()
    return len(desk.wire.sent) - before


def open_rows():
    rows = Difference.objects.filter(closed_at=None).order_by("pk")
    return [(row.kind, str(row.at_stripe), str(row.here)) for row in rows]


def foreign(desk, amount=2500, **more):
    """Let somebody take a payment without us; return its intent."""
    return desk.dashboard("take_payment", "", amount=amount, **more)


# One row a difference: what happens at Stripe and here, and what the page then says.


def lost_event(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    Attempt.objects.filter(pk=attempt.pk).update(next_check_at=None)  # nobody looks, no event came


def on_the_reader_alone(desk):
    foreign(desk, reader=desk.reader.stripe_id)


def in_the_dashboard(desk):
    foreign(desk, description="Locker rent")


def tagged_but_unknown(desk):
    tag = {"metadata[installation]": "flexspace-test", "metadata[attempt]": "0b4ff6a0-2a5d-4a52-a4d4-6d3a6df1b1b5"}
    other = {"amount": 900, "currency": "eur", "allowed_payment_method_types[0]": "card", **tag}
    desk.dashboard("pay_intent", desk.api("payment_intents", other)["id"])


def other_amount(desk):
    book(desk, foreign(desk)["id"], Money(2000, "EUR"))


def other_currency(desk):
    book(desk, foreign(desk, currency="usd")["id"], Money(2500, "EUR"))


def gone_at_stripe(desk):
    paid_by_card(desk)
    desk.control("reset", {"account": desk.key})


def refunded_and_gone(desk):
    step(to_card(paid_by_card(desk), 4500))
    desk.control("reset", {"account": desk.key})


def foreign_given_back(desk):
    desk.dashboard("refund", foreign(desk)["id"])


def refunded_in_the_dashboard(desk):
    desk.dashboard("refund", paid_by_card(desk).reference, amount=4500)


def book(desk, reference, amount):
    return record_payment(
        by=ADMIN, location=desk.location, member=None, company=None, method=PaymentMethod.CARD_AT_STRIPE,
        amount=amount, reference=reference, allocations=[], received_at=timezone.now(),
    )  # fmt: skip


TABLE = [
    (lost_event, [], 14500),
    (on_the_reader_alone, [("foreign", "€25.00", "None")], 0),
    (in_the_dashboard, [("foreign", "€25.00", "None")], 0),
    (tagged_but_unknown, [("not_booked", "€9.00", "None")], 0),
    (other_amount, [("amount", "€25.00", "€20.00")], 2000),
    (other_currency, [("amount", "$25.00", "€25.00")], 2500),
    (gone_at_stripe, [("only_here", "None", "€145.00")], 14500),
    (refunded_and_gone, [("only_here", "None", "€145.00"), ("refund_only_here", "None", "€45.00")], 14500),
    (foreign_given_back, [], 0),
    (refunded_in_the_dashboard, [], 14500),
]


@pytest.mark.parametrize(("happens", "found", "booked"), TABLE, ids=[row[0].__name__ for row in TABLE])
def test_every_difference_is_found_once_and_nothing_of_ours_is_dropped(desk, settings, happens, found, booked):
    settings.INSTALLATION = "flexspace-test"
    happens(desk)
    desk.clock.shift(300)
    assert sweep(desk, month=True)
    for _ in range(2):  # looking again finds nothing more
        assert open_rows() == found
        assert sum(Payment.objects.values_list("amount", flat=True)) == booked
        assert sweep(desk)
    assert AuditEvent.objects.filter(action="terminal.difference.found").count() == len(found)


def test_dashboard_refund_is_recorded_by_the_comparison(desk):
    refunded_in_the_dashboard(desk)
    sweep(desk)
    assert Refund.objects.get().state == "succeeded"


def test_what_differs_no_more_closes_itself_and_one_closed_by_hand_stays(desk, mia):
    intent = foreign(desk)
    kept = foreign(desk, 700)
    sweep(desk)
    Difference.objects.filter(theirs=700).update(closed_at=timezone.now(), closed_by=mia, close_reason="The owner's")
    desk.dashboard("refund", intent["id"])
    sweep(desk)
    sweep(desk, month=True)
    rows = {row.theirs: row for row in Difference.objects.all()}
    assert (rows[2500].close_reason, rows[2500].closed_by) == ("It no longer differs.", None)
    assert (rows[700].close_reason, rows[700].closed_by) == ("The owner's", mia)
    desk.dashboard("refund", kept["id"], amount=100)
    sweep(desk)
    assert open_rows() == []


def test_cost_follows_what_changed_and_not_history(desk, monkeypatch):
    monkeypatch.setattr(book_calls, "PAGE", 10)
    sweep(desk)
    for _ in range(3):
        foreign(desk, 700)
    first = calls(desk, lambda: sweep(desk))
    foreign(desk, 600, times=120, ago=86_400 * 3)
    desk.clock.shift(3600)
    sweep(desk)
    for _ in range(3):
        foreign(desk, 700)
    desk.clock.shift(600)
    assert calls(desk, lambda: sweep(desk)) == first == 5  # a page of charges, one of refunds, and three tags
    assert calls(desk, lambda: sweep(desk)) == 2


def test_queries_do_not_grow_with_what_agrees(desk, django_assert_max_num_queries):
    sweep(desk)

    def queries(times):
        for _ in range(times):
            paid_by_card(desk)
        desk.clock.shift(1200)
        with django_assert_max_num_queries(100) as seen:
            sweep(desk)
        return len(seen)

    assert queries(1) == queries(4)


def test_killed_between_pages_goes_on_behind_the_last_saved_one(desk, monkeypatch):
    monkeypatch.setattr(book_calls, "PAGE", 2)
    for _ in range(5):
        foreign(desk)
    whole = compare(desk.config, now=timezone.now(), go_on=lambda: False)  # stopped after its first page
    assert (whole, StripeMoney.objects.count(), Comparison.objects.get().stage) == (False, 2, "charges")
    desk.wire.kill("after", "GET /v1/charges?")
    with pytest.raises(Killed):
        sweep(desk)
    assert Difference.objects.count() == 2
    assert calls(desk, lambda: sweep(desk)) == 2 + 3 + 1  # two pages are left, with three tags, and the refunds
    assert (Difference.objects.count(), Comparison.objects.get().objects_seen) == (5, 5)


def test_stripe_that_does_not_answer_is_told_and_made_up_for(desk):
    foreign(desk)
    desk.fault("unavailable", "GET /v1/charges", times=3)
    assert not sweep(desk)
    assert Comparison.objects.get().error
    assert sweep(desk)
    assert (Comparison.objects.get().error, len(open_rows())) == ("", 1)


def test_one_that_cannot_be_booked_does_not_hold_up_the_others(desk):
    lost_event(desk)
    foreign(desk)
    intent = Attempt.objects.get().remote_id
    for _ in range(2):
        desk.wire.answer(f"GET /v1/payment_intents/{intent}?expand", 404, '{"error": {"code": "resource_missing"}}')
    assert sweep(desk)
    assert len(open_rows()) == 2


def test_charge_whose_own_answer_was_lost_is_left_to_its_attempt(desk):
    invoice = owing(desk)
    desk.fault("answer_lost", "POST /v1/payment_intents")
    night(desk)
    attempt = Attempt.objects.get()
    assert (attempt.is_live, attempt.remote_id, desk.received()) == (True, None, 14500)
    assert sweep(desk)
    assert open_rows() == []
    desk.settle(attempt, 60)
    invoice.refresh_from_db()
    assert (invoice.open_amount, sweep(desk, month=True), open_rows()) == (0, True, [])


def test_two_sweeps_at_once_make_one_row(desk):
    foreign(desk)
    desk.fault("slow", "GET /v1/charges", seconds=8)
    desk.wire.meanwhile(lambda: sweep(desk))
    sweep(desk)
    assert (len(open_rows()), StripeMoney.objects.count()) == (1, 1)
