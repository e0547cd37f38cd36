"""The mail with an invoice: it leads to the payment page, unless a saved card pays by itself or nothing is owed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.emails import letter_of
from billing.models import Collection, Notice
from billing.services.receipts import mail_invoice
from terminal.models import LocationAccount
from tests.factories.billing import make_issued_invoice, make_payment
from tests.terminal.desk import ADMIN
from tests.terminal.saved import owing

pytestmark = pytest.mark.django_db(transaction=True)


def mail(invoice):
    """Return what the mail with ``invoice`` says when somebody asks for it now."""
    invoice.refresh_from_db()
    token = f"00000000-0000-4000-8000-{Notice.objects.count():012}"
    notice = mail_invoice(by=ADMIN, invoice=invoice, to="anna@example.com", token=token, now=timezone.now())
    return letter_of(notice)


def test_mail_leads_to_a_page_on_which_the_invoice_can_be_paid(client, desk, settings):
    settings.SITE_URL = "http://testserver"
    invoice = make_issued_invoice(desk.location)
    letter = mail(invoice)
    assert (letter.button, "You can pay by card online, below." in letter.text) == ("Pay now", True)
    page = client.get(letter.url.removeprefix("http://testserver"))
    assert (page.status_code, str(invoice) in page.content.decode()) == (200, True)


def test_mail_of_what_a_saved_card_pays_has_no_button_until_somebody_has_to_pay(desk):
    invoice = owing(desk, due_in=3)
    letter = mail(invoice)
    assert (letter.button, letter.url, "will be charged to your saved card" in letter.text) == ("", "", True)
    Collection.objects.filter(invoice=invoice).update(state="needs_card", next_try_on=None)
    assert mail(invoice).button == "Pay now"


def test_mail_of_a_paid_invoice_and_of_a_place_without_an_account_has_none(desk):
    paid, owed = make_issued_invoice(desk.location), make_issued_invoice(desk.location)
    make_payment(paid)
    assert mail(paid).button == ""
    LocationAccount.objects.all().delete()
    assert (mail(owed).button, reverse("terminal:pay", args=["x"])[:5] in mail(owed).text) == ("", False)
