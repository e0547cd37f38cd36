"""What is too little for a card leads to another way to pay, and says why."""

import re

import pytest
from django.urls import reverse

from tests.desk.counter import open_person, sell, text
from tests.factories.billing import make_issued_invoice
from tests.factories.members import make_member
from tests.factories.passes import make_product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
WHY = "€0.20 is too little for a card: Stripe takes €0.50 or more. It is paid another way."


@pytest.fixture
def lena(hafen):
    return make_member(hafen)


def primary(page):
    """Return what the big button of a page says, and whether there is one that charges a reader."""
    said = re.findall(r"button--primary button--big[^>]*>(?:<svg.*?</svg>)?\s*([^<]+)", text(page))
    return [each.strip() for each in said], "Charge via Terminal" in text(page)


@pytest.mark.parametrize(("amount", "why", "way"), [(20, True, "Record payment"), (50, False, "Charge via Terminal")])
def test_invoice_payer_counter_and_charge_page_lead_to_a_way_that_can_be_gone(
    till, hafen, desk, lena, amount, why, way
):
    invoice = make_issued_invoice(hafen, amount, member=lena)
    pages = [
        till.get(reverse("billing:invoice_detail", args=[invoice.uuid])),
        till.get(reverse("billing:payer_invoices", args=["member", lena.uuid])),
        till.get(reverse("terminal:take_payment"), {"invoice": str(invoice.uuid)}),
        open_person(till, lena),
    ]
    for page in pages:
        assert (primary(page), WHY in text(page)) == (([way], not why), why)
        assert (reverse("billing:payment_record") in text(page)) is True


def test_sale_that_is_too_small_leads_to_cash_and_offers_no_link(till, desk, lena, hafen):
    page = sell(till, lena, make_product(hafen, kind="service", name="Sweet", price=20), day="")
    assert (primary(page), WHY in text(page), "Pay link" in text(page)) == ((["Cash"], False), True, False)
    assert f'href="{reverse("desk:sale", args=[page.context["sale"].uuid])}?pay=cash"' in text(page)
    page = sell(till, lena, make_product(hafen, kind="service", name="Coffee", price=200), day="")
    assert (primary(page)[1], WHY in text(page), "Pay link" in text(page)) == (True, False, True)


def test_what_is_ticked_may_be_too_little_though_all_is_enough(till, desk, lena, hafen):
    """The page knows the smallest amount beforehand, because ticking asks no server."""
    make_issued_invoice(hafen, 20, member=lena)
    make_issued_invoice(hafen, 12_000, member=lena)
    for page in (till.get(reverse("billing:payer_invoices", args=["member", lena.uuid])), open_person(till, lena)):
        shown = text(page)
        assert ('data-least="50"' in shown, re.findall(r'data-below="50" (hidden)', shown)) == (True, ["hidden"])
