"""A success that comes late ends whatever still asks for the same money."""

import pytest
from django.utils import timezone

from terminal.models import Attempt, AttemptAllocation
from terminal.services.recheck import recheck

pytestmark = pytest.mark.django_db(transaction=True)


def test_late_success_ends_the_attempt_that_asks_for_the_same_invoice(two_readers):
    invoice = two_readers.invoice(14500)
    first = two_readers.waiting(invoice, reader=two_readers.readers[0])
    # Behind our back, as after a restored backup: our row says canceled, Stripe's intent is still open.
    AttemptAllocation.objects.filter(attempt=first).update(live=False)
    Attempt.objects.filter(pk=first.pk).update(state="canceled", holds_reader=False, next_check_at=None)
    second = two_readers.waiting(invoice, reader=two_readers.readers[1])

    two_readers.tap(reader=two_readers.readers[0])
    recheck(first.pk, now=timezone.now())
    two_readers.settle(second, 6)

    first.refresh_from_db()
    invoice.refresh_from_db()
    assert (first.state, second.state, second.cancel_reason) == ("succeeded", "canceled", "paid_meanwhile")
    assert (invoice.open_amount, two_readers.received()) == (0, 14500)
    assert [flag.kind for flag in first.flags.all()] == ["late_success"]
