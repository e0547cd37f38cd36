"""Stripe says / we say in a browser: money without us is found, attached, its rest used, or given back."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Invoice, Refund
from terminal.models import Difference
from terminal.services.compare import compare
from terminal.services.refund_step import step_refund
from tests.e2e.look import at_widths
from tests.factories.members import make_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def test_reader_alone_is_attached_its_rest_used_and_a_dashboard_payment_given_back(
    counter_of, outside, invoice_of, hafen, mia
):
    outside.settings(authorize_seconds=0)
    hafen.refund_limit_manager = 100_000
    hafen.save()
    anna = make_member(hafen, name="Anna Keller")
    first, second = (invoice_of(hafen, total, member=anna) for total in (2500, 900))
    counter = counter_of(mia, has_touch=True)
    page = counter.go("terminal:differences")
    counter.says("Not compared yet")
    assert at_widths(page) == {}
    outside.dashboard("take_payment", "", amount=3000, reader=outside.reader.stripe_id, description="Saturday")
    outside.dashboard("take_payment", "", amount=700)
    compare(outside.config, now=timezone.now())
    page.reload()
    assert at_widths(page) == {}
    page.set_viewport_size({"width": 1280, "height": 900})

    row = page.locator("tbody tr").filter(has_text="€30.00")
    row.get_by_label("Why").fill("Typed in on Saturday")
    row.get_by_label("Invoice").fill(first.number)
    row.get_by_role("button", name="Attach").click()
    asked = page.get_by_role("alert")
    expect(asked).to_have_text(f"Only €25.00 is open on {first.number}: the other €5.00 becomes Anna Keller's balance.")
    assert at_widths(page) == {}
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Attach, with €5.00 as balance").click()
    said = f"€25.00 paid {first.number}; the other €5.00 is Anna Keller's balance."
    expect(page.get_by_role("status")).to_contain_text(said)
    row = page.locator("tbody tr").filter(has_text="€7.00")
    row.get_by_label("Why").fill("Another business")
    row.get_by_role("button", name="Give €7.00 back").click()
    expect(page.get_by_role("status")).to_contain_text("€7.00 is on its way back")
    step_refund(Refund.objects.get().pk, now=timezone.now())
    compare(outside.config, now=timezone.now())
    page.reload()
    counter.says("Both say the same")
    expect(page.locator(".badge--ok")).to_have_text("The same")
    assert [intent["amount_refunded"] for intent in outside.intents()] == [0, 700]

    counter.go("members:member_detail", anna.uuid)
    expect(page.locator("#balance")).to_contain_text("€5.00")
    assert at_widths(page) == {}
    page.get_by_role("button", name=f"Use it for {second.number}").click()
    expect(page.get_by_role("status")).to_contain_text(f"€5.00 of the balance pays {second.number}.")
    assert Invoice.objects.get(pk=second.pk).open_amount == 400
    assert not Difference.objects.filter(closed_at=None).exists()
    counter.go("terminal:events", query=f"?q={first.number}")
    counter.says("€30.00, Anna Keller")
