"""The attempts on an invoice or a payer: named by the way they ask for a card, and none of them struck through."""

import pytest
from django.urls import reverse

from tests.factories.billing import make_issued_invoice
from tests.terminal import saved
from tests.terminal.saved import night, owing

pytestmark = pytest.mark.django_db(transaction=True)


def panel(client, user, invoice):
    client.force_login(user)
    return client.get(reverse("terminal:invoice_panel", args=[invoice.uuid])).content.decode()


def test_charge_of_a_saved_card_is_not_called_terminal(client, ben, desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    night(desk)
    shown = panel(client, ben, invoice)
    assert ("<h2>Saved card</h2>" in shown, "Via Terminal" in shown) == (True, False)
    assert '<span class="badge">Not paid</span>' in shown


def test_charge_on_a_reader_is_called_by_products_name(client, ben, desk):
    invoice = make_issued_invoice(desk.location)
    desk.start(invoice)
    assert "<h2>Via Terminal</h2>" in panel(client, ben, invoice)


def test_several_ways_are_told_apart(client, ben, desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    night(desk)
    desk.start(invoice)
    shown = panel(client, ben, invoice)
    assert all(words in shown for words in ("<h2>Card payments</h2>", "Saved card · ", "Via Terminal · "))
