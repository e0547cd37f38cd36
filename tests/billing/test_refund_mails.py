"""The payer's mail about a refund: once, when the money has gone, in words that say how it went and what is left."""

import pytest
from django.core import mail
from django.urls import reverse

from billing.enums import NoticeKind, PaymentMethod, RefundMethod, RefundOutcome, RefundRemote
from billing.models import Notice, Refund
from billing.services import notices
from billing.services.refund_moves import follow, locked_refund
from billing.tasks import send_notice
from flexspace.core.models import Location
from tests.factories.billing import NOW, make_issued_invoice, make_payment
from tests.factories.members import make_member
from tests.factories.refunds import BY, give_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("day_of_the_payments")]


@pytest.fixture
def invoice(hafen):
    return make_issued_invoice(hafen, member=make_member(hafen, email="lena@example.com"))


@pytest.fixture
def payment(invoice):
    return make_payment(invoice, method=PaymentMethod.CASH)


def mails():
    return Notice.objects.filter(kind=NoticeKind.REFUNDED)


def test_mail_says_what_went_back_and_brings_the_credit_note(invoice, payment):
    refund = give_back(payment, 4500)
    notice = mails().get()
    assert (notice.to, notice.invoice, notice.payment) == ("lena@example.com", invoice, payment)
    for _ in range(2):
        send_notice(notice.pk)
    [sent] = mail.outbox
    assert sent.subject == "Hafenplatz: €45.00 refunded"
    wanted = ["we gave €45.00 back to you in cash. The credit note is attached.", "Refunded: €45.00", "How: Cash",
              "On: 23 Nov 2026, 10:00", "Of invoice: HFN-000001", "Credit note: HFN-C000001"]  # fmt: skip
    assert [part for part in wanted if part not in sent.body] == []
    assert "still to be paid" not in sent.body
    [(name, data, kind)] = sent.attachments
    assert (name, data[:5], kind) == ("credit-note-HFN-C000001.pdf", b"%PDF-", "application/pdf")
    assert refund.credit_notes.count() == 1


def test_letter_in_the_outbox_leads_to_its_credit_note(client, mia, payment):
    note = give_back(payment, 4500).credit_notes.get()
    client.force_login(mia)
    text = client.get(reverse("billing:notice_detail", args=[mails().get().uuid])).content.decode()
    assert reverse("billing:credit_note_file", args=[note.uuid]) in text
    assert f"Credit note {note.number}" in text


def test_mail_says_what_is_still_to_be_paid(payment):
    give_back(payment, 4500, outcome=RefundOutcome.REOPEN, method=RefundMethod.TRANSFER)
    send_notice(mails().get().pk)
    [sent] = mail.outbox
    assert "we gave €45.00 back to you by bank transfer." in sent.body
    assert "€45.00 of invoice HFN-000001 is still to be paid." in sent.body
    assert sent.attachments == []


@pytest.mark.parametrize(("ours", "expected"), [(True, 1), (False, 0)])
def test_location_that_mails_no_receipts_mails_no_refunds_by_itself(hafen, payment, ours, expected):
    Location.objects.filter(pk=hafen.pk).update(send_receipts=ours)
    give_back(payment)
    assert mails().count() == expected


@pytest.mark.parametrize(("tick", "expected"), [({"tell": "on"}, 1), ({}, 0)])
def test_tick_of_the_form_decides(client, mia, invoice, payment, tick, expected):
    client.force_login(mia)
    there = reverse("billing:refund_new", args=[payment.uuid])
    form = client.get(there).context["form"]
    assert (form["tell"].initial, "lena@example.com" in form["tell"].help_text) == (True, True)
    client.post(there, {"token": str(form["token"].value()), f"part_{invoice.pk}": "45", "method": "cash",
                        "reason": "Did not come", "outcome": "credit", **tick})  # fmt: skip
    assert (Refund.objects.count(), mails().count()) == (1, expected)
    if expected:
        shown = client.get(reverse("billing:notice_detail", args=[mails().get().uuid])).content.decode()
        assert "we gave €45.00 back to you in cash." in shown
        assert "Refund of €45.00" in client.get(reverse("billing:outbox")).content.decode()


def test_without_an_address_nobody_is_asked_and_nothing_is_lost(client, mia, hafen):
    payment = make_payment(make_issued_invoice(hafen, member=make_member(hafen, email="")), method=PaymentMethod.CASH)
    client.force_login(mia)
    assert "tell" not in client.get(reverse("billing:refund_new", args=[payment.uuid])).context["form"].fields
    assert (give_back(payment).state, mails().count()) == ("succeeded", 0)


def to_the_card(payment):
    """Return a refund to the card that Stripe shows as gone, and its mail, which was begun to be sent."""
    refund = give_back(payment, 4500, method=RefundMethod.CARD)
    shows(refund, RefundRemote.SUCCEEDED)
    return refund, notices.claim(mails().get().pk, now=NOW)


def shows(refund, seen):
    with locked_refund(refund.pk) as row:
        follow(row, seen, cause="test", now=NOW, reference="re_1")


def put_off(notice):
    """Let the mail server be away, and the next try be due."""
    notices.put_off(notice, error="No server", now=NOW)
    Notice.objects.filter(pk=notice.pk).update(next_try_at=NOW)


def sent_again(notice):
    """Let nobody know what became of it, and a person send it again."""
    notices.failed(notice, error=notices.UNSURE)
    notices.send_again(by=BY, notice=notice, now=NOW)


@pytest.mark.parametrize("meanwhile", [put_off, sent_again])
def test_mail_that_was_begun_does_not_go_out_after_the_money_came_back(invoice, meanwhile):
    refund, notice = to_the_card(make_payment(invoice))
    shows(refund, RefundRemote.FAILED)
    meanwhile(notice)
    send_notice(notice.pk)
    assert (mail.outbox, mails().get().state) == ([], "dropped")
