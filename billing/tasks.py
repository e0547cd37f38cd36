"""Work in the background: mails, left sales, billing runs. Every task may run twice, at once, or late."""

from smtplib import SMTPConnectError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

import structlog
from celery import shared_task
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from billing.emails import compose
from billing.models import Notice
from billing.services import billing_runs, card_mails, notices, sales
from billing.services.refund_mails import is_untrue
from flexspace.core.enqueue import enqueue
from flexspace.core.locks import only_one

log = structlog.get_logger(__name__)


@shared_task
def send_due_notices() -> None:
    """Every ten seconds: hand every mail that is due to a worker thread of its own."""
    for notice_id in notices.due_notices(timezone.now()):
        enqueue(send_notice, notice_id)


@shared_task
def send_notice(notice_id: int) -> None:
    """Send one mail, at most once: it is claimed before, and reported afterwards."""
    notice = notices.claim(notice_id, now=timezone.now())
    if notice is None:
        return
    if is_untrue(notice):  # a refund came back while its mail waited, was put off or lay with a person
        notices.drop(notice)
        return
    try:
        mail = compose(notice)
    except ValueError as error:  # a header that cannot be one: a name or address with a line break
        notices.failed(notice, error=f"This mail cannot be written: {error}")
        return
    _deliver(notice, mail)


def _deliver(notice: Notice, mail: EmailMessage) -> None:
    """Hand ``mail`` over and report what is known: taken, surely not taken, or nothing."""
    server = get_connection()
    try:
        server.open()
    except (SMTPException, OSError) as error:
        _not_taken(notice, f"The mail server cannot be reached: {type(error).__name__}.")
        return
    try:
        server.send_messages([mail])
    except (SMTPResponseException, SMTPRecipientsRefused) as error:
        _refused(notice, error)
    except (SMTPException, OSError) as error:
        log.warning("notice.unsure", notice=notice.pk, error=type(error).__name__)
        notices.failed(notice, error=f"{notices.UNSURE} ({type(error).__name__})")
    else:
        notices.sent(notice, subject=str(mail.subject), text=str(mail.body), now=timezone.now())
    finally:
        server.close()


def _not_taken(notice: Notice, sentence: str) -> None:
    log.warning("notice.put_off", notice=notice.pk, error=sentence)
    notices.put_off(notice, error=sentence, now=timezone.now())


def _refused(notice: Notice, error: SMTPResponseException | SMTPRecipientsRefused) -> None:
    """The server answered no: for now (4…), or for good (5…)."""
    code, said = (
        next(iter(error.recipients.values()))
        if isinstance(error, SMTPRecipientsRefused)
        else (error.smtp_code, error.smtp_error)
    )
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    sentence = f"The mail server said {code} {' '.join(words.split())[:200]}"
    if 400 <= code < 500 or isinstance(error, SMTPConnectError):
        _not_taken(notice, sentence)
    else:
        notices.failed(notice, error=sentence)


@shared_task
def tell_expiring_cards() -> None:
    """Tell payers whose card ends soon, once a card and month."""
    with only_one("billing.tell_expiring_cards", seconds=600) as lease:
        if lease:
            card_mails.tell_expiring(now=timezone.now())


@shared_task
def drop_left_sales() -> None:
    """Drop the drafts of the counter that nobody came back to."""
    with only_one("billing.drop_left_sales", seconds=300) as lease:
        if lease:
            sales.drop_left(now=timezone.now())


@shared_task
def drive_run(run_id: int) -> None:
    """Draft or issue the bills of a run until nothing is left, in the background."""
    billing_runs.drive(run_id, now=timezone.now())


@shared_task
def drive_runs() -> None:
    """Every fifteen seconds: let the runs go on that were begun and whose worker is gone. Starts none by itself."""
    for run_id in billing_runs.busy_runs():
        enqueue(drive_run, run_id)
