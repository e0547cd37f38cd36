"""Needs a look: each row offers the refund of just that payment, and what is left of it for another invoice."""

import pytest
from django.urls import reverse

from billing.models import Payment
from terminal.models import Attempt
from tests.factories.billing import make_payment


@pytest.fixture
def overpaid(desk, anna):
    """Return the payment by card of an invoice that cash had paid meanwhile."""
    invoice = desk.invoice(member=anna)
    attempt = desk.waiting(invoice)
    make_payment(invoice, method="cash", reference="cash-1")
    desk.tap()
    desk.settle(attempt)
    return Attempt.objects.get().payment


def test_overpaid_row_leads_to_the_refund_of_just_that_payment(client, mia, ben, desk, overpaid):
    client.force_login(mia)
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
