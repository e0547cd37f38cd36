"""What an account's key is proven to be allowed: reads are tried, writes count as proven once they were used."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.enums import RefundMethod, RefundOrigin
from billing.models import Refund
from flexspace.core import audit
from flexspace.core.actors import Actor
from terminal.enums import AttemptKind
from terminal.models import Attempt, StripeConfig, StripeCustomer
from terminal.models.config import note_right
from terminal.models.customer import CardLink
from terminal.rights import RIGHTS, Right
from terminal.services.asked import asked
from terminal.stripe_client import StripeGateway, StripeRefused


@dataclass(frozen=True, slots=True)
class RightState:
    """A permission with what is known of it: proven, missing or untried."""

    right: Right
    state: str
    at: datetime | None


def check_rights(*, by: Actor, config: StripeConfig) -> None:
    """Try every read once and keep what came of it.

    Raises DomainError when Stripe does not answer, or refuses the key altogether.
    """
    gateway = StripeGateway.of(config)
    for right in RIGHTS:
        if not right.writes:
            allowed = asked(partial(_may_read, gateway, right))
            note_right(config.pk, right.name, "proven" if allowed else "missing")
    config.refresh_from_db()
    with transaction.atomic():
        missing = sorted(name for name, known in config.key_rights.items() if known["state"] == "missing")
        audit.record("terminal.account.rights_tried", by=by, about=[config], after={"missing": missing})


def _may_read(gateway: StripeGateway, right: Right) -> bool:
    try:
        gateway.probe(right.name.removesuffix("_read"))
    except StripeRefused as problem:
        if not problem.lacks:
            raise
        return False
    return True


def rights_of(config: StripeConfig) -> list[RightState]:
    """Return every permission with its state: a 403 says missing until the key is changed, a use says proven."""
    used = _used(config)
    return [_state(config, right, used) for right in RIGHTS]


def _state(config: StripeConfig, right: Right, used: dict[str, datetime]) -> RightState:
    known = config.key_rights.get(right.name, {})
    at = datetime.fromisoformat(known["at"]) if known else None
    last = used.get(right.name)
    if last and (at is None or known["state"] == "proven" or last > at):
        return RightState(right, "proven", last)
    return RightState(right, known["state"], at) if known else RightState(right, "untried", None)


def _used(config: StripeConfig) -> dict[str, datetime]:
    """Return when each write was last done with the key as it is now."""
    attempts = Attempt.objects.filter(config=config)
    charges = attempts.filter(kind__in=(AttemptKind.READER_CHARGE, AttemptKind.OFF_SESSION), remote_id__isnull=False)
    links = attempts.filter(kind=AttemptKind.PAY_LINK, remote_id__isnull=False)
    made = Refund.objects.filter(origin=RefundOrigin.HERE, method=RefundMethod.CARD, reference__isnull=False)
    refunds = made.filter(payment__attempt__config=config, on_reader=False)
    rows: dict[str, tuple[QuerySet[Any], str]] = {
        "terminal_reader_write": (attempts.filter(on_reader_at__isnull=False), "on_reader_at"),
        "payment_intent_write": (charges, "created_at"),
        "setup_intent_write": (attempts.filter(kind=AttemptKind.CARD_CAPTURE, remote_id__isnull=False), "created_at"),
        "customer_write": (StripeCustomer.objects.filter(config=config).exclude(customer_id=""), "created_at"),
        "checkout_session_write": (links, "created_at"),
        "charge_write": (refunds, "sent_at"),
    }
    found = {}
    for name, (query, moment) in rows.items():
        last = query.filter(**{f"{moment}__gte": config.key_changed_at}).order_by(f"-{moment}").values_list(moment)
        if row := last.first():
            found[name] = row[0]
    if config.webhook_url and config.webhook_asked_at and config.webhook_asked_at >= config.key_changed_at:
        found["webhook_write"] = found["customer_write"] = config.webhook_asked_at
    opened = CardLink.objects.filter(config=config, created_at__gte=config.key_changed_at).exclude(session_id="")
    if link := opened.order_by("-created_at").first():
        found["checkout_session_write"] = max(link.created_at, found.get("checkout_session_write", link.created_at))
    return found
