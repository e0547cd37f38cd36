"""Payments and mails are listed by the time that they show, whenever they were written down, page by page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Notice
from tests.factories.billing import make_issued_invoice, make_payment
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db
AGO = [5, 1, 9, 3, 7]  # hours, in the order in which they are written down


def walk(client, url, read):
    """Return what ``read`` finds on every page, two rows a page, from the newest to the oldest."""
    found, at = [], ""
    while True:
        page = client.get(url, {"at": at}).context["page"]
        found += [read(row) for row in page.rows]
        if not page.older:
            return found
        at = page.older


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    for name in ("billing.views.payments", "billing.views.mail"):
        module = __import__(name, fromlist=["keyset_page"])
        real = module.keyset_page
        monkeypatch.setattr(module, "keyset_page", lambda rows, real=real, **how: real(rows, **{**how, "size": 2}))


def test_payments_are_listed_by_when_they_were_received(client, ben, hafen):
    member, now = make_member(hafen), timezone.now()
    for hours in AGO:
        make_payment(make_issued_invoice(hafen, 100, member=member), received_at=now - timedelta(hours=hours))
    client.force_login(ben)
    ages = walk(
        client, reverse("billing:payment_list"), lambda row: round((now - row.received_at).total_seconds() / 3600)
    )
    assert ages == sorted(AGO)
    text = client.get(reverse("billing:payer_invoices", args=["member", member.uuid]))
    shown = [round((now - row.received_at).total_seconds() / 3600) for row in text.context["payments"]]
    assert shown == sorted(AGO)


def test_the_outbox_is_listed_by_when_the_mail_was_asked_for(client, ben, hafen):
    now = timezone.now()
    for hours in AGO:
        row = Notice.objects.create(kind="receipt", cause=f"{hours}", location=hafen, to="a@example.org")
        Notice.objects.filter(pk=row.pk).update(created_at=now - timedelta(hours=hours))
    client.force_login(ben)
    ages = walk(client, reverse("billing:outbox"), lambda row: round((now - row.created_at).total_seconds() / 3600))
    assert ages == sorted(AGO)
