"""An invoice of made-up data says so, on its page, on paper and in its mail: it may be printed and sent."""

import pytest
from django.urls import reverse

from billing.emails import letter_of
from billing.models import Notice
from billing.papers import invoice_paper
from tests.billing.test_pdf import text_of
from tests.factories.billing import make_issued_invoice

pytestmark = pytest.mark.django_db
NOBODY = "Practice: these are made-up data, and nobody owes anything."


@pytest.mark.parametrize("demo", [True, False])
def test_practice_is_said_on_page_paper_and_mail(client, ben, hafen, settings, demo):
    settings.DEMO = demo
    invoice = make_issued_invoice(hafen)
    paper = " ".join(text_of(invoice_paper(invoice, today=invoice.issue_date)).split())
    letter = letter_of(Notice(kind="invoice", location=hafen, invoice=invoice, member=invoice.member, to="a@b.example"))
    client.force_login(ben)
    page = client.get(reverse("billing:invoice_detail", args=[invoice.uuid])).content.decode()
    assert (NOBODY in paper, NOBODY in letter.text, letter.subject.startswith("Practice: Invoice")) == (
        demo,
        demo,
        demo,
    )
    assert (">Practice</span>" in page) is demo
