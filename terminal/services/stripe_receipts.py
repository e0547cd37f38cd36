"""Stripe's receipt: its address is put on the intent once that is paid, and with it Stripe mails the receipt.

The intent is made without it, so what is sent to make an intent stays frozen, and where the receipt goes may be said
until it goes. https://docs.stripe.com/terminal/features/receipts
"""

from datetime import datetime

import structlog

from billing.models import Notice
from billing.services import notices
from terminal import explain
from terminal.models import Attempt
from terminal.rules import TRY_AGAIN_STATUSES, WORKER_TIMEOUT
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused

log = structlog.get_logger(__name__)
NO_ATTEMPT = "This payment was not taken through Stripe, so Stripe has no receipt of it. Mail ours."


def due_receipts(now: datetime) -> list[int]:
    """Return the ids of the receipts that Stripe is to be told about now."""
    return notices.due_notices(now, stripes=True)


def let_stripe_mail(notice_id: int, *, now: datetime) -> None:
    """Let Stripe mail one receipt, once: it is asked first whether it has the address, and told under one key.

    No answer is tried again later; a no is for people, who can mail ours.
    """
    notice = notices.claim(notice_id, now=now, stripes=True)
    if notice is None:
        return
    attempt = Attempt.objects.select_related("config").filter(payment=notice.payment_id).first()
    if attempt is None or notice.payment is None:
        notices.failed(notice, error=NO_ATTEMPT)
        return
    try:
        _tell(StripeGateway.of(attempt.config), notice.payment.reference, notice)
    except StripeProblem as problem:
        _not_told(notice, problem, now=now)
    else:
        words = explain.stripes_words(notice.to, livemode=notice.payment.livemode)
        notices.sent(notice, subject=explain.STRIPES_RECEIPT, text=words, now=now)


def _tell(gateway: StripeGateway, intent_id: str, notice: Notice) -> None:
    """Give Stripe the address unless it has it: an answer may have been lost, or whoever waited for it killed."""
    if gateway.receipt_address(intent_id).casefold() != notice.to.casefold():
        key = f"rcpt:{notice.uuid}:{notice.facts.get('round', 0)}"
        gateway.mail_receipt(intent_id, to=notice.to, key=key, timeout=WORKER_TIMEOUT)


def _not_told(notice: Notice, problem: StripeProblem, *, now: datetime) -> None:
    """Try again later what may have been lost or was about the moment; hand a no to people.

    What Stripe answered it repeats for a day under the same key, so the next try has another key.
    """
    sentence = explain.problem_sentence(problem)
    log.info("receipt.not_told", notice=notice.pk, code=problem.code, status=problem.status)
    if problem.status not in (0, *TRY_AGAIN_STATUSES):
        notice.facts["round"] = notice.facts.get("round", 0) + 1
        Notice.objects.filter(pk=notice.pk).update(facts=notice.facts)
    if isinstance(problem, StripeRefused) and problem.permanent:
        notices.failed(notice, error=sentence)
    else:
        notices.put_off(notice, error=sentence, now=now)
