"""Cards kept for later charges: written down when Stripe has one, by the consent it was kept under, and removed.

Everything about the cards of one payer happens under that payer's row lock, so that there is one default, or none,
at each location: a consent is about one of them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction

from billing.enums import CollectionReason
from billing.explain.collecting import REASONS
from billing.models import Consent, SavedCard
from billing.queries.cards import heir_of, others
from billing.services.card_mails import tell_kept
from billing.signals import card_removed
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict
from members.models import Company, Member

KEPT_AGAIN = "Kept again"
NEW_TO_ITS_BANK = {"brand", "last4", "exp_month", "exp_year", "fingerprint"}  # what makes it another card to the bank


@dataclass(frozen=True, slots=True)
class KeptCard:
    """What Stripe shows of a card it keeps; ids are Stripe's."""

    payment_method_id: str
    customer_id: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None
    fingerprint: str
    funding: str
    country: str
    wallet: str
    redisplay: str


def lock_owner(owner: Member | Company) -> Member | Company:
    """Lock whose cards they are until the transaction ends, and return the row as it is now."""
    rows = Member.objects if isinstance(owner, Member) else Company.objects
    locked: Member | Company = rows.select_for_update(of=("self",), no_key=True).get(pk=owner.pk)
    return locked


@transaction.atomic
def keep_card(
    *, by: Actor, consent: Consent, card: KeptCard, account: str, livemode: bool, origin: str, now: datetime
) -> SavedCard:
    """Write down a card that Stripe keeps for whom gave ``consent``; the newest is their default where they gave it.

    A second call for the same PaymentMethod returns the row of the first and changes nothing. The same plastic that
    was kept before there is replaced: one row and one PaymentMethod remain, under what was agreed to last. When the
    consent does not hold any more, or its giver was archived, the row is written as removed, and Stripe is told to
    forget it.
    """
    owner = lock_owner(consent.owner)
    found = SavedCard.objects.filter(account=account, livemode=livemode, payment_method_id=card.payment_method_id)
    known = found.select_related("consent").first()
    if known:
        return known
    dropped = _why_dropped(consent, owner)
    mine = SavedCard.objects.filter(
        member=consent.member, company=consent.company, location=consent.location, account=account,
        livemode=livemode, removed_at=None,
    )  # fmt: skip
    before = None if dropped else mine.filter(is_default=True).first()
    if before:
        mine.filter(is_default=True).update(is_default=False)
    row = SavedCard.objects.create(
        member=consent.member,
        company=consent.company,
        consent=consent,
        location=consent.location,
        account=account,
        livemode=livemode,
        customer_id=card.customer_id,
        payment_method_id=card.payment_method_id,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        fingerprint=card.fingerprint,
        funding=card.funding,
        country=card.country,
        wallet=card.wallet,
        off_session_only=bool(card.wallet),
        redisplay=card.redisplay,
        origin=origin,
        is_default=not dropped,
        kept_at=now,
        removed_at=now if dropped else None,
        removed_reason=dropped,
        detach_due_at=now if dropped else None,
    )
    if dropped:
        _record("billing.card.dropped", by, row, reason=dropped)
        _tell(row)
    else:
        _record("billing.card.kept", by, row, instead_of=str(before or ""))
        _replace(by, row, [each for each in mine.exclude(pk=row.pk) if _same_plastic(each, row)], now=now)
        tell_kept(row, now=now)
    return row


def _why_dropped(consent: Consent, owner: Member | Company) -> str:
    """Return why a card may not be kept after all, from the rows as they are under the lock; empty when it may."""
    if isinstance(owner, Member) and owner.archived_at:
        return "Archived"
    return "" if Consent.objects.filter(pk=consent.pk, withdrawn_at=None).exists() else "Consent withdrawn"


def _same_plastic(one: SavedCard, other: SavedCard) -> bool:
    """Return whether two rows are one card. A phone's card is another one than the plastic: it can do less."""
    return bool(one.fingerprint) and one.fingerprint == other.fingerprint and bool(one.wallet) == bool(other.wallet)


def _replace(by: Actor, row: SavedCard, older: list[SavedCard], *, now: datetime) -> None:
    for card in older:
        card.replaced_by = row
        card.save(update_fields=["replaced_by"])
        remove_locked(by=by, card=card, reason=KEPT_AGAIN, now=now)


@transaction.atomic
def set_default(*, by: Actor, card: SavedCard) -> SavedCard:
    """Make ``card`` the one that is charged. Raises Conflict when it was removed; no change when it is already."""
    lock_owner(card.owner)
    row = SavedCard.objects.select_related("consent__location", "member", "company").get(pk=card.pk)
    if row.removed_at or not row.consent.holds:
        raise Conflict(f"{row} was removed meanwhile. Reload the page.", code="card_removed")
    if not row.is_default:
        before = others(row).filter(is_default=True).first()
        others(row).filter(is_default=True).update(is_default=False)
        _make_default(by, row, instead_of=before)
    return row


@transaction.atomic
def remove_card(*, by: Actor, card: SavedCard, reason: str, now: datetime, at_stripe: bool = True) -> SavedCard | None:
    """Remove a card: it is charged never again, and Stripe is told to forget it unless it has done so itself.

    Returns the card that is the default from now on, the newest usable one; None when none is left. A second call
    changes nothing.
    """
    reason = refuse_card_number(reason.strip())[:300]
    lock_owner(card.owner)
    row = SavedCard.objects.select_related("consent__location", "member", "company").get(pk=card.pk)
    if row.removed_at is None:
        remove_locked(by=by, card=row, reason=reason, now=now, at_stripe=at_stripe)
    return others(row).filter(is_default=True).first()


def remove_locked(*, by: Actor, card: SavedCard, reason: str, now: datetime, at_stripe: bool = True) -> None:
    """Remove a card that is there, its owner being locked, and let the next usable one take its place."""
    was_default = card.is_default
    card.is_default, card.removed_at, card.removed_reason = False, now, reason
    card.detach_due_at = now if at_stripe else None
    card.save(update_fields=["is_default", "removed_at", "removed_reason", "detach_due_at"])
    _record("billing.card.replaced" if card.replaced_by_id else "billing.card.removed", by, card, reason=reason)
    if at_stripe:
        _tell(card)
    if was_default:
        _promote(by, card, now=now)


def remove_all(*, by: Actor, owner: Member | Company, reason: str, now: datetime) -> None:
    """Remove every card of somebody who leaves, in the caller's transaction the owner being locked."""
    cards = SavedCard.objects.filter(removed_at=None).select_related("consent__location", "member", "company")
    mine = cards.filter(member=owner) if isinstance(owner, Member) else cards.filter(company=owner)
    for card in mine.order_by("is_default"):
        remove_locked(by=by, card=card, reason=reason, now=now)


@transaction.atomic
def refresh_card(*, by: Actor, card: SavedCard, seen: KeptCard) -> bool:
    """Write down what Stripe shows of a card now: banks renew cards by themselves. Return whether that is news."""
    lock_owner(card.owner)
    row = SavedCard.objects.select_related("consent__location", "member", "company").get(pk=card.pk)
    names = ["brand", "last4", "exp_month", "exp_year", "fingerprint", "funding", "country", "redisplay"]
    changed = {name: getattr(seen, name) for name in names if getattr(row, name) != getattr(seen, name)}
    if not changed or row.removed_at:
        return False
    before = str(row)
    for name, value in changed.items():
        setattr(row, name, value)
    if NEW_TO_ITS_BANK & changed.keys():
        row.refused_on, row.refused_why = None, ""
    row.save(update_fields=[*changed, "refused_on", "refused_why"])
    _record("billing.card.renewed", by, row, before=before)
    return True


@transaction.atomic
def bank_refused(*, by: Actor, card: SavedCard, on: date, why: CollectionReason) -> None:
    """Write down that a card may be charged for nothing any more since the day ``on``; a second call does nothing.

    ``why`` is one of dunning.CONDEMNS. It holds until Stripe shows the card renewed. The owner is locked, so that who
    renews or removes a card of theirs, or lets another one take its place, does not write over it.
    """
    lock_owner(card.owner)
    here = SavedCard.objects.filter(pk=card.pk, refused_on=None, removed_at=None)
    if here.update(refused_on=on, refused_why=why):
        rows = SavedCard.objects.select_related("consent__location", "member", "company")
        _record("billing.card.refused", by, rows.get(pk=card.pk), reason=REASONS[why])


@transaction.atomic
def forgotten_at_stripe(*, by: Actor, card: SavedCard) -> None:
    """Write down that Stripe has forgotten a removed card; a second call changes nothing."""
    if SavedCard.objects.filter(pk=card.pk, detach_due_at__isnull=False).update(detach_due_at=None):
        rows = SavedCard.objects.select_related("consent__location", "member", "company")
        _record("billing.card.forgotten", by, rows.get(pk=card.pk))


def _promote(by: Actor, gone: SavedCard, *, now: datetime) -> None:
    """Let the next usable card be the default."""
    heir = heir_of(gone, gone.consent.location.today(now))
    if heir:
        _make_default(by, heir, instead_of=gone)
    else:
        _record("billing.card.none_left", by, gone)


def _make_default(by: Actor, card: SavedCard, *, instead_of: SavedCard | None) -> None:
    card.is_default = True
    card.save(update_fields=["is_default"])
    _record("billing.card.default", by, card, instead_of=str(instead_of or ""))


def _tell(card: SavedCard) -> None:
    """Let terminal know, after the commit, that Stripe must forget a card; what is lost is found by the schedule."""
    transaction.on_commit(partial(card_removed.send_robust, sender=SavedCard, card_id=card.pk), robust=True)


def _record(
    action: str, by: Actor, card: SavedCard, *, reason: str = "", before: str = "", instead_of: str = ""
) -> None:
    after = {
        "card": str(card),
        "expires": card.expires,
        "purpose": card.consent.get_purpose_display().lower(),
        "wording": card.consent.wording_version,
        "payment_method": card.payment_method_id,
        **({"instead_of": instead_of} if instead_of else {}),
    }
    audit.record(
        action, by=by, about=[card, card.consent, card.owner], location=card.consent.location,
        before={"card_before": before} if before else {}, after=after, reason=reason,
    )  # fmt: skip
