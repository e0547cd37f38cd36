"""Reads of what is collected from saved cards: the worklist, the month's picture, what the desk should ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from billing.enums import DUE_STATES, OPEN_STATES, CollectionReason, CollectionState, InvoiceState
from billing.models import Collection, Invoice, SavedCard
from billing.rules import percent_paid
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.models import Company, Member

S, R = CollectionState, CollectionReason
COLLECTION_TABS = {  # what people have to do comes first
    "held": "Held up",
    "card": "Needs card",
    "authentication": "Needs authentication",
    "due": "Due today",
    "retry": "Retry",
    "stopped": "Stopped",
    "scheduled": "Scheduled",
    "collected": "Collected",
}
_STATES = {
    "card": S.NEEDS_CARD,
    "authentication": S.NEEDS_AUTHENTICATION,
    "stopped": S.STOPPED,
    "collected": S.COLLECTED,
}
MAX_ASKED = 20  # invoices of one payer that the desk is reminded of
MAX_COUNTED = 100  # more of what is over are not counted
HELD = Q(state__in=DUE_STATES) & (
    Q(stop_reason=R.NO_ACCOUNT) | Q(stop_reason=R.MAIL_NOT_SENT) | Q(stop_reason__startswith=f"{R.MAIL_NOT_SENT}: ")
)  # of what is due, as Collection.held_up_on


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a month's money: how much, of how many invoices, and where it is drawn, in per cent."""

    name: str
    money: Money
    invoices: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class MonthPicture:
    """What saved cards should bring in one currency in the month of ``first``, the parts of it, and how much came.

    ``collected`` is money that came, however it came; the other parts are what is still open.
    """

    first: date
    total: Money
    collected: Money
    percent: int
    shares: tuple[Share, ...]


def collection_list(user: User, *, tab: str, now: datetime) -> tuple["QuerySet[Collection]", tuple[str, ...]]:
    """Return the collections of a tab (a key of COLLECTION_TABS) and the order a keyset page walks them in."""
    order = {"held": ("pk",), "due": ("pk",), "retry": ("next_try_on", "pk"), "scheduled": ("next_try_on", "pk")}
    today = _due_today(user, now) if tab in ("held", "due", "retry", "scheduled") else Q()
    return collections_for(user).filter(_where(tab, today)), order.get(tab, ("-pk",))


def tab_counts(user: User, *, now: datetime) -> dict[str, int]:
    """Return how many collections are in each tab but the last, which grows for ever; three queries.

    Of what was stopped, and nobody has paid since, MAX_COUNTED are counted at most.
    """
    today, live = _due_today(user, now), [tab for tab in COLLECTION_TABS if tab not in ("stopped", "collected")]
    rows = Collection.objects.for_user(user).order_by()
    counts = rows.filter(state__in=OPEN_STATES).aggregate(
        **{tab: Count("pk", filter=_where(tab, today)) for tab in live}
    )
    stopped = rows.filter(state=S.STOPPED, invoice__open_amount__gt=0)[:MAX_COUNTED].count()
    return {tab: stopped if tab == "stopped" else counts[tab] for tab in COLLECTION_TABS if tab != "collected"}


def first_tab(counts: Mapping[str, int]) -> str:
    """Return the tab a page opens with: the first one in which there is anything."""
    return next((tab for tab, count in counts.items() if count), "due")


def tab_of(row: Collection, today: date) -> str:
    """Return the tab in which ``row`` is found on the day ``today`` of its location."""
    if row.held_up_on(today):
        return "held"
    if row.state == S.TRYING or (row.next_try_on and row.next_try_on <= today):
        return "due"
    tabs = {state: tab for tab, state in _STATES.items()}
    return tabs.get(S(row.state), str(row.state))


def _where(tab: str, today: Q) -> Q:
    """Return what is in a tab; ``today`` is what is due, which some of them ask for."""
    if tab == "held":
        return HELD & today
    if tab == "due":
        return (today & ~HELD) | Q(state=S.TRYING)
    if tab == "retry":
        return Q(state=S.RETRY, next_try_on__isnull=False) & ~(HELD & today)
    if tab == "scheduled":
        return Q(state=S.SCHEDULED, next_try_on__isnull=False) & ~today
    return Q(state=_STATES[tab])


def collections_for(user: User) -> "QuerySet[Collection]":
    """Return collections of the person's locations with what a row shows."""
    rows: QuerySet[Collection] = Collection.objects.for_user(user)
    return rows.select_related("location", "invoice__location", "invoice__member", "invoice__company")


def _due_today(user: User, now: datetime) -> Q:
    where = Q(pk=None)
    for location in Location.objects.for_user(user):
        where |= Q(location=location, next_try_on__lte=location.today(now))
    return Q(state__in=DUE_STATES) & where


def may_be_charged(row: Collection, card: SavedCard | None, today: date) -> bool:
    """Return whether a page should offer to charge ``card`` on ``today``; the rules look again before that is done.

    What waits for another card waits for one that was kept after the last try.
    """
    invoice = row.invoice
    if row.state in (S.TRYING, S.COLLECTED) or card is None or card.unfit_on(today) or not invoice.open_amount:
        return False
    waits = row.state in (S.NEEDS_CARD, S.NEEDS_AUTHENTICATION) and row.last_tried_at is not None
    if waits and card.kept_at <= (row.last_tried_at or card.kept_at):
        return False
    return invoice.due_date is not None and invoice.due_date <= today


def charge_from(row: Collection, card: SavedCard | None, today: date) -> date | None:
    """Return the day from which staff may charge ``card`` by hand, when that is still to come; else None.

    Nobody agreed to be charged before the due date, so people wait for it too.
    """
    due = row.invoice.due_date
    if due is None or due <= today or card is None or card.unfit_on(due):
        return None
    return due if row.state in DUE_STATES and row.invoice.open_amount else None


def cards_of(rows: Sequence[Collection]) -> dict[int, SavedCard]:
    """Return collection id → the card that would be charged, by one query; who has none is missing.

    A card pays only where its consent was given.
    """
    members = {row.invoice.member_id for row in rows if row.invoice.member_id}
    companies = {row.invoice.company_id for row in rows if row.invoice.company_id}
    if not members and not companies:
        return {}
    cards = SavedCard.objects.usable().filter(Q(member__in=members) | Q(company__in=companies), is_default=True)
    found: dict[tuple[int | None, int | None, int], SavedCard] = {}
    for card in cards:
        found[card.member_id, card.company_id, card.location_id] = card
    wanted = {row.pk: (row.invoice.member_id, row.invoice.company_id, row.location_id) for row in rows}
    return {pk: found[key] for pk, key in wanted.items() if key in found}


def how_collected(invoice: Invoice) -> tuple[Collection, SavedCard | None] | None:
    """Return how ``invoice`` is collected and the card that would be charged; None when it is not collected."""
    row = Collection.objects.filter(invoice=invoice).first()
    if row is None:
        return None
    row.invoice = invoice
    return row, cards_of([row]).get(row.pk)


def charged_on(invoice: Invoice, today: date) -> date | None:
    """Return the day on which a saved card pays ``invoice`` by itself; None when somebody has to pay it."""
    row, card = (how_collected(invoice) if invoice.auto_collect else None) or (None, None)
    if row is None or row.reason is R.NO_ACCOUNT or row.state not in (*DUE_STATES, S.TRYING):
        return None
    day = max(row.next_try_on or today, today)
    return day if row.state == S.TRYING or (card and not card.unfit_on(day)) else None


def count_open(payer: Member | Company, location: Location) -> int:
    """Return how many invoices of ``payer`` a saved card is still to pay at ``location``."""
    who = {"invoice__member": payer} if isinstance(payer, Member) else {"invoice__company": payer}
    rows = Collection.objects.filter(location=location, state__in=OPEN_STATES, invoice__auto_collect=True, **who)
    return rows.count()


def month_pictures(user: User, today: date) -> list[MonthPicture]:
    """Return how far the month of ``today`` is collected, one picture a currency, by one query."""
    first = today.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    rows = (
        Collection.objects.for_user(user)
        .filter(invoice__due_date__gte=first, invoice__due_date__lt=after, invoice__state=InvoiceState.ISSUED)
        .order_by()
        .annotate(part=Case(When(HELD & Q(next_try_on__lte=today), then=Value(_HELD)), default=F("state")))
        .values("invoice__currency", "part")
        .annotate(total=Sum("invoice__total_amount"), left=Sum("invoice__open_amount"), invoices=Count("pk"))
    )
    by_currency: dict[str, dict[str, tuple[int, int, int]]] = {}
    for row in rows:
        parts = by_currency.setdefault(row["invoice__currency"], {})
        parts[row["part"]] = (row["total"] - row["left"], row["left"], row["invoices"])
    return [_picture(first, currency, parts) for currency, parts in sorted(by_currency.items())]


# The parts of what is still open, and the states each is made of.
_HELD = "held"
_PARTS: dict[str, tuple[str, ...]] = {
    "Scheduled": (S.SCHEDULED, S.TRYING),
    "Tried again": (S.RETRY,),
    "Needs somebody": (S.NEEDS_CARD, S.NEEDS_AUTHENTICATION, _HELD),
    "Stopped": (S.STOPPED,),
}


def _picture(first: date, currency: str, states: dict[str, tuple[int, int, int]]) -> MonthPicture:
    """Return the picture of ``states``: what came, what is open, and of how many invoices."""
    nothing = (0, 0, 0)
    came = sum(paid for paid, _left, _invoices in states.values())
    parts = [("Collected", came, states.get(S.COLLECTED, nothing)[2])]
    for name, of in _PARTS.items():
        found = [states.get(state, nothing) for state in of]
        parts.append((name, sum(left for _paid, left, _n in found), sum(n for _paid, _left, n in found)))
    total = sum(amount for _name, amount, _count in parts)
    shares, drawn, reached = [], 0, 0
    for name, amount, count in parts:
        reached += amount
        end = percent_paid(reached, total) or 0
        if count or amount:
            shares.append(Share(name, Money(amount, currency), count, drawn, end - drawn))
        drawn = end
    percent = percent_paid(came, total) or 0
    return MonthPicture(first, Money(total, currency), Money(came, currency), percent, tuple(shares))


def to_ask(payer: Member | Company, user: User) -> list[Collection]:
    """Return the invoices that the desk should ask ``payer`` about at this visit, the oldest first."""
    who = {"invoice__member": payer} if isinstance(payer, Member) else {"invoice__company": payer}
    rows = collections_for(user).filter(at_desk=True, invoice__open_amount__gt=0, **who)
    return list(rows.order_by("pk")[:MAX_ASKED])
