"""A customer pays by link: from the code on our screen over Stripe's page and back, with a script and without one."""

import re

import pytest
from playwright.sync_api import expect

from billing.models import Notice, Payment
from tests.e2e.look import at_widths
from tests.e2e.outside import NO_FUNDS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]


def on_stripes_page(phone, card):
    """Type a card on the sandbox's payment page and press its button."""
    phone.wait_for_url(re.compile(r"/c/pay/cs_test_"))
    phone.get_by_label("Card number").fill(card)
    phone.get_by_role("button", name=re.compile("Pay|Save")).click()


def test_customer_scans_pays_and_the_desk_sees_it(counter, page_factory, outside, invoice):
    desk = counter.open_invoice(invoice)
    counter.press("l")
    expect(desk.get_by_role("img", name="QR code of the pay link")).to_be_visible()
    link = desk.get_by_label("Link", exact=True).input_value()

    phone = page_factory(viewport={"width": 390, "height": 800}, has_touch=True)
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Pay by card")
    phone.get_by_role("button", name="Pay €145.00").click()
    on_stripes_page(phone, NO_FUNDS)
    expect(phone.get_by_role("alert")).to_contain_text("insufficient funds")
    expect(desk.get_by_text("Paying by link")).to_be_visible()
    on_stripes_page(phone, "4000002500003155")
    phone.get_by_role("button", name="Authenticate").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Paid, thank you")

    expect(desk.get_by_text("Nothing is left to pay on this invoice.")).to_be_visible()
    payment = Payment.objects.get()
    assert (payment.method, payment.card_last4, outside.received()) == ("card_link", "3155", 14500)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Paid, thank you")


def test_customer_without_a_script_follows_a_plain_link(counter, page_factory, outside, invoice):
    counter.go("terminal:pay_link", invoice.uuid)
    link = counter.page.get_by_label("Link", exact=True).input_value()
    phone = page_factory(java_script_enabled=False)
    phone.goto(link)
    phone.get_by_role("button", name="Pay €145.00").click()
    expect(phone.get_by_role("link", name="Continue to the payment page")).to_be_focused()
    phone.keyboard.press("Enter")
    on_stripes_page(phone, "4242424242424242")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Paid, thank you")
    assert outside.received() == 14500


def test_customer_goes_back_and_the_desk_takes_it_on_a_reader(counter, page_factory, outside, invoice):
    counter.go("terminal:pay_link", invoice.uuid)
    link = counter.page.get_by_label("Link", exact=True).input_value()
    phone = page_factory()
    phone.goto(link)
    phone.get_by_role("button", name="Pay €145.00").click()
    phone.wait_for_url(re.compile(r"/c/pay/cs_test_"))
    phone.get_by_role("link", name="Back").click()
    expect(phone.get_by_role("link", name="Continue to the payment page")).to_be_visible()

    counter.open_invoice(invoice)
    counter.press("Enter")
    counter.picture("link_open")
    counter.press("o")
    counter.page.get_by_role("radio", name=re.compile("Front desk S700")).check()
    counter.press("Enter")
    counter.picture("waiting")
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Being paid right now")
    outside.tap(outside.reader)
    counter.picture("paid")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Being paid right now")
    phone.get_by_role("link", name="Look again").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Paid, thank you")
    assert (outside.received(), Payment.objects.count()) == (14500, 1)


def test_declined_on_the_reader_becomes_a_link_by_one_key(counter, outside, invoice):
    counter.charge(invoice)
    counter.picture("waiting")
    outside.tap(outside.reader, NO_FUNDS)
    counter.picture("declined")
    counter.press("l")
    expect(counter.page.get_by_role("img", name="QR code of the pay link")).to_be_visible()
    counter.page.get_by_label("E-mail").fill("ada@example.org")
    counter.press("Enter")
    expect(counter.page.get_by_text("on its way to ada@example.org")).to_be_visible()
    assert outside.intent_states() == ["canceled"]
    assert Notice.objects.get().to == "ada@example.org"


def test_pages_are_clean_and_large_enough(counter_of, page_factory, ben, outside, invoice):
    staff = counter_of(ben)
    page = staff.go("terminal:pay_link", invoice.uuid)
    link = page.get_by_label("Link", exact=True).input_value()
    phone = page_factory(color_scheme="dark", has_touch=True)
    assert at_widths(page, touched=False) == {}
    for path in (link, f"{staff.base}/pay/x/"):
        phone.goto(path)
        assert at_widths(phone) == {}
    phone.complaints.clear()  # the 404 above
