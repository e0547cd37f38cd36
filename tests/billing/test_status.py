"""What people read of an invoice that is collected from a saved card."""

from datetime import UTC, date, datetime

import pytest

from billing.enums import CollectionState, InvoiceStatus
from billing.models import Collection, Invoice
from billing.queries import invoice_list
from tests.factories.billing import make_issued_invoice

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 11, tzinfo=UTC)


def collected(place, state, tries):
    invoice = make_issued_invoice(place, 14500)
    Invoice.objects.filter(pk=invoice.pk).update(auto_collect=True)
    Collection.objects.create(invoice=invoice, location=place, state=state, tries=tries)
    return Invoice.objects.get(pk=invoice.pk)


@pytest.mark.parametrize(
    ("state", "tries", "status"),
    [
        (CollectionState.SCHEDULED, 0, InvoiceStatus.PENDING),
        (CollectionState.TRYING, 0, InvoiceStatus.AWAITING),
        (CollectionState.RETRY, 1, InvoiceStatus.FAILED),
        (CollectionState.NEEDS_CARD, 1, InvoiceStatus.FAILED),
        (CollectionState.NEEDS_CARD, 0, InvoiceStatus.PENDING),
        (CollectionState.NEEDS_AUTHENTICATION, 1, InvoiceStatus.FAILED),
        (CollectionState.STOPPED, 4, InvoiceStatus.FAILED),
    ],
)
def test_status_says_what_became_of_the_saved_card(hafen, state, tries, status):
    assert collected(hafen, state, tries).status(DAY) == status


def test_status_of_a_paid_invoice_is_paid_whatever_was_tried(hafen):
    invoice = collected(hafen, CollectionState.STOPPED, 4)
    invoice.paid_amount, invoice.open_amount = invoice.total_amount, 0
    assert invoice.status(DAY) == InvoiceStatus.PAID


@pytest.mark.parametrize("count", [1, 3])
def test_list_reads_collections_along(hafen, ada, django_assert_num_queries, count):
    for _ in range(count):
        collected(hafen, CollectionState.RETRY, 1)
    rows, order = invoice_list(ada, tab="all", now=NOON)
    with django_assert_num_queries(1):
        assert {row.status(DAY) for row in rows.order_by(*order)} == {InvoiceStatus.FAILED}
