"""The cart on the reader, before anything is charged."""

import pytest
from django.urls import reverse

from terminal.models import Attempt
from tests.desk.counter import fields, sell, text
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(till, desk, hafen, shelf):
    """Return the page of a sale of a day pass, at a desk with a reader."""
    return sell(till, make_member(hafen), shelf["D"])


def test_the_customer_sees_the_cart_before_anything_is_charged(till, page, desk):
    show = reverse("desk:show", args=[page.context["sale"].uuid])
    assert "Choose a reader" in text(till.post(show, fields(page), follow=True))
    answer = text(till.post(show, fields(page, reader=desk.reader.pk), follow=True))
    assert "Front desk S700 shows the cart." in answer
    shown = desk.screen()
    assert (shown["state"], shown["amount_text"], shown["lines"][0]["text"]) == (
        "cart",
        "€25.00",
        "1 × Day pass, Mon 23 Nov",
    )
    assert not Attempt.objects.exists()
    attempt = desk.waiting(desk.invoice(900))
    assert "is busy" in text(till.post(show, fields(page, reader=desk.reader.pk), follow=True))
    assert desk.screen()["state"] == "amount"
    assert attempt.state == "waiting"
