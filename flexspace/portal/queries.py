"""Reads of the start page: what is owed, what came in, what runs. Their number does not grow with the rows."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum
from django.db.models.functions import TruncDate

from billing.enums import PaymentMethod
from billing.models import Invoice, Payment
from billing.queries import owed
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.models import Company, Member
from terminal.enums import LIVE, EventState
from terminal.models import Attempt, AttemptFlag, Reader, WebhookEvent
from terminal.models.reader import ReaderQuerySet
from terminal.queries import open_flags

DAYS = 7
SHOWN = 6
NEWEST_EVENTS = 1000  # failed ones are counted among these


@dataclass(frozen=True, slots=True)
class Owing:
    """A payer whose oldest invoice is due or late, and everything that payer owes."""

    payer: Member | Company
    invoice: Invoice
    more: int  # other invoices that are due
    days_late: int
    owes: list[Money]

    @property
    def kind(self) -> str:
        """Return member or company."""
        return "member" if self.invoice.member_id else "company"


@dataclass(slots=True)
class Takings:
    """What came in at one location in the last days, oldest first, and today by method."""

    location: Location
    today: date
    days: dict[date, int]
    methods: dict[PaymentMethod, int] = field(default_factory=dict)
    payments: int = 0

    @property
    def taken(self) -> Money:
        """Return what came in today."""
        return Money(self.days[self.today], self.location.currency)

    @property
    def by_method(self) -> list[tuple[str, Money]]:
        """Return today's money by the way it came."""
        return [
            (way.label, Money(self.methods[way], self.location.currency))
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
    due = Q(pk=None)
    for place in places:
        due |= Q(location=place, due_date__lte=place.today(now))
    rows = Invoice.objects.open().filter(due).select_related("location", "member", "company")
    by_payer: dict[tuple[str, int], list[Invoice]] = {}
    for invoice in rows.order_by("due_date", "pk")[: SHOWN * 10]:
        kind = "member" if invoice.member_id else "company"
        by_payer.setdefault((kind, invoice.payer.pk), []).append(invoice)
    first = dict(list(by_payer.items())[:SHOWN])
    sums = owed(
        user=user,
        member_ids=[pk for kind, pk in first if kind == "member"],
        company_ids=[pk for kind, pk in first if kind == "company"],
    )
    return [_owing(invoices, sums.get(key, []), now) for key, invoices in first.items()]


def _owing(invoices: list[Invoice], owes: list[Money], now: datetime) -> Owing:
    oldest = invoices[0]
    assert oldest.due_date is not None  # issued
    late = (oldest.location.today(now) - oldest.due_date).days
    return Owing(oldest.payer, oldest, len(invoices) - 1, late, owes)


def overdue(places: list[Location], now: datetime) -> list[Overdue]:
    """Return what is late at each of ``places``; one query."""
    late = Q(pk=None)
    for place in places:
        late |= Q(location=place, due_date__lt=place.today(now))
    rows = Invoice.objects.open().filter(late).order_by().values("location_id")
    sums = {
        row["location_id"]: row
        for row in rows.annotate(money=Sum("open_amount"), invoices=Count("pk"), oldest=Min("due_date"))
    }
    found = []
    for place in places:
        row = sums.get(place.pk, {"money": 0, "invoices": 0, "oldest": place.today(now)})
        days = (place.today(now) - row["oldest"]).days
        found.append(Overdue(place, Money(row["money"], place.currency), row["invoices"], days))
    return found


def takings(places: list[Location], now: datetime) -> list[Takings]:
    """Return what came in at each of ``places`` by its own calendar days; one query."""
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


def flags(user: User, places: list[Location]) -> list[AttemptFlag]:
    """Return the newest things about payments that a manager must look at; one query."""
    return list(open_flags(user).filter(attempt__location__in=places)[:SHOWN])


def failed_events(places: list[Location]) -> int:
    """Return how many of the newest events from Stripe could not be processed; one query."""
    newest = WebhookEvent.objects.filter(config__locations__location__in=places).order_by("-pk").values("pk")
    failed = WebhookEvent.objects.filter(pk__in=newest[:NEWEST_EVENTS], state=EventState.FAILED)
    return failed.count()
