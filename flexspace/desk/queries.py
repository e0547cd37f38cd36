"""Reads of the counter: who was found, who stands there, what is in the cart, how it ended, and the day so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from billing.enums import InvoiceState
from billing.explain import badge
from billing.models import Allocation, Invoice, InvoiceLine, Payment, Sale, netted
from billing.queries import Debt, PayerKey, debts, open_invoices
from billing.services import signups
from flexspace.core.badges import Badge
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.explain.costs import day_words
from members.explain.passes import left_words
from members.models import CheckIn, Company, DayPass, Member, Membership, SeatHold
from members.passes import Seats
from members.queries import search
from members.queries.passes import credits_left, in_house, seats_on
from terminal.models import Attempt
from terminal.queries import attempts_of_invoice

LIMIT = 8
SHOWN_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody who was found: what they owe, how many passes they have here, and whether they are here."""

    payer: Member | Company
    kind: str
    owes: list[Money]
    passes: int = 0
    here: bool = False


def find(user: User, text: str, place: Location, *, now: datetime) -> list[Hit]:
    """Return who matches what was typed, people first; at most five queries."""
    found = search(user, " ".join(text.replace("\x00", " ").split())[:100], limit=LIMIT)
    if not found:
        return []
    members, companies = found.members, found.companies
    owing = debts(user=user, member_ids=[row.pk for row in members], company_ids=[row.pk for row in companies])
    today = place.today(now)
    passes = credits_left(members, place, on=today) if members else {}
    rows = CheckIn.objects.filter(member__in=members, location=place, on_date=today, undone_at=None)
    here = set(rows.values_list("member", flat=True)) if members else set()
    people = [
        Hit(row, "member", _owes(owing, "member", row.pk), passes.get(row.pk, 0), row.pk in here) for row in members
    ]
    return people + [Hit(row, "company", _owes(owing, "company", row.pk)) for row in companies]


def _owes(owing: dict[PayerKey, list[Debt]], kind: str, pk: int) -> list[Money]:
    return [debt.money for debt in owing.get((kind, pk), [])]


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice that can go into the payment. ``ticked``: it does."""

    invoice: Invoice
    badge: Badge
    ticked: bool


def owed_here(payer: Member | Company, place: Location, sale: Sale | None, *, now: datetime) -> list[Owed]:
    """Return the payer's open invoices at ``place``, oldest first.

    Without a sale all are ticked but those whose saved card is charged by itself when they are due.
    """
    rows = open_invoices(payer).filter(location=place).select_related("location", "collection")
    also = set(sale.also.values_list("pk", flat=True)) if sale else None
    today = place.today(now)
    found = []
    for row in rows.exclude(pk=sale.invoice_id if sale else None)[:20]:
        waits = row.auto_collect and row.due_date is not None and row.due_date >= today
        found.append(Owed(row, badge(row, now), row.pk in also if also is not None else not waits))
    return found


@dataclass(frozen=True, slots=True)
class Parked:
    """A sale that is not finished: a draft, or issued and not paid."""

    sale: Sale
    total: Money
    what: str
    seat_gone: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Today:
    """The counter's day: who is in, what is left, which sales wait."""

    seats: Seats
    left: str
    people: list[CheckIn]
    parked: list[Parked]

    @property
    def share(self) -> int:
        """Return how many percent of the day's passes are taken."""
        cap, left = self.seats.capacity, self.seats.left()
        return 0 if not cap or left is None else round(100 * (cap - left) / cap)


def today_at(place: Location, user: User, *, now: datetime, but: Sale | None = None) -> Today:
    """Return the day so far at ``place``, without the sale that is open on the page; six queries."""
    day = place.today(now)
    seats = seats_on(place, day, now=now)
    parked = unfinished(place, user, now=now, but=but)
    return Today(seats, left_words(seats), in_house(place, day), parked)


def unfinished(place: Location, user: User, *, now: datetime, but: Sale | None = None) -> list[Parked]:
    """Return today's sales at ``place`` that nobody paid or dropped, the newest first; three queries."""
    start = datetime.combine(place.today(now), time.min, tzinfo=place.zone)
    open_ones = Q(invoice__state=InvoiceState.DRAFT) | Q(invoice__state=InvoiceState.ISSUED, invoice__open_amount__gt=0)
    rows = Sale.objects.filter(open_ones, invoice__location=place, touched_at__gte=start - timedelta(hours=12))
    rows = rows.exclude(pk=but.pk if but else None).select_related("invoice__member", "invoice__company")
    sales = list(rows.order_by("-touched_at")[:12])
    lines: dict[int, list[InvoiceLine]] = {}
    for line in InvoiceLine.objects.filter(invoice__sale__in=sales).order_by("position"):
        lines.setdefault(line.invoice_id, []).append(line)
    dated = [line.pk for own in lines.values() for line in own if line.on_date]
    held = set(SeatHold.objects.filter(source_line__in=dated, held_until__gt=now).values_list("source_line", flat=True))
    found = []
    for sale in sales:
        own = lines.get(sale.invoice_id, [])
        gone = any(line.on_date and line.pk not in held for line in own)
        what = own[0].description + (f" and {len(own) - 1} more" if len(own) > 1 else "") if own else "Nothing yet"
        found.append(Parked(sale, sale.invoice.total, what, gone, sale.opened_by_id == user.pk))
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """What a paid line gave: a pass, a seat on its day (``seated``), and a way in, as far as it did."""

    line: InvoiceLine
    day_pass: DayPass | None
    check_in: CheckIn | None
    seated: bool

    @property
    def any_day(self) -> bool:
        """Return whether the pass is for any day because its own was full when the money came."""
        return bool(self.day_pass and self.line.on_date and not self.seated)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a sale ended: the money that came, and what it gave."""

    place: Location
    payments: list[Payment]
    given: list[Given]
    begun: Sequence[Membership] = ()
    not_begun: bool = False
    kept: bool = False

    @property
    def sentence(self) -> str:
        """Return "Paid · pass valid · checked in 09:02 · membership since today", as far as it is true."""
        said = ["Paid" if self.payments else "Done"]
        passes = sum(one.day_pass is not None for one in self.given)
        if passes:
            said.append("pass valid" if passes == 1 else f"{passes} passes valid")
        came = [one.check_in.at for one in self.given if one.check_in]
        if came:
            who = "" if len(came) == 1 else f"{len(came)} "
            said.append(f"{who}checked in {min(came).astimezone(self.place.zone):%H:%M}")
        since = [row.starts_on for row in self.begun]
        if since:
            begun = min(since) <= self.place.today(timezone.now())
            said.append("membership since today" if begun else f"membership from {day_words(min(since))}")
        return " · ".join([*said, "card kept"] if self.kept else said)


def outcome(sale: Sale, *, kept: bool = False) -> Outcome:
    """Return how the sale ended, five queries, six with a membership; ``kept``: its card was kept, too."""
    allocations = Allocation.objects.filter(invoice=sale.invoice_id).select_related("payment")
    lines = list(sale.invoice.lines.select_related("product", "for_member").order_by("position"))
    ids = [line.pk for line in lines]
    passes = {row.source_line: row for row in DayPass.objects.filter(source_line__in=ids)}
    sold = set(SeatHold.objects.filter(source_line__in=ids, state="sold").values_list("source_line", flat=True))
    days, people = {line.on_date for line in lines if line.on_date}, {_for(sale, line) for line in lines}
    rows = CheckIn.objects.filter(location=sale.invoice.location_id, on_date__in=days, undone_at=None)
    here: dict[tuple[int | None, date | None], CheckIn] = {
        (row.member_id, row.on_date): row for row in rows.filter(member__in=people - {None}).select_related("member")
    }
    given = [
        Given(line, passes.get(line.pk), here.get((_for(sale, line), line.on_date)), line.pk in sold) for line in lines
    ]
    return Outcome(sale.invoice.location, [part.payment for part in netted(allocations)], given,
                   signups.begun(lines), bool(signups.to_begin(lines)), kept)  # fmt: skip


def _for(sale: Sale, line: InvoiceLine) -> int | None:
    """Return the id of who comes in with a line."""
    return line.for_member_id or sale.invoice.member_id


def newest_attempt(sale: Sale) -> Attempt | None:
    """Return the last try to take the sale's money through Stripe."""
    return next(iter(attempts_of_invoice(sale.invoice_id, limit=1)), None)


def the_lines(sale: Sale, *, now: datetime) -> list[tuple[InvoiceLine, bool]]:
    """Return the cart's lines, each with whether its seat is still held; two queries."""
    lines = list(sale.invoice.lines.select_related("product", "for_member", "invoice").order_by("position"))
    held = SeatHold.objects.filter(source_line__in=[line.pk for line in lines], held_until__gt=now)
    kept = set(held.values_list("source_line", flat=True))
    return [(line, not line.on_date or line.pk in kept) for line in lines]
