"""Reads of the event log: which rows are wanted, and what of ours each is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from billing.models import Invoice, Payment, SavedCard
from flexspace.core.models import User
from terminal.models import Attempt, Payout, WebhookEvent
from terminal.queries import accounts_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty is everything. ``day`` is UTC's; ``about`` an id of Stripe's or an invoice's number."""

    state: str = ""
    type: str = ""
    day: date | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What of ours an event is about: a sentence, and where that is shown."""

    said: str
    url: str


def event_rows(user: User, wanted: Wanted) -> "QuerySet[WebhookEvent]":
    """Return the events of the person's accounts that are wanted."""
    rows = WebhookEvent.objects.filter(config__in=accounts_of(user)).select_related("config").defer("body")
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.type:
        rows = rows.filter(type=wanted.type)
    if wanted.day:
        begin = datetime(wanted.day.year, wanted.day.month, wanted.day.day, tzinfo=UTC)
        rows = rows.filter(received_at__gte=begin, received_at__lt=begin + timedelta(days=1))
    return rows.filter(_about(user, wanted.about)) if wanted.about else rows


def _about(user: User, text: str) -> Q:
    """Return the condition for an id of Stripe's (of the event, its object, or what it is about) or an invoice."""
    invoice = Invoice.objects.for_user(user).filter(number=text.upper()).first()
    if invoice is None:
        return Q(about_id=text) | Q(object_id=text) | Q(event_id=text)
    attempts = Attempt.objects.filter(allocations__invoice=invoice).values_list("remote_id", "intent_id")
    paid = Payment.objects.filter(allocations__invoice=invoice).values_list("reference", flat=True)
    ids = {one for pair in attempts for one in pair if one} | set(paid)
    return Q(about_id__in=ids) | Q(object_id__in=ids)


def about_rows(user: User, rows: Sequence[WebhookEvent]) -> dict[str, About]:
    """Return by ``about_id`` what of ours the events are about; four queries, however many rows."""
    ids = {row.about_id for row in rows if row.about_id}
    found: dict[str, About] = {}
    for card in SavedCard.objects.for_user(user).filter(payment_method_id__in=ids).select_related("member", "company"):
        payer = card.member or card.company
        kind = "member" if card.member else "company"
        if payer:
            found[card.payment_method_id] = About(
                f"{card}, {payer}", reverse(f"members:{kind}_detail", args=[payer.uuid])
            )
    for payment in Payment.objects.for_user(user).filter(reference__in=ids).select_related("member", "company"):
        said = f"{payment.money}, {payment.member or payment.company or 'nobody yet'}"
        found[payment.reference] = About(said, reverse("billing:payment_detail", args=[payment.uuid]))
    for payout in Payout.objects.filter(config__in=accounts_of(user), stripe_id__in=ids):
        found[payout.stripe_id] = About(f"{payout.money}, payout", reverse("terminal:payout", args=[payout.pk]))
    mine = Attempt.objects.for_user(user).filter(Q(remote_id__in=ids) | Q(intent_id__in=ids))
    for attempt in mine.select_related("member", "company", "reader", "saved_card"):
        said = f"{attempt.asked or 'A card'}, {attempt.member or attempt.company}"
        for one in {attempt.remote_id, attempt.intent_id} & ids:
            found.setdefault(str(one), About(said, reverse("terminal:attempt", args=[attempt.uuid])))
    return found
