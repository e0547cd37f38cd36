"""After a restored backup: reads what Stripe knows, books what is ours, and notes what this database never heard of."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Q, QuerySet

from billing.models import Payment
from flexspace.core.models import Restore
from flexspace.core.restored import note_found
from terminal.enums import AttemptState
from terminal.models import Attempt, StripeConfig
from terminal.rules import NOT_AT_STRIPE
from terminal.services import compare as books
from terminal.services.recheck import MAY_EXIST, UNPAID, recheck
from terminal.services.step import only_look
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused
from terminal.stripe_client.intents import PaidIntent

BACK = timedelta(days=30)
AGAIN, LATELY = timedelta(minutes=5), timedelta(minutes=15)  # compared again by itself; too old to confirm by
PART = "stripe"
log = structlog.get_logger(__name__)


def compare_everything(restore: Restore, *, now: datetime, go_on: Callable[[], bool] = lambda: True) -> None:
    """Compare every account that was not compared lately, and read what ended unpaid. What fails is tried again."""
    for config in uncompared(restore, now, lately=AGAIN):
        try:
            compare(config, restore, now=now)
        except StripeProblem as problem:  # one account's trouble is not the next one's
            log.warning("restored.not_compared", account=config.account_id, code=problem.code)
        if not go_on():
            return
    for attempt_id in list(unread(restore, now).values_list("pk", flat=True)[:200]):
        if not recheck(attempt_id, now=now):
            Attempt.objects.filter(pk=attempt_id).update(rechecked_at=None)
        if not go_on():
            return


def compare(config: StripeConfig, restore: Restore, *, now: datetime) -> None:
    """Read an account's open payments, its refunds and what was paid in the last 30 days. Raises StripeProblem."""
    for attempt in Attempt.objects.live().filter(config=config, created_at__lte=restore.declared_at):
        try:
            only_look(attempt, now=now)
        except StripeRefused as problem:
            if problem.code != NOT_AT_STRIPE:
                raise
    if not books.compare(config, month=True, now=now):
        return  # it says why, and is tried again
    paid = StripeGateway.of(config).paid_since(restore.declared_at - BACK)
    known = _known(paid)
    unknown = [one.as_facts() for one in paid if one.id not in known]
    note_found(restore.pk, PART, str(config.pk), {"at": now.isoformat(), "unknown": unknown})


def uncompared(restore: Restore, now: datetime, *, lately: timedelta = LATELY) -> list[StripeConfig]:
    """Return the accounts that were not compared ``lately``: a customer may pay an old payment page at any moment."""
    done = Restore.objects.values_list("found", flat=True).get(pk=restore.pk).get(PART, {})
    fresh = {key for key, seen in done.items() if now - datetime.fromisoformat(seen["at"]) < lately}
    return [config for config in StripeConfig.objects.order_by("pk") if str(config.pk) not in fresh]


def unread(restore: Restore, now: datetime) -> "QuerySet[Attempt]":
    """Return what ended unpaid in the last 30 days, as this database has it, and was not read since the restore."""
    stale = Q(rechecked_at=None) | Q(rechecked_at__lt=restore.declared_at)
    rows = Attempt.objects.filter(stale, MAY_EXIST, state__in=UNPAID, finished_at__gte=restore.declared_at - BACK)
    return rows.filter(finished_at__lte=restore.declared_at).order_by("finished_at")


def unknown_money(restore: Restore) -> list[dict[str, Any]]:
    """Return what was paid at Stripe and is not booked here, as it was compared; what was booked since is left out."""
    found = [one for part in restore.found.get(PART, {}).values() for one in part["unknown"]]
    booked = set(Payment.objects.filter(reference__in=[one["id"] for one in found]).values_list("reference", flat=True))
    return [one for one in found if one["id"] not in booked]


def booked_since(restore: Restore) -> "QuerySet[Attempt]":
    """Return the payments from before the restore that were found paid by reading Stripe since."""
    rows = Attempt.objects.filter(
        state=AttemptState.SUCCEEDED, payment__isnull=False, finished_at__gte=restore.declared_at
    )
    return rows.filter(created_at__lte=restore.declared_at).select_related("member", "company", "payment", "location")


def _known(paid: Iterable[PaidIntent]) -> set[str]:
    """Return the ids that a payment here is booked under."""
    ids = [one.id for one in paid]
    return set(Payment.objects.filter(reference__in=ids).values_list("reference", flat=True))
