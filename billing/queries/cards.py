"""Reads of saved cards."""

from datetime import date

from django.db.models import Q

from billing.models import Consent, SavedCard, SavedCardQuerySet
from flexspace.core.models import Location, User
from members.models import Company, Member

SHOWN = ("consent__location", "member", "company")


def cards_of(payer: Member | Company) -> SavedCardQuerySet:
    """Return the cards of ``payer`` that are there, the default first, each with what it was kept under."""
    rows = SavedCard.objects.filter(removed_at=None).select_related(*SHOWN)
    return rows.filter(member=payer) if isinstance(payer, Member) else rows.filter(company=payer)


def card_at(payer: Member | Company, location: Location) -> SavedCard | None:
    """Return the card that is charged for what ``payer`` owes at ``location``; None when there is none."""
    return cards_of(payer).usable().filter(location=location).first()


def others(card: SavedCard) -> SavedCardQuerySet:
    """Return the other cards of the same payer that are there and may pay the same: by location and account."""
    same = cards_of(card.owner).filter(location=card.location_id, account=card.account, livemode=card.livemode)
    return same.exclude(pk=card.pk)


def heir_of(card: SavedCard, today: date) -> SavedCard | None:
    """Return the card that takes the place of a default that goes on ``today``; None when no other is usable.

    The newest; one that cannot be charged that day only when there is no other.
    """
    left = others(card).usable().order_by("-kept_at", "-pk")
    return min(left, key=lambda other: bool(other.unfit_on(today)), default=None)


def charged_without(consent: Consent, today: date) -> SavedCard | None:
    """Return the card that is charged once ``consent`` is withdrawn on ``today``; None when there is no other there."""
    left = cards_of(consent.owner).usable().filter(location=consent.location).exclude(consent=consent)
    left = left.order_by("-is_default", "-kept_at", "-pk")
    return min(left, key=lambda card: not card.is_default and bool(card.unfit_on(today)), default=None)


def withdrawn_last(payer: Member | Company, user: User) -> Consent | None:
    """Return the consent that ``payer`` took back last, of those a person may see."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    rows = Consent.objects.for_user(user).filter(withdrawn_at__isnull=False, **who)
    found: Consent | None = rows.select_related("location").order_by("-withdrawn_at").first()
    return found


def expiring_cards(user: User, *, before: date) -> SavedCardQuerySet:
    """Return the cards that may be charged and whose last month is over before ``before``, the earliest first.

    Only cards that were kept at the locations of ``user`` count.
    """
    over = Q(exp_year__lt=before.year) | Q(exp_year=before.year, exp_month__lt=before.month)
    rows = SavedCard.objects.for_user(user).usable().filter(over)
    return rows.select_related(*SHOWN).order_by("exp_year", "exp_month", "pk")
