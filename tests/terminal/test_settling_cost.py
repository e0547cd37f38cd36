"""What it costs to settle one event: the same however much was paid before."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terminal.event_handlers import process_event
from terminal.models import WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)  # what follows the commit counts too
MOST = 29  # queries of one invoice; more would need a reason


@pytest.fixture
def settled(desk):
    """Return a function that has invoices paid by card, and returns the queries of the event that tells of it."""

    def pay(count=1):
        payer = {"member": desk.invoice().member}
        attempt = desk.waiting(*(desk.invoice(14500, **payer) for _ in range(count)))
        desk.tap()
        body = json.dumps({"data": {"object": {"id": attempt.remote_id}}})
        event = WebhookEvent.objects.create(
            config=desk.config, event_id=f"evt_{attempt.pk}", type="payment_intent.succeeded", body=body
        )
        with CaptureQueriesContext(connection) as seen:
            process_event(event.pk, now=timezone.now())
        attempt.refresh_from_db()
        assert (attempt.state, attempt.allocations.filter(invoice__open_amount=0).count()) == ("succeeded", count)
        return [row["sql"] for row in seen if row["sql"].split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]

    return pay


def test_costs_the_same_however_much_was_paid_before(settled):
    first = settled()
    assert len(first) <= MOST
    for _ in range(5):
        settled()
    assert len(settled()) == len(first)


def test_each_further_invoice_costs_a_write_and_a_look_whether_doors_wait_for_it(settled):
    one, three = settled(), settled(3)
    assert len(three) - len(one) == 4
    for beginning in ('UPDATE "billing_invoice" ', 'SELECT 1 AS "a" FROM "access_syncoptions"'):
        assert len([sql for sql in three if sql.startswith(beginning)]) == 3


def test_every_invoice_is_locked_and_read_once(settled):
    read = [sql for sql in settled(2) if sql.startswith('SELECT "billing_invoice"."id", "billing_invoice"."uuid"')]
    assert len(read) == 1
