"""What somebody typed without a space widens no page, and what is short stays in one piece and in sight."""

import pytest
from django.utils import timezone

from billing.services.invoicing import void
from flexspace.core.actors import Actor
from terminal.models import Difference
from terminal.services import differences
from terminal.services.compare import compare
from tests.e2e.look import walk
from tests.factories.billing import make_payment
from tests.factories.refunds import BY, give_back

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_once")]
LONG = "x" * 290


def test_long_word_in_a_reason_widens_no_page(counter_of, outside, invoice_of, hafen, ada):
    paid, unwanted = invoice_of(hafen, 4800), invoice_of(hafen, 900)
    payment = make_payment(paid, 4800)
    give_back(payment, reason=LONG, now=timezone.now())
    void(by=BY, invoice=unwanted, reason=LONG, now=timezone.now())
    outside.dashboard("take_payment", "", amount=700)
    compare(outside.config, now=timezone.now())
    row = Difference.objects.get()
    differences.close(by=Actor.of(ada), difference=row, reason=LONG, now=timezone.now())
    counter = counter_of(ada, has_touch=True)
    pages = [
        ("billing:invoice_detail", [paid.uuid]),
        ("billing:invoice_detail", [unwanted.uuid]),
        ("billing:payment_detail", [payment.uuid]),
        ("portal:activity", []),
    ]
    assert [walk(counter, [page]) for page in pages] == [{}] * len(pages)
    page = counter.go("terminal:differences", query="?closed")
    text = page.locator(".table__text").first
    page.wait_for_function("() => document.readyState === 'complete'")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert (
            text.evaluate("el => { const box = el.closest('.table-wrap'); return box.scrollWidth - box.clientWidth }")
            == 0
        )


def test_tab_that_is_shown_is_in_sight_on_a_phone(counter_of, outside, ada):
    page = counter_of(ada, viewport={"width": 390, "height": 844}).go("terminal:events")
    tab = page.locator("nav[aria-label='Stripe Config'] [aria-current]")
    page.wait_for_function("() => document.readyState === 'complete'")
    assert tab.evaluate("el => el.getBoundingClientRect().right <= innerWidth")


def test_currency_stands_in_the_middle_of_an_empty_amount_field(counter, outside, invoice):
    page = counter.go("terminal:take_payment", query=f"?invoice={invoice.uuid}")
    field = page.locator(".amount__input").first
    field.fill("")
    off = """el => {
      const middle = (one) => { const box = one.getBoundingClientRect(); return box.top + box.height / 2; };
      return Math.abs(middle(el) - middle(el.parentElement.querySelector(".amount__currency")));
    }"""
    assert field.evaluate(off) < 2
