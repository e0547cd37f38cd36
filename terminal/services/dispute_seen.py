"""What Stripe shows of disputes, written down and put before managers. The same for event, list and daily look."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from billing.dispute_enums import DisputeStatus
from billing.enums import NoticeKind
from billing.explain.disputes import dashboard_url, what_to_do, why_disputed
from billing.models import Dispute, Payment
from billing.services.disputes import DisputeMoved, Shown, record_dispute
from billing.services.staff_mail import mail_staff
from flexspace.core.actors import Actor
from flexspace.core.locks import last_start, note_start
from flexspace.core.roles import Permission
from terminal.enums import FlagKind
from terminal.models import Attempt, AttemptFlag, StripeConfig
from terminal.services.flags import close_flag
from terminal.stripe_client import StripeGateway, StripeProblem
from terminal.stripe_client.dispute_calls import DisputeObject

STRIPE = Actor.stripe()
DAILY = "terminal.disputes_of_a_month"
DAY, MONTH, EACH = timedelta(days=1), timedelta(days=30), timedelta(hours=24)
LOOKS = 3
F, S = FlagKind, DisputeStatus
log = structlog.get_logger(__name__)


def sync_dispute(config: StripeConfig, dispute_id: str, *, now: datetime) -> bool:
    """Read one dispute and write it down; return whether its payment is known here. Raises StripeProblem.

    Who is overtaken by another look reads again, so an older answer never overwrites a newer one.
    """
    for _ in range(LOOKS):
        version = Dispute.objects.filter(reference=dispute_id).values_list("version", flat=True).first() or 0
        seen = StripeGateway.of(config).dispute(dispute_id)
        payment = _payment_of(config, seen)
        if payment is None:
            return False
        try:
            _write_down(payment, seen, version=version, now=now)
        except DisputeMoved:
            continue
        return True
    log.warning("dispute.moved_meanwhile", dispute=dispute_id)  # whoever was quicker has written it down
    return True


def find_disputes(config: StripeConfig, *, since: datetime, now: datetime) -> int:
    """Read the account's disputes since then, and again each that stands otherwise here; return how many there were.

    Raises StripeProblem. What is known and stands as Stripe says costs no call of its own.
    """
    seen = StripeGateway.of(config).disputes_since(since)
    rows = {row.reference: row for row in Dispute.objects.filter(reference__in=[one.id for one in seen])}
    for one in seen:
        row = rows.get(one.id)
        if row is None or (row.status, row.taken, row.due_at) != (one.status, one.taken, one.due_at):
            sync_dispute(config, one.id, now=now)
    return len(seen)


def find_everywhere(*, now: datetime, go_on: Callable[[], bool] = lambda: True) -> None:
    """Read every account's disputes of the last day; once a day those of the last month and all that are still open."""
    last = last_start(DAILY)
    long = last is None or last <= now - EACH
    for config in StripeConfig.objects.order_by("pk"):
        if not go_on():
            return
        try:
            find_disputes(config, since=now - (MONTH if long else DAY), now=now)
            for reference in _still_open(config, now) if long else ():
                sync_dispute(config, reference, now=now)
        except StripeProblem as problem:  # one account's trouble is not the next one's
            log.warning("disputes.not_listed", account=config.account_id, code=problem.code)
            long = False
    if long:
        note_start(DAILY, now=now)


def _still_open(config: StripeConfig, now: datetime) -> list[str]:
    """Return the open disputes that the list of the last month does not show."""
    rows = Dispute.objects.filter(payment__attempt__config=config, closed_at=None, opened_at__lt=now - MONTH)
    return list(rows.values_list("reference", flat=True))


def _payment_of(config: StripeConfig, seen: DisputeObject) -> Payment | None:
    rows = Payment.objects.select_related("location", "member", "company")
    return rows.filter(reference=seen.intent_id, attempt__config=config).first() if seen.intent_id else None


def _write_down(payment: Payment, seen: DisputeObject, *, version: int, now: datetime) -> None:
    shown = Shown(
        reference=seen.id, status=seen.status, amount=seen.amount, currency=seen.currency, reason=seen.reason,
        taken=seen.taken, refundable=seen.refundable, livemode=seen.livemode, opened_at=seen.created,
        due_at=seen.due_at, answered=seen.answered,
    )  # fmt: skip
    with transaction.atomic():
        written = record_dispute(by=STRIPE, payment=payment, shown=shown, version=version, now=now)
        if written:
            _flag(*written, now=now)


def _flag(dispute: Dispute, before: str, *, now: datetime) -> None:
    """Tell managers once that it was opened and once that it is lost; take off their queue what ended well."""
    if dispute.status == S.LOST:
        _close(dispute, F.DISPUTE_OPENED, "Lost", now=now)
        _raise(dispute, F.DISPUTE_LOST, now=now)
    elif not dispute.is_open:
        for kind in (F.DISPUTE_OPENED, F.DISPUTE_LOST):
            _close(dispute, kind, "Ended without a loss", now=now)
    elif not before or dispute.wants_answer:
        _raise(dispute, F.DISPUTE_OPENED, now=now)


def _close(dispute: Dispute, kind: FlagKind, reason: str, *, now: datetime) -> None:
    for flag in dispute.flags.filter(kind=kind, closed_at=None).select_related("attempt__location"):
        close_flag(by=STRIPE, flag=flag, reason=reason, now=now)


def _raise(dispute: Dispute, kind: FlagKind, *, now: datetime) -> None:
    attempt = Attempt.objects.filter(payment=dispute.payment_id).first()
    if attempt is None or AttemptFlag.objects.filter(dispute=dispute, kind=kind).exists():
        return
    said = f"{why_disputed(dispute)} {what_to_do(dispute, now)}"
    AttemptFlag.objects.create(attempt=attempt, dispute=dispute, kind=kind, detail=said[:300], raised_at=now)
    payer = dispute.payment.member or dispute.payment.company
    mail_staff(
        by=STRIPE, kind=NoticeKind.DISPUTE, cause=f"dispute:{dispute.pk}:{kind}", location=dispute.location, now=now,
        facts={"subject": f"{kind.sentence}: {dispute.money}{f', {payer}' if payer else ''}", "said": said,
               "url": dashboard_url(dispute) if dispute.is_open else settings.SITE_URL + reverse("terminal:flags")},
        may=Permission.FLAGS, at=[dispute.location_id],
    )  # fmt: skip
