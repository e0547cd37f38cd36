"""Gathers what the rules of collecting need: the invoice, its payer's card, what banks said of it, the day."""

from datetime import datetime

from django.db.models import F

from billing.dunning import NOT_AT_STRIPE, NOTHING_SAID, Card, Case, Said, forbids, hindrance
from billing.enums import CollectionReason, CollectionState, InvoiceState
from billing.models import Collection, Consent, Invoice, InvoiceLine, SavedCard
from billing.queries.notices import invoice_mail
from billing.services.collecting import collection_of
from billing.services.saved_cards import lock_owner
from terminal.enums import AttemptKind
from terminal.models import Attempt, AttemptQuerySet, LocationAccount, StripeConfig


def account_of(invoice: Invoice) -> StripeConfig | None:
    """Return the Stripe account that the invoice's location charges through."""
    found = LocationAccount.objects.select_related("config").filter(location=invoice.location_id).first()
    return found.config if found else None


def card_for(invoice: Invoice, config: StripeConfig | None) -> SavedCard | None:
    """Return the card that would be charged: the payer's default in the account, kept by a consent that holds.

    A consent is about what is owed at one location, so a card that was kept at another one pays nothing here.
    """
    if config is None:
        return None
    cards = SavedCard.objects.usable().filter(account=config.account_id, livemode=config.livemode)
    mine = cards.filter(member=invoice.member_id, company=invoice.company_id, location=invoice.location_id)
    mine = mine.select_related("consent")
    return mine.order_by("-is_default", "-pk").first()


def case_of(collection: Collection, card: SavedCard | None, config: StripeConfig | None, *, now: datetime) -> Case:
    """Return what the rules need to know of a collection whose invoice is locked and was read after that.

    ``card`` would be charged, through the account of ``config``.
    """
    invoice = collection.invoice
    today = invoice.location.today(now)
    return Case(
        today=today,
        due_on=invoice.due_date or today,
        state=CollectionState(collection.state),
        next_try_on=collection.next_try_on,
        first_try_on=collection.first_try_on,
        tries=collection.tries,
        void=invoice.state != InvoiceState.ISSUED,
        paid=not invoice.open_amount,
        plan_ended=_plan_ended(invoice),
        withdrawn=card is None and _withdrawn(invoice),
        card=_card(invoice, card, now=now) if card else None,
        mail=invoice_mail(invoice),
        waived=collection.mail_waived,
        account=config is not None,
        reopened=invoice.reopened_at is not None,
    )


def hindrance_now(invoice: Invoice, card: SavedCard | None, config: StripeConfig, *, now: datetime) -> CollectionReason:
    """Return why ``card`` must not be charged for ``invoice`` now: the last look, with the invoice locked."""
    collection = collection_of(invoice)
    if collection is None or card is None:
        return CollectionReason.NO_CARD
    lock_owner(card.owner)  # whoever takes a consent back waits, and finds this charge committed before
    fresh = SavedCard.objects.usable().filter(pk=card.pk, location=invoice.location_id).first()
    return hindrance(case_of(collection, fresh, config, now=now))


def _plan_ended(invoice: Invoice) -> bool:
    """Return whether a line bills time after its membership's last day."""
    return InvoiceLine.objects.filter(invoice=invoice, membership__ends_on__lt=F("period_start")).exists()


def _withdrawn(invoice: Invoice) -> bool:
    """Return whether the payer's latest word at the location was to charge no card any more."""
    given = Consent.objects.filter(member=invoice.member_id, company=invoice.company_id, location=invoice.location_id)
    latest = given.order_by("-pk").first()
    return latest is not None and not latest.holds


def _card(invoice: Invoice, card: SavedCard, *, now: datetime) -> Card:
    """Return the card with what was said of it for this invoice.

    Kept anew, the same plastic may be asked again, unless the bank advised not to try it any more. What was said of
    the card itself when it was charged for another invoice holds here too. A charge that is reserved, or that ended
    before any bank was asked, is no try.
    """
    charges = Attempt.objects.filter(kind=AttemptKind.OFF_SESSION, allocations__invoice=invoice).order_by("-pk")
    same = charges.filter(saved_card=card)
    words = _heard(same)
    if not words and card.fingerprint:
        before = _heard(charges.filter(saved_card__fingerprint=card.fingerprint))
        words = [said for said in before if forbids(said) is CollectionReason.CARD_REFUSED]
    expired = card.expired_on(invoice.location.today(now))
    said = words[0] if words else NOTHING_SAID
    return Card(expired=expired, tried=bool(words), begun=same.exists(), said=said, refused=card.refused)


def _heard(charges: AttemptQuerySet) -> list[Said]:
    """Return what banks and Stripe said of cards in ``charges``, the newest first."""
    rows = charges.values_list("remote_id", "last_code", "last_decline_code", "last_advice")[:9]
    return [Said(*said) for remote_id, *said in rows if remote_id or said[0] == NOT_AT_STRIPE]
