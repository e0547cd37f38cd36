"""Whom Stripe knows: a member or company gets one Customer in each account, before a card of theirs is kept."""

from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from members.models import Company, Member
from terminal.models import StripeConfig, StripeCustomer
from terminal.rules import TRY_AGAIN_STATUSES
from terminal.stripe_client import StripeGateway, StripeProblem

log = structlog.get_logger(__name__)


def ensure_customer(config: StripeConfig, payer: Member | Company, *, location: Location, timeout: int) -> str:
    """Return the payer's Customer id in ``config``, made now when there is none.

    The row is committed before the call and its key never means another body, so a crash or a second caller gets the
    same Customer. Raises StripeProblem when Stripe does not answer.
    """
    who: dict[str, Any] = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    row, _made = StripeCustomer.objects.get_or_create(config=config, **who)
    if row.customer_id:
        return row.customer_id
    gateway = StripeGateway.of(config)
    try:
        customer_id = gateway.create_customer(
            key=f"cus:{payer.uuid}:{row.seq}",
            metadata={"installation": settings.INSTALLATION, "payer": str(payer.uuid)},
            timeout=timeout,
        )
    except StripeProblem as problem:
        _next_key(row, problem)
        raise
    with transaction.atomic():
        if StripeCustomer.objects.filter(pk=row.pk, seq=row.seq, customer_id="").update(customer_id=customer_id):
            audit.record(
                "terminal.customer.made", by=Actor.stripe(), about=[payer], location=location,
                after={"customer": customer_id, "account": config.account_id},
            )  # fmt: skip
    try:
        gateway.name_customer(customer_id, name=payer.name, email=payer.email, timeout=timeout)
    except StripeProblem as problem:  # only for people who look in the Dashboard
        log.info("customer.not_named", customer=customer_id, code=problem.code)
    return customer_id


def _next_key(row: StripeCustomer, problem: StripeProblem) -> None:
    """After a failure that Stripe would only repeat for a day under the same key, also a 5xx, the next try has another.

    At worst that leaves a Customer without a card at Stripe. No answer, 409 and 429 keep the key.
    https://docs.stripe.com/api/idempotent_requests
    """
    if problem.status not in (0, *TRY_AGAIN_STATUSES):
        StripeCustomer.objects.filter(pk=row.pk, seq=row.seq, customer_id="").update(seq=F("seq") + 1)


def forget_customer(config: StripeConfig, customer_id: str) -> None:
    """Stripe no longer knows ``customer_id``: the next time another Customer is made, under another key."""
    with transaction.atomic():
        row = StripeCustomer.objects.select_for_update().filter(config=config, customer_id=customer_id).first()
        if row is None:
            return
        StripeCustomer.objects.filter(pk=row.pk).update(customer_id="", seq=row.seq + 1)
        payer = row.member or row.company
        assert payer is not None
        audit.record(
            "terminal.customer.gone", by=Actor.stripe(), about=[payer], location=payer.location,
            before={"customer": customer_id, "account": config.account_id},
        )  # fmt: skip
