"""Reads of the start page: what is owed, what came in, what runs. Their number does not grow with the rows."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Sum
from django.db.models.functions import TruncDate

from access.explain.alerts import alert_words, alerts_of
from access.models import SaltoKSConfig
from access.queries.doors import connections
from billing.enums import PaymentMethod, RefundMethod, RefundState
from billing.models import Invoice, Payment, Refund
from billing.queries import Debt, PayerKey, debts, due_by, late_at
from flexspace.core.models import Location, SelfCheck, User
from flexspace.core.money import Money
from members.models import Company, Member
from terminal.enums import LIVE, EventState
from terminal.explain.flags import flag_words
from terminal.models import Attempt, AttemptFlag, Reader, WebhookEvent
from terminal.models.reader import ReaderQuerySet
from terminal.queries import open_flags

DAYS = 7
SHOWN = 6
NEWEST_EVENTS = 1000  # failed ones are counted among these


@dataclass(frozen=True, slots=True)
class Owing:
    """A payer whose oldest invoice is due or late: ``due`` is what is due by today, ``owes`` everything open."""

    payer: Member | Company
    invoice: Invoice
    more: int  # other invoices that are due
    days_late: int
    due: list[Money]  # one a currency, as ``owes``
    owes: list[Money]

    @property
    def kind(self) -> str:
        """Return member or company."""
        return "member" if self.invoice.member_id else "company"


@dataclass(slots=True)
class Takings:
    """What came in at one location in the last days, oldest first, and today by method.

    ``cash_back`` (minor units) was given back in cash today: it is gone from the drawer, not from what came in.
    """

    location: Location
    today: date
    days: dict[date, int]
    methods: dict[PaymentMethod, int] = field(default_factory=dict)
    payments: int = 0
    cash_back: int = 0

    @property
    def given_back(self) -> Money:
        """Return what was given back in cash today."""
        return Money(self.cash_back, self.location.currency)

    @property
    def taken(self) -> Money:
        """Return what came in today."""
        return Money(self.days[self.today], self.location.currency)

    @property
    def by_method(self) -> list[tuple[str, Money]]:
        """Return today's money by the way it came."""
        return [
            (way.in_words, Money(self.methods[way], self.location.currency))
            for way in PaymentMethod
            if way in self.methods
        ]


@dataclass(frozen=True, slots=True)
class Overdue:
    """How much is late at one location."""

    location: Location
    money: Money
    invoices: int
    days: int


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """A reader and how it stands: ready, busy or offline."""

    reader: Reader
    state: str


def who_owes(user: User, places: list[Location], now: datetime) -> list[Owing]:
    """Return who has owed the longest, each payer once; two queries."""
    due = due_by(places, now)
    rows = Invoice.objects.open().filter(due).select_related("location", "member", "company")
    oldest: dict[PayerKey, Invoice] = {}
    for invoice in rows.order_by("due_date", "pk")[: SHOWN * 10]:
        kind = "member" if invoice.member_id else "company"
        oldest.setdefault((kind, invoice.payer.pk), invoice)
    first = dict(list(oldest.items())[:SHOWN])
    members = [pk for kind, pk in first if kind == "member"]
    companies = [pk for kind, pk in first if kind == "company"]
    sums = debts(user=user, member_ids=members, company_ids=companies, due=due)
    return [_owing(invoice, sums.get(key, []), now) for key, invoice in first.items()]


def _owing(oldest: Invoice, sums: list[Debt], now: datetime) -> Owing:
    assert oldest.due_date is not None  # issued
    late = (oldest.location.today(now) - oldest.due_date).days
    more = sum(debt.due_invoices for debt in sums) - 1
    due = [debt.due for debt in sums if debt.due]
    return Owing(oldest.payer, oldest, more, late, due, [debt.money for debt in sums])


def overdue(places: list[Location], now: datetime) -> list[Overdue]:
    """Return what is late at each of ``places``; one query."""
    late = late_at(places, now)
    found = []
    for place in places:
        here = late[place.pk]
        days = (place.today(now) - here.oldest).days if here.oldest else 0
        found.append(Overdue(place, here.money, here.invoices, days))
    return found


@dataclass(frozen=True, slots=True)
class Checked:
    """A location's look before opening: when, how many things, and what was not well; None: not yet today."""

    location: Location
    row: SelfCheck | None

    @property
    def readers(self) -> list[dict[str, str]]:
        """Return what was wrong with readers: what the desk can do something about."""
        return [one for one in self.row.found if one["key"].startswith("reader:")] if self.row else []


def self_checks(places: list[Location], now: datetime) -> list[Checked]:
    """Return today's look at each of ``places``; one query."""
    rows = SelfCheck.objects.filter(location__in=places, on_date__gte=now.date() - timedelta(days=1))
    found = {(row.location_id, row.on_date): row for row in rows}
    return [Checked(place, found.get((place.pk, place.today(now)))) for place in places]


def takings(places: list[Location], now: datetime) -> list[Takings]:
    """Return what came in at each of ``places`` by its own calendar days; two queries."""
    found = {place.pk: _empty(place, now) for place in places}
    parts = [_taken(place, now) for place in places]
    rows = parts[0].union(*parts[1:], all=True) if parts else []
    for row in rows:
        place = found[row["location_id"]]
        if row["day"] in place.days:
            place.days[row["day"]] += row["taken"]
        if row["day"] == place.today:
            place.methods[PaymentMethod(row["method"])] = row["taken"]
            place.payments += row["payments"]
    gone = Refund.objects.filter(location__in=places, method=RefundMethod.CASH, state=RefundState.SUCCEEDED)
    gone = gone.filter(finished_at__gt=now - timedelta(days=2), finished_at__lte=now)  # a day, wherever it begins
    for pk, currency, at, amount in gone.values_list("location_id", "currency", "finished_at", "amount"):
        place = found[pk]
        if currency == place.location.currency and place.location.today(at) == place.today:
            place.cash_back += amount
    return list(found.values())


def _empty(place: Location, now: datetime) -> Takings:
    today = place.today(now)
    return Takings(place, today, {today - timedelta(days=back): 0 for back in range(DAYS - 1, -1, -1)})


def _taken(place: Location, now: datetime):  # type: ignore[no-untyped-def]  # values() of a union has no type
    start = datetime.combine(place.today(now) - timedelta(days=DAYS - 1), time.min, tzinfo=place.zone)
    own = Payment.objects.filter(location=place, currency=place.currency)  # another currency adds up to nothing
    rows = own.filter(received_at__gte=start, received_at__lte=now).order_by()
    by_day = rows.annotate(day=TruncDate("received_at", tzinfo=place.zone)).values("location_id", "day", "method")
    return by_day.annotate(taken=Sum("amount"), payments=Count("pk"))


def just_now(places: list[Location], now: datetime) -> list[Payment]:
    """Return the newest payments of the last days; one query."""
    rows = Payment.objects.filter(location__in=places, received_at__gte=now - timedelta(days=DAYS))
    return list(rows.select_related("location", "member", "company").order_by("-received_at", "-pk")[:5])


def readers(places: list[Location]) -> list[ReaderRow]:
    """Return the readers that can charge at ``places`` and how they stand; one query."""
    rows = _readers().filter(stripe_location__location__in=places)
    return [ReaderRow(row, _stands(row)) for row in rows.select_related("stripe_location__location")[:24]]


def desk_reader(user: User, pk: int | None) -> ReaderRow | None:
    """Return the reader ``pk`` if this person may charge on it; one query."""
    row = _readers().for_user(user).filter(pk=pk).first() if pk else None
    return ReaderRow(row, _stands(row)) if row else None


def _readers() -> ReaderQuerySet:
    holder = Attempt.objects.filter(reader=OuterRef("pk"), holds_reader=True, state__in=LIVE)
    return Reader.objects.usable().annotate(busy=Exists(holder))


def _stands(row: Any) -> str:
    return "busy" if row.busy else "offline" if row.status == "offline" else "ready"


def flags(user: User, places: list[Location], now: datetime) -> list[tuple[AttemptFlag, str, str]]:
    """Return the newest things about payments that a manager must look at, in the words of their own page.

    A constant number of queries.
    """
    rows = open_flags(user).filter(attempt__location__in=places).prefetch_related("refund__allocations__invoice")
    return flag_words(list(rows[:SHOWN]), now=now)


def doors(user: User, places: list[Location], now: datetime) -> list[tuple[SaltoKSConfig, str]]:
    """Return what is amber at the connections of ``places``, with its sentence; two queries."""
    rows = connections(user).filter(places__location__in=places).distinct()
    return [
        (row, alert_words(row, one, row.places.all()[0].location.zone)) for row in rows for one in alerts_of(row, now)
    ]


def failed_events(places: list[Location]) -> int:
    """Return how many of the newest events from Stripe could not be processed; one query."""
    newest = WebhookEvent.objects.filter(config__locations__location__in=places).order_by("-pk").values("pk")
    failed = WebhookEvent.objects.filter(pk__in=newest[:NEWEST_EVENTS], state=EventState.FAILED)
    return failed.count()
