"""Needs a look: each row offers the refund of just that payment, and what is left of it for another invoice."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services.surplus import move_surplus
from terminal.models import Attempt, AttemptFlag
from terminal.services.dispute_seen import find_everywhere
from tests.factories.billing import make_payment
from tests.factories.refunds import give_back
from tests.terminal.desk import ADMIN
from tests.terminal.money_back import FAILS_LATER, listing, paid_by_card, step, to_card


@pytest.fixture
def overpaid(desk, anna):
    """Return the payment by card of an invoice that cash had paid meanwhile."""
    invoice = desk.invoice(member=anna)
    attempt = desk.waiting(invoice)
    make_payment(invoice, method="cash", reference="cash-1")
    desk.tap()
    desk.settle(attempt)
    return Attempt.objects.get().payment


def test_overpaid_row_leads_to_the_refund_of_just_that_payment(client, mia, ben, desk, anna, overpaid):
    client.force_login(mia)
    assert "for another invoice" not in client.get(reverse("terminal:flags")).content.decode()  # none is open
    desk.invoice(member=anna)
    page = client.get(reverse("terminal:flags"))
    text = page.content.decode()
    assert reverse("billing:refund_new", args=[overpaid.uuid]) in text
    assert reverse("billing:refund_new", args=[Payment.objects.get(reference="cash-1").uuid]) not in text
    assert "Use €145.00 for another invoice" in text
    assert reverse("billing:surplus_use", args=[overpaid.allocations.get().invoice.uuid]) in text
    client.force_login(ben)
    assert client.get(reverse("terminal:flags")).status_code == 403


def test_rows_cost_the_same_with_many(client, mia, desk, overpaid, django_assert_max_num_queries):
    client.force_login(mia)

    def queries():
        with django_assert_max_num_queries(40) as seen:
            client.get(reverse("terminal:flags"))
        return len(seen)

    few = queries()
    for number in range(2):
        invoice = desk.invoice()
        attempt = desk.waiting(invoice)
        make_payment(invoice, method="cash", reference=f"cash-more-{number}")
        desk.tap()
        desk.settle(attempt)
    assert queries() == few


@pytest.fixture
def came_back(desk, anna):
    """Return a refund of 145 euro, with its credit note, that the bank gave back."""
    refund = step(to_card(paid_by_card(desk, desk.invoice(member=anna), card=FAILS_LATER)))
    desk.clock.shift(3)
    listing()
    return refund


def test_row_of_a_refund_that_came_back_says_what_is_still_owed(client, mia, desk, anna, came_back):
    client.force_login(mia)

    def shown():
        return client.get(reverse("terminal:flags")).content.decode()

    page, invoice = shown(), Invoice.objects.get()
    assert "€145.00 of it is still to be given back." in page
    assert all(text in page for text in (f">{anna.name}</a>", f">{invoice}</a>"))
    give_back(came_back.payment, 4500, now=timezone.now())
    assert "€100.00 of it is still to be given back." in shown()
    to_card(came_back.payment, 2000)
    assert "€80.00 of it is still to be given back." in shown()
    other = desk.invoice(8000, member=anna)
    move_surplus(by=ADMIN, source=Invoice.objects.get(pk=invoice.pk), target=other, now=timezone.now())
    assert "€20.00 of it is on its way back now." in shown()
    step(came_back.payment.refunds.get(state="reserved"))
    assert "Nothing is owed any more: close it." in shown()


def test_two_refunds_of_one_invoice_never_claim_the_same_money(client, mia, desk, anna):
    payment = paid_by_card(desk, desk.invoice(member=anna), card=FAILS_LATER)
    for _ in range(2):
        step(to_card(payment, 7000))
    desk.clock.shift(3)
    listing()
    give_back(payment, 7000, now=timezone.now())
    client.force_login(mia)
    page = client.get(reverse("terminal:flags")).content.decode()
    assert (page.count("€70.00 of it is still to be given back."), page.count("Nothing is owed any more")) == (1, 1)


def test_row_of_a_dispute_names_payer_and_invoice_and_its_deadline_once(client, mia, desk, anna):
    payment = paid_by_card(desk, desk.invoice(member=anna))
    desk.dashboard("dispute", payment.reference)
    find_everywhere(now=timezone.now())
    client.force_login(mia)
    page = client.get(reverse("terminal:flags")).content.decode()
    assert all(text in page for text in (f">{anna.name}</a>", f">{Invoice.objects.get()}</a>"))
    assert (page.count(" until "), "Evidence until" in page) == (1, False)


def test_refunds_that_came_back_cost_the_same_with_many(client, mia, desk, came_back, django_assert_max_num_queries):
    client.force_login(mia)

    def queries():
        with django_assert_max_num_queries(50) as seen:
            client.get(reverse("terminal:flags"))
        return len(seen)

    few = queries()
    for _ in range(2):
        step(to_card(paid_by_card(desk, card=FAILS_LATER)))
    desk.clock.shift(3)
    listing()
    assert queries() == few


def test_refund_of_the_dashboard_is_decided_about_before_it_is_closed(client, mia, desk):
    payment = paid_by_card(desk, desk.invoice())
    desk.dashboard("refund", payment.reference, amount=5000)
    listing()
    flag = AttemptFlag.objects.get(kind="refund_found")
    client.force_login(mia)
    page = client.get(reverse("terminal:flags")).content.decode()
    assert ("Say whether it is still to be paid" in page, ">Close</button>" in page) == (True, False)
    said = client.post(reverse("terminal:flag_close", args=[flag.pk]), {"reason": "ok"}, follow=True).content.decode()
    flag.refresh_from_db()
    assert ("Say first whether that money is still to be paid" in said, flag.closed_at) == (True, None)
    outcome = {"outcome": "reopen"}
    client.post(reverse("billing:refund_decide", args=[flag.refund.uuid]), outcome)
    flag.refresh_from_db()
    assert flag.closed_at
