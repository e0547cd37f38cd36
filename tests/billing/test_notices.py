"""Mails: asked for once a cause, sent at most once, tried again only when surely not taken."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from billing.enums import NoticeKind
from billing.models import Notice
from billing.rules import PAUSES
from billing.services import notices
from billing.services.receipts import mail_invoice, mail_receipt
from billing.tasks import send_notice
from flexspace.core.actors import Actor
from flexspace.core.audit import timeline
from flexspace.core.errors import Conflict, DomainError
from tests.billing.mail_server import MailServer
from tests.factories.billing import make_draft, make_issued_invoice, make_payment
from tests.factories.members import make_member

pytestmark = pytest.mark.django_db
BEN = Actor("user", "1", "Ben")


@pytest.fixture
def server(settings):
    """Return a real mail server on this machine, which the product is told to use."""
    found = MailServer().start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", found.port, 5
    yield found
    found.stop()


@pytest.fixture
def notice(hafen):
    """Return an invoice's mail that is due now."""
    invoice = make_issued_invoice(hafen, member=make_member(hafen, email="lena@example.com"))
    return mail_invoice(by=BEN, invoice=invoice, to="lena@example.com", token=uuid4(), now=timezone.now())


def again(notice):
    notice.refresh_from_db()
    return notice


def later(notice, **since):
    """Let time pass for this notice: its next moment was so long ago."""
    Notice.objects.filter(pk=notice.pk).update(next_try_at=timezone.now() - timedelta(**since))
    return again(notice)


def test_notice_is_asked_for_once_a_cause(hafen):
    invoice, token = make_issued_invoice(hafen), uuid4()
    first, second = (
        mail_invoice(by=BEN, invoice=invoice, to=to, token=token, now=timezone.now())
        for to in ("lena@example.com", "other@example.com")
    )
    assert (first, second.to, Notice.objects.count()) == (second, "lena@example.com", 1)
    mail_invoice(by=BEN, invoice=invoice, to="other@example.com", token=uuid4(), now=timezone.now())
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(
    "to", ["", "lena", "lena@example.com\nBcc: all@example.com", "a@b.org, c@d.org", "lena@example.com\r\nX: y"]
)
def test_notice_to_what_is_no_address_is_refused(hafen, to):
    with pytest.raises(DomainError, match="not a mail address"):
        mail_invoice(by=BEN, invoice=make_issued_invoice(hafen), to=to, token=uuid4(), now=timezone.now())
    assert Notice.objects.count() == 0


def test_draft_is_not_mailed(hafen):
    with pytest.raises(DomainError, match="Issue it first"):
        mail_invoice(by=BEN, invoice=make_draft(hafen), to="a@b.org", token=uuid4(), now=timezone.now())


def test_notice_without_what_its_words_need_is_a_mistake_of_the_caller(hafen):
    with pytest.raises(ValueError, match="needs url"):
        notices.queue_notice(
            by=BEN, kind=NoticeKind.PAY_LINK, cause="x", to="a@b.org", location=hafen, now=timezone.now()
        )


def test_due_notice_is_sent_once_however_often_the_task_runs(notice):
    for _ in range(3):
        send_notice(notice.pk)
    again(notice)
    assert (notice.state, notice.tries, notice.next_try_at) == ("sent", 1, None)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["lena@example.com"], "Invoice HFN-000001 from Hafenplatz")
    assert notice.facts["sent"] == {"subject": sent.subject, "text": sent.body}


def test_schedule_finds_what_is_due_and_nothing_else(notice, hafen):
    waits = mail_invoice(by=BEN, invoice=make_issued_invoice(hafen), to="a@b.org", token=uuid4(), now=timezone.now())
    Notice.objects.filter(pk=waits.pk).update(next_try_at=timezone.now() + timedelta(minutes=1))
    assert notices.due_notices(timezone.now()) == [notice.pk]


def test_worker_that_dies_while_sending_sends_nothing_twice(notice):
    assert notices.claim(notice.pk, now=timezone.now()) == notice
    send_notice(notice.pk)
    assert (again(notice).state, mail.outbox) == ("sending", [])
    later(notice, seconds=1)
    assert notices.due_notices(timezone.now()) == [notice.pk]
    send_notice(notice.pk)
    assert (again(notice).state, notice.error, mail.outbox) == ("failed", notices.UNSURE, [])


def test_worker_that_comes_back_too_late_changes_nothing(notice):
    slow = notices.claim(notice.pk, now=timezone.now())
    send_notice(later(notice, seconds=1).pk)
    notices.send_again(by=BEN, notice=again(notice), now=timezone.now())
    notices.failed(slow, error="too late")
    assert (again(notice).state, notice.error) == ("queued", "")
    assert notices.claim(notice.pk, now=timezone.now())
    notices.sent(slow, subject="too late", text="too late", now=timezone.now())
    notices.put_off(slow, error="too late", now=timezone.now())
    assert (again(notice).state, notice.error) == ("sending", "")


def test_notice_that_lay_for_a_day_goes_out_by_hand_only(notice):
    later(notice, hours=25)
    send_notice(notice.pk)
    assert (again(notice).state, notice.error, mail.outbox) == ("failed", notices.STALE, [])
    notices.send_again(by=BEN, notice=notice, now=timezone.now())
    send_notice(notice.pk)
    assert (again(notice).state, len(mail.outbox)) == ("sent", 1)


def test_sent_notice_is_not_sent_again(notice):
    send_notice(notice.pk)
    with pytest.raises(Conflict):
        notices.send_again(by=BEN, notice=again(notice), now=timezone.now())


def test_timeline_tells_who_asked_and_what_became_of_it(notice):
    send_notice(notice.pk)
    told = [(event.action, event.actor_label) for event in timeline(notice.invoice)]
    assert told[:2] == [("billing.notice.sent", "Flexspace"), ("billing.notice.asked", "Ben")]


def test_mail_server_gets_words_html_and_the_pdf(notice, server):
    send_notice(notice.pk)
    [taken] = server.mails
    assert again(notice).state == "sent"
    assert [part.get_content_type() for part in taken.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert (taken["To"], taken["Auto-Submitted"]) == ("lena@example.com", "auto-generated")
    assert str(notice.uuid) in taken["Message-ID"]
    assert [part.get_filename() for part in taken.iter_attachments()] == ["invoice-HFN-000001.pdf"]


@pytest.mark.parametrize(
    ("verb", "answer"), [(b"RCPT", b"450 busy"), (b"DATA", b"451 try later"), (b"MAIL", b"421 no")]
)
def test_mail_refused_for_now_is_tried_again_later(notice, server, verb, answer):
    server.answers[verb] = answer
    send_notice(notice.pk)
    pause = again(notice).next_try_at - timezone.now()
    assert (notice.state, notice.tries, answer.decode() in notice.error) == ("queued", 1, True)
    assert timedelta(0) < pause <= PAUSES[0]
    server.answers.clear()
    send_notice(later(notice, seconds=0).pk)
    assert (again(notice).state, notice.tries, notice.error) == ("sent", 2, "")


@pytest.mark.parametrize(
    ("verb", "answer"), [(b"RCPT", b"550 nobody here"), (b"DATA", b"554 spam"), (b"MAIL", b"553 not you")]
)
def test_mail_refused_for_good_is_a_persons_turn(notice, server, verb, answer):
    server.answers[verb] = answer
    send_notice(notice.pk)
    assert (again(notice).state, notice.next_try_at, answer.decode() in notice.error) == ("failed", None, True)


def test_mail_server_that_is_away_is_tried_again_and_then_given_up(notice, server):
    server.stop()
    for number in range(1, len(PAUSES) + 1):
        send_notice(later(notice, seconds=0).pk)
        assert (again(notice).state, notice.tries) == ("queued", number)
    send_notice(later(notice, seconds=0).pk)
    assert (again(notice).state, notice.error) == (
        "failed",
        "The mail server cannot be reached: ConnectionRefusedError.",
    )


def test_mail_server_that_vanishes_in_the_middle_leaves_it_to_people(notice, server):
    server.vanish = True
    send_notice(notice.pk)
    assert (again(notice).state, notices.UNSURE in notice.error) == ("failed", True)
    send_notice(notice.pk)
    assert server.mails == []


@pytest.mark.parametrize("name", ["Lena\r\nBcc: all@example.com", "Lena\nX-Evil: 1"])
def test_line_break_in_a_name_writes_no_header(hafen, name):
    hafen.legal_name = name
    invoice = make_issued_invoice(hafen, member=make_member(hafen, name=name, email="lena@example.com"))
    row = mail_invoice(by=BEN, invoice=invoice, to="lena@example.com", token=uuid4(), now=timezone.now())
    hafen.save()
    send_notice(row.pk)
    [sent] = mail.outbox
    message = sent.message()
    assert (message["Bcc"], message["X-Evil"], "\n" in sent.subject) == (None, None, False)
    assert sent.recipients() == ["lena@example.com"]


def test_stored_address_with_a_line_break_fails_and_says_so(notice):
    Notice.objects.filter(pk=notice.pk).update(to="lena@example.com\nBcc: all@example.com")
    send_notice(notice.pk)
    assert (again(notice).state, mail.outbox) == ("failed", [])
    assert notice.error.startswith("This mail cannot be written")


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_send_one_mail(hafen):
    payment = make_payment(make_issued_invoice(hafen))
    row = mail_receipt(by=BEN, payment=payment, to="lena@example.com", token=uuid4(), now=timezone.now())

    def work(_number):
        try:
            send_notice(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert (again(row).state, row.tries, len(mail.outbox)) == ("sent", 1, 1)
