"""The same desk with a broker and a worker, as it runs in production."""

import time

import pytest
from playwright.sync_api import expect

from terminal.models import Attempt, AttemptTransition, WebhookEvent
from tests.e2e.counter import within
from tests.e2e.outside import NO_FUNDS
from tests.e2e.worker import running_worker

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(redis_url, product, settings):
    """Return a running worker; what the pages enqueue goes to it."""
    with running_worker(redis_url, settings.STRIPE_API_BASE) as running:
        yield running


def test_worker_takes_the_payment_through_while_nobody_looks(worker, counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    counter.page.goto("about:blank")
    outside.tap(outside.reader, NO_FUNDS)
    deadline = time.monotonic() + 20
    while Attempt.objects.get().state != "declined" and time.monotonic() < deadline:
        time.sleep(0.1)
    counter.go("terminal:attempt", Attempt.objects.get().uuid)
    counter.picture("declined")
    counter.press("r")
    counter.picture("waiting")
    outside.tap(outside.reader)
    device = counter.tab()
    device.goto(f"{outside.url}/readers/{outside.reader.stripe_id}")
    expect(device.get_by_role("status", name="The reader's screen")).to_contain_text("Approved")
    approved = time.monotonic()
    counter.picture("paid")
    assert time.monotonic() - approved < within(2)
    assert outside.charged() == [("succeeded", 1)]
    assert WebhookEvent.objects.filter(state="processed").exists()
    assert AttemptTransition.objects.filter(to_state="succeeded").count() == 1
