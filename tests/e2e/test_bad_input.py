"""Wrong amounts, forged and repeated posts, other people's invoices, readers and Locations that are gone."""

from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from flexspace.core.models import Location
from terminal.models import Attempt, Reader, StripeLocation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def post(counter, name, *args, **fields):
    """Send a form of our own making with this browser's session."""
    cookies = {row["name"]: row["value"] for row in counter.page.context.cookies()}
    token = counter.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    assert cookies
    return counter.page.request.post(
        counter.base + reverse(name, args=args),
        form={"csrfmiddlewaretoken": token, **fields},
        headers={"Referer": counter.base},
        max_redirects=0,
    )


WRONG_AMOUNTS = {
    "a lot": "amount",
    "0": "Enter an amount above zero",
    "-5": "Enter an amount above zero",
    "145.01": "up to the €145.00 that is owed",
    "1.005": "Too many decimals for EUR",
    "0.20": "0.50 or more",
}


def test_amount_that_cannot_be_charged_is_explained_and_nothing_is_sent(counter, outside, invoice):
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    for amount, sentence in WRONG_AMOUNTS.items():
        page.get_by_role("textbox", name="Amount").fill(amount)
        page.get_by_role("button", name="Charge via Terminal").click()
        counter.refused(422)
        counter.says(sentence)
        expect(page.get_by_role("textbox", name="Amount")).to_have_value(amount)
    assert (outside.intents(), Attempt.objects.count()) == ([], 0)


def test_sum_beside_the_key_is_what_will_be_charged(counter, invoice):
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}&amount=20")
    shown = page.locator(".paybox__sum")
    expect(shown).to_have_text("€20.00")
    for typed, said in (("10,00", "€10.00"), ("a lot", "–"), ("145", "€145.00")):
        page.get_by_role("textbox", name="Amount").fill(typed)
        expect(shown).to_have_text(said)


def test_form_sent_again_and_page_gone_back_to_land_on_the_same_payment(counter, outside, invoice):
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    token = page.locator("input[name=token]").input_value()
    page.get_by_role("button", name="Charge via Terminal").click()
    counter.picture("waiting")
    where = page.url
    page.go_back()
    counter.picture("waiting")
    assert page.url == where
    fields = {"invoice": str(invoice.uuid), "reader": str(outside.reader.pk), "amount": "145.00", "token": token}
    assert post(counter, "terminal:take_payment", **fields).headers["location"] in where
    outside.tap(outside.reader)
    counter.picture("paid")
    assert post(counter, "terminal:take_payment", **fields).status == 302
    assert (len(outside.intents()), Attempt.objects.count(), outside.received()) == (1, 1, 14500)


def test_double_click_is_one_payment(counter, outside, invoice):
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    counter.page.get_by_role("button", name="Charge via Terminal").dblclick()
    counter.picture("waiting")
    assert (len(outside.intents()), Attempt.objects.count()) == (1, 1)


def test_forged_post_cannot_charge_more_than_its_invoice_asks_for(counter, outside, invoice, invoice_of, hafen):
    dear = invoice_of(hafen, 99900)
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    fields = {"invoice": str(invoice.uuid), "reader": str(outside.reader.pk), "token": str(uuid4())}
    assert post(counter, "terminal:take_payment", amount="999.00", **fields).status == 422
    counter.charge(invoice)
    counter.picture("waiting")
    answer = post(counter, "terminal:attempt_step", Attempt.objects.get().uuid, state="succeeded", seen="paid")
    assert (answer.status, Attempt.objects.get().state) == (200, "waiting")
    assert (dear.open_amount, outside.received()) == (99900, 0)


def test_invoice_of_another_location_is_not_there(counter, outside, tokyo, invoice_of, kiyosumi):
    theirs = invoice_of(kiyosumi, 5500)
    for name, args, query in (
        ("billing:invoice_detail", [theirs.uuid], ""),
        ("terminal:take_payment", [], f"?invoice={theirs.uuid}"),
        ("terminal:invoice_panel", [theirs.uuid], ""),
    ):
        assert counter.page.request.get(counter.base + reverse(name, args=args) + query).status == 404


def test_reader_of_another_location_cannot_be_forged_in(counter, outside, tokyo, invoice):
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    fields = {"invoice": str(invoice.uuid), "amount": "145.00", "token": str(uuid4())}
    answer = post(counter, "terminal:take_payment", reader=str(tokyo.reader.pk), **fields)
    assert (answer.status, Attempt.objects.count()) == (422, 0)
    assert "Choose a reader." in answer.text()


def test_reader_deleted_at_stripe_is_a_sentence(counter, outside, invoice):
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    outside.dashboard("delete_reader", outside.reader.stripe_id)
    counter.page.get_by_role("button", name="Charge via Terminal").click()
    counter.picture("refused")
    counter.says("Stripe no longer knows the reader or the payment. Read the readers again.")
    counter.says("Nothing has been charged.")


def test_location_deleted_at_stripe_is_a_sentence(counter, outside, invoice):
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    StripeLocation.objects.filter(readers=outside.reader).update(gone_at=invoice.created_at)
    counter.page.get_by_role("button", name="Charge via Terminal").click()
    counter.refused(422)
    expect(counter.page.get_by_role("alert")).to_contain_text("The Stripe Location of Front desk S700 was deleted")
    expect(counter.page.get_by_role("heading", name="No reader at Hafenplatz")).to_be_visible()


def test_reader_moved_to_another_location_is_a_sentence(counter, outside, invoice, kiyosumi, ben):
    ben.locations.add(kiyosumi)
    counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    place = StripeLocation.objects.create(
        config=outside.config, stripe_id="tml_other", display_name="Tokyo", country="JP", location=kiyosumi
    )
    Reader.objects.filter(pk=outside.reader.pk).update(stripe_location=place)
    counter.page.get_by_role("button", name="Charge via Terminal").click()
    counter.refused(422)
    expect(counter.page.get_by_role("alert")).to_contain_text("Front desk S700 stands at Kiyosumi.")


def test_other_currency_than_the_readers_country_is_a_sentence(counter, outside, invoice_of, hafen):
    Location.objects.filter(pk=hafen.pk).update(currency="CHF")
    hafen.refresh_from_db()
    counter.charge(invoice_of(hafen, 5000))
    counter.refused(422)
    expect(counter.page.get_by_role("alert")).to_contain_text("charges in EUR only; this invoice is in CHF")
