"""Opens and closes the rows in which Stripe's books and ours differ: one a Stripe object and kind."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing.models import Payment, Refund
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.models import Location
from flexspace.core.money import Money
from terminal.enums import DifferenceKind
from terminal.models import Difference, StripeConfig

JOB = Actor.job("terminal.compare")


@dataclass(frozen=True, slots=True)
class Found:
    """What differs: both sides (None: there is nothing), and our rows, as far as there are any."""

    kind: DifferenceKind
    theirs: Money | None = None
    ours: Money | None = None
    payment: Payment | None = None
    refund: Refund | None = None
    detail: str = ""

    @property
    def location(self) -> Location | None:
        """Return the place whose managers are concerned; None where only the account is known."""
        row = self.payment or self.refund
        return row.location if row else None

    def facts(self) -> dict[str, object]:
        """Return the columns of the row that follow what was seen."""
        return {
            "theirs": self.theirs.amount if self.theirs else None,
            "their_currency": self.theirs.currency if self.theirs else "",
            "ours": self.ours.amount if self.ours else None,
            "our_currency": self.ours.currency if self.ours else "",
            "payment": self.payment,
            "refund": self.refund,
            "location": self.location,
            "detail": self.detail[:300],
        }


@transaction.atomic
def note(
    config: StripeConfig, stripe_id: str, found: Found | None, *, of: Collection[DifferenceKind], now: datetime
) -> None:
    """Write down how an object of Stripe's stands: ``found``, and none of the other kinds ``of`` this comparison.

    One that a person closed opens again only when its amounts changed since.
    """
    rows = Difference.objects.select_for_update().filter(config=config, stripe_id=stripe_id, kind__in=of)
    known = {row.kind: row for row in rows.order_by("pk")}
    for row in known.values():
        if row.closed_at is None and (found is None or row.kind != found.kind):
            _close(row, by=JOB, reason="It no longer differs.", now=now)
    if found is None:
        return
    same = known.get(found.kind)
    if same is None:
        row, made = Difference.objects.get_or_create(
            config=config, stripe_id=stripe_id, kind=found.kind,
            defaults={"first_seen": now, "last_seen": now, **found.facts()},
        )  # fmt: skip
        if made:
            _record(row, "found", by=JOB)
        return
    facts = found.facts()
    moved = any(getattr(same, name) != facts[name] for name in ("theirs", "their_currency", "ours", "our_currency"))
    again = same.closed_at is not None and (same.closed_by_id is None or moved)
    if again:
        facts |= {"closed_at": None, "closed_by": None, "close_reason": ""}
    for name, value in {**facts, "last_seen": now}.items():
        setattr(same, name, value)
    same.save()
    if again:
        _record(same, "found", by=JOB)


@transaction.atomic
def close(*, by: Actor, difference: Difference, reason: str, now: datetime) -> bool:
    """Close a difference that a person has dealt with; a second closing changes nothing. Return whether it did."""
    row = Difference.objects.select_for_update().filter(pk=difference.pk, closed_at=None).first()
    if row is None:
        return False
    _close(row, by=by, reason=reason, now=now)
    return True


def _close(row: Difference, *, by: Actor, reason: str, now: datetime) -> None:
    row.closed_at, row.closed_by_id, row.close_reason = now, by.user_id, reason[:300]
    row.save(update_fields=["closed_at", "closed_by", "close_reason"])
    _record(row, "closed", by=by, reason=reason)


def _record(row: Difference, what: str, *, by: Actor, reason: str = "") -> None:
    about = [row, row.config, *[one for one in (row.payment, row.refund) if one]]
    money = row.at_stripe or row.here
    after = {"kind": row.kind, "stripe_id": row.stripe_id}
    after |= {"amount": money.amount, "currency": money.currency} if money else {}  # type: ignore[dict-item]
    audit.record(f"terminal.difference.{what}", by=by, about=about, location=row.location, after=after, reason=reason)
