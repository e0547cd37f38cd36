"""Refunds to the card: sent once, final by event, poll or listing; those made in Stripe's Dashboard are found."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from billing.enums import InvoiceStatus, RefundOutcome
from billing.models import CreditNote, Invoice, Notice, Payment, Refund
from billing.queries.refunds import refundable
from billing.services.collecting import resume
from billing.services.refunds import decide_outcome
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from terminal.models import Attempt, AttemptFlag, WebhookEvent
from terminal.services.key_rights import rights_of
from terminal.services.refund_seen import apply_refund
from terminal.stripe_client import StripeGateway
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import give_back
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import FAILS_LATER, asked, gone, listing, paid_by_card, step, to_card, work, worked
from tests.terminal.saved import cash, night, owing, reserve

pytestmark = pytest.mark.django_db


def amounts(invoice):
    row = Invoice.objects.get(pk=invoice.pk)
    return row.paid_amount, row.credited_amount, row.held_amount, row.open_amount


def status(invoice):
    row = Invoice.objects.get(pk=invoice.pk)
    return row.status(row.location.today(timezone.now()))


def flags():
    return sorted(AttemptFlag.objects.filter(closed_at=None).values_list("kind", flat=True))


def test_money_goes_back_to_the_card_in_two_parts(desk):
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)
    first = to_card(payment, 4500)
    assert (first.state, gone(desk), amounts(invoice)) == ("reserved", 0, (14500, 0, 0, 0))
    step(first)
    assert (first.state, gone(desk), amounts(invoice)) == ("succeeded", 4500, (10000, 4500, 0, 0))
    second = step(to_card(payment, 10000))
    assert (second.state, gone(desk), status(invoice)) == ("succeeded", 14500, InvoiceStatus.REFUNDED)
    assert asked(desk) == [f"rf:{first.uuid}", f"rf:{second.uuid}"]
    assert [line.to_state for line in first.transitions.all()] == ["reserved", "sent", "succeeded"]
    assert flags() == []


def test_stepping_what_is_done_sends_nothing_more(desk):
    refund = step(to_card(paid_by_card(desk)))
    for _ in range(3):
        step(refund)
        work(desk, 60)
    assert (len(asked(desk)), gone(desk), refund.version) == (1, 14500, 3)


def test_events_applied_ten_times_and_before_the_answer_count_once(desk):
    desk.listen()
    refund = to_card(paid_by_card(desk), 4500)
    step(refund)
    for _ in range(5):
        desk.deliver()
        for event in WebhookEvent.objects.filter(type__contains="refund"):
            desk.post_again(event)
        desk.clock.shift(5)
    refund.refresh_from_db()
    assert (refund.state, refund.version, Refund.objects.count(), CreditNote.objects.count()) == ("succeeded", 3, 1, 1)


def test_event_that_comes_before_the_answer_finds_the_row_by_its_tag(desk):
    desk.listen()
    refund = to_card(paid_by_card(desk), 4500)
    desk.fault("answer_lost", "POST /v1/refunds", times=9)
    step(refund)
    assert (refund.state, refund.reference) == ("sent", None)
    desk.deliver()
    refund.refresh_from_db()
    assert (refund.state, Refund.objects.count(), flags()) == ("succeeded", 1, [])


@pytest.mark.parametrize("how", ["event", "listing"])
def test_refund_that_fails_later_comes_back_and_managers_are_told_once(desk, mia, how):
    if how == "event":
        desk.listen()
    invoice = desk.invoice()
    refund = step(to_card(paid_by_card(desk, invoice, card=FAILS_LATER)))
    assert (refund.state, amounts(invoice)) == ("succeeded", (0, 14500, 0, 0))
    desk.clock.shift(3)
    for _ in range(2):
        desk.deliver() if how == "event" else listing()
        desk.clock.shift(90_000)
    refund.refresh_from_db()
    assert (refund.state, refund.failure_code, gone(desk)) == ("failed", "expired_or_canceled_card", 0)
    # The credit note stands, so what came back is owed to the customer and nobody owes us.
    assert (amounts(invoice), status(invoice)) == ((14500, 14500, 0, 0), InvoiceStatus.OVERPAID)
    assert flags() == ["refund_came_back"]
    assert list(Notice.objects.filter(kind="refund").values_list("to", flat=True)) == ["mia@example.com"]
    give_back(refund.payment, now=timezone.now())  # another way, with the credit note that stands
    assert (amounts(invoice), CreditNote.objects.count()) == ((0, 14500, 0, 0), 1)


def test_look_that_is_older_than_the_failure_changes_nothing(desk):
    refund = step(to_card(paid_by_card(desk, card=FAILS_LATER)))
    [before] = StripeGateway.of(desk.config).refunds_of(refund.payment.reference)
    desk.clock.shift(3)
    listing()
    apply_refund(refund.payment, before, now=timezone.now())
    refund.refresh_from_db()
    assert (refund.state, flags()) == ("failed", ["refund_came_back"])


def test_refund_that_was_taken_for_never_made_counts_when_it_shows(desk):
    refund = to_card(paid_by_card(desk))
    Refund.objects.filter(pk=refund.pk).update(state="failed", finished_at=timezone.now(), next_check_at=None)
    tag = {"metadata[installation]": settings.INSTALLATION, "metadata[refund]": str(refund.uuid)}
    desk.api("refunds", {"payment_intent": refund.payment.reference, "amount": 14500, **tag})
    listing()
    refund.refresh_from_db()
    assert (refund.state, Refund.objects.count(), flags()) == ("succeeded", 1, ["refund_late"])


def test_refund_that_shows_after_the_money_was_given_in_cash_is_written_down_all_the_same(desk):
    invoice = desk.invoice()
    refund = to_card(paid_by_card(desk, invoice))
    Refund.objects.filter(pk=refund.pk).update(state="failed", finished_at=timezone.now(), next_check_at=None)
    give_back(refund.payment, now=timezone.now())
    tag = {"metadata[installation]": settings.INSTALLATION, "metadata[refund]": str(refund.uuid)}
    desk.api("refunds", {"payment_intent": refund.payment.reference, "amount": 14500, **tag})
    listing()
    refund.refresh_from_db()
    assert (refund.state, flags(), amounts(invoice)) == ("succeeded", ["refund_late"], (0, 14500, 0, 0))
    assert refundable(refund.payment).total == -14500


def test_refund_on_its_way_is_read_until_the_bank_has_it(desk):
    desk.control(f"accounts/{desk.key}/settings", {"refund_pending_seconds": 100})
    invoice = desk.invoice()
    refund = step(to_card(paid_by_card(desk, invoice), outcome=RefundOutcome.REOPEN))
    assert (refund.state, amounts(invoice)) == ("pending", (14500, 0, 0, 0))
    worked(desk, refund, 150)
    assert (refund.state, amounts(invoice), refund.next_check_at) == ("succeeded", (0, 0, 0, 14500), None)


@pytest.mark.parametrize("how", ["event", "listing"])
def test_two_partial_refunds_in_the_dashboard_are_recorded_one_by_one(desk, how):
    if how == "event":
        desk.listen()
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)
    for amount in (200, 300):
        desk.dashboard("refund", payment.reference, amount=amount)
        desk.deliver() if how == "event" else listing()
    rows = Refund.objects.order_by("pk")
    assert [(row.amount, row.state) for row in rows] == [(200, "succeeded"), (300, "succeeded")]
    assert {row.actor_label for row in rows} == {"Stripe's Dashboard"}
    # Nobody is asked for it until a manager says what it means.
    assert (amounts(invoice), status(invoice)) == ((14000, 0, 500, 0), InvoiceStatus.REFUND_UNDECIDED)
    assert flags() == ["refund_found", "refund_found"]


def test_manager_decides_about_each_refund_of_the_dashboard(desk):
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)
    for amount in (200, 300):
        desk.dashboard("refund", payment.reference, amount=amount)
    listing()
    first, second = Refund.objects.order_by("pk")
    decide_outcome(by=ADMIN, refund=first, outcome=RefundOutcome.CREDIT, now=timezone.now())
    assert (amounts(invoice), flags()) == ((14000, 200, 300, 0), ["refund_found"])
    decide_outcome(by=ADMIN, refund=second, outcome=RefundOutcome.REOPEN, now=timezone.now())
    assert amounts(invoice) == (14000, 200, 0, 300)
    assert (Invoice.objects.get(pk=invoice.pk).reopened_at is not None, flags()) == (True, [])
    with pytest.raises(Conflict, match="decided before"):
        decide_outcome(by=ADMIN, refund=second, outcome=RefundOutcome.CREDIT, now=timezone.now())


def test_dashboard_refund_of_one_of_two_payments_leaves_the_invoice_paid(desk):
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)
    make_payment(invoice, 14500, reference="cash-twice")
    desk.dashboard("refund", payment.reference)
    listing()
    assert (amounts(invoice), status(invoice)) == ((14500, 0, 0, 0), InvoiceStatus.PAID)
    assert (Refund.objects.get().outcome, flags()) == ("credit", ["refund_found"])
    assert desk.shown(payment.attempt).title == "Paid"  # what a manager should look at is the refund


def test_dashboard_is_quicker_than_ours(desk):
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)
    ours = to_card(payment)
    desk.dashboard("refund", payment.reference)
    step(ours)
    assert (ours.state, ours.failure_code, gone(desk)) == ("failed", "charge_already_refunded", 14500)
    assert [row.state for row in Refund.objects.filter(origin="dashboard")] == ["succeeded"]
    assert (amounts(invoice), flags()) == ((0, 0, 14500, 0), ["refund_failed", "refund_found"])


def test_dashboard_gives_back_what_was_given_in_cash_before(desk):
    invoice = desk.invoice()
    payment = paid_by_card(desk, invoice)
    give_back(payment, now=timezone.now())
    desk.dashboard("refund", payment.reference)
    listing()
    assert (amounts(invoice), refundable(payment).total) == ((0, 14500, 0, 0), -14500)
    assert "more than the customer paid" in AttemptFlag.objects.get().detail


def test_listing_of_what_is_known_writes_nothing(desk):
    refund = step(to_card(paid_by_card(desk), 4500))
    listing()
    refund.refresh_from_db()
    assert (refund.version, Refund.objects.count()) == (3, 1)


def test_refund_of_a_charge_that_is_not_ours_is_left_alone(desk):
    desk.listen()
    other = desk.api("payment_intents", {"amount": 500, "currency": "eur", "allowed_payment_method_types[0]": "card"})
    desk.dashboard("pay_intent", other["id"])
    desk.dashboard("refund", other["id"])
    desk.deliver()
    listing()
    assert Refund.objects.count() == 0
    assert set(WebhookEvent.objects.filter(type__startswith="refund").values_list("state", flat=True)) == {"ignored"}


def test_payment_that_no_account_of_ours_took_is_refused_at_the_first_step(desk):
    refund = to_card(make_payment(make_issued_invoice(desk.location)))
    assert (step(refund).state, refund.failure_code) == ("failed", "no_account")


def test_invoice_that_is_being_paid_cannot_be_refunded_meanwhile(desk):
    invoice = desk.invoice()
    payment = make_payment(invoice, 4500, method="cash")
    desk.waiting(invoice, amount=10000)
    with pytest.raises(DomainError, match="Being taken now"):
        to_card(payment, 4500)
    assert Refund.objects.count() == 0


def test_saved_card_that_paid_is_not_charged_again_until_a_person_says_so(desk):
    invoice = owing(desk)
    assert night(desk).charged == 1
    refund = step(to_card(Payment.objects.get(), outcome=RefundOutcome.REOPEN))
    assert (refund.state, amounts(invoice)) == ("succeeded", (0, 0, 0, 14500))
    for _ in range(10):
        desk.clock.shift(86_400)
        assert night(desk).charged == 0
    resume(by=ADMIN, invoice=invoice, now=timezone.now())
    assert (night(desk).charged, desk.received()) == (1, 29000)


def test_charge_that_was_reserved_before_the_refund_takes_its_last_look(desk):
    invoice = owing(desk)
    cash(invoice, 4500)
    attempt = reserve(invoice)
    Attempt.objects.filter(pk=attempt.pk).update(state="failed", next_check_at=None)  # while the refund is asked for
    Attempt.objects.get().allocations.update(live=False)
    give_back(Payment.objects.get(), outcome=RefundOutcome.REOPEN, now=timezone.now())
    Attempt.objects.filter(pk=attempt.pk).update(state="reserved", next_check_at=timezone.now())
    desk.settle(attempt, 5)
    assert (attempt.state, attempt.last_code, desk.received()) == ("failed", "refunded", 0)


def test_refund_proves_that_the_key_may_refund(desk):
    def state():
        return {one.right.name: one.state for one in rights_of(desk.config_now())}["charge_write"]

    before = state()
    desk.clock.shift(1)
    step(to_card(paid_by_card(desk)))
    assert (before, state()) == ("untried", "proven")


def test_page_steps_a_refund_without_a_worker(desk, client, mia):
    refund = to_card(paid_by_card(desk))
    client.force_login(mia)
    address = reverse("terminal:refund_step", args=[refund.uuid])
    assert "HX-Refresh" in client.post(address, {"seen": "reserved"}).headers
    refund.refresh_from_db()
    assert (refund.state, client.post(address, {"seen": "succeeded"}).status_code) == ("succeeded", 204)


def test_payer_of_a_company_and_three_events_of_one_refund_make_one_flag(desk):
    desk.listen()
    invoice = desk.invoice(member=make_member(desk.location))
    payment = paid_by_card(desk, invoice)
    desk.dashboard("refund", payment.reference, amount=100)
    desk.deliver()
    assert (flags(), Actor.stripe().label) == (["refund_found"], "Stripe")
