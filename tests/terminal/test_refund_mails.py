"""The payer's mail about a refund to the card: asked for when Stripe says that the money went, and only then."""

import pytest
from django.core import mail

from billing.enums import NoticeKind
from billing.models import Notice
from billing.tasks import send_notice
from terminal.models import WebhookEvent
from tests.factories.members import make_member
from tests.terminal.money_back import FAILS_LATER, listing, paid_by_card, step, to_card

pytestmark = pytest.mark.django_db


def mails():
    return Notice.objects.filter(kind=NoticeKind.REFUNDED)


def invoice_of_lena(desk):
    return desk.invoice(member=make_member(desk.location, email="lena@example.com"))


def test_card_refund_is_mailed_once_however_often_it_is_seen(desk):
    desk.listen()
    refund = to_card(paid_by_card(desk, invoice_of_lena(desk)), 4500)
    assert mails().count() == 0  # it has not gone
    step(refund)
    desk.deliver()
    for event in WebhookEvent.objects.filter(type__contains="refund"):
        desk.post_again(event)
    listing()
    send_notice(mails().get().pk)
    [sent] = [one for one in mail.outbox if "refunded" in one.subject]
    assert "€45.00 went back to Visa •••• 4242." in sent.body
    assert "5 to 10 business days" in sent.body
    assert "test mode: no money moved" in sent.body
    assert [name for name, *_rest in sent.attachments] == ["credit-note-HFN-C000001.pdf"]


def test_mail_of_money_that_came_back_is_not_sent_any_more(desk):
    refund = step(to_card(paid_by_card(desk, invoice_of_lena(desk), card=FAILS_LATER)))
    assert (refund.state, mails().get().state) == ("succeeded", "queued")
    desk.clock.shift(3)
    listing()
    refund.refresh_from_db()
    assert (refund.state, mails().get().state) == ("failed", "dropped")
