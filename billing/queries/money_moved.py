"""Payments, and refunds that went, as people look for them: by day, location, method, payer or invoice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Prefetch, Q, QuerySet

from billing.enums import BY_CARD, RefundMethod, RefundState
from billing.models import Allocation, InvoiceQuerySet, Payment, Refund, RefundAllocation
from billing.queries import numbered
from flexspace.core.models import Location, User
from members.queries.people import Found, search

NEWEST_REFUND = ("-finished_at", "-pk")
MOST = 50  # members, and as many companies, that a typed text may mean


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty narrows nothing. Days are the location's, both included."""

    first: date | None = None
    last: date | None = None
    location: str = ""  # its code
    method: str = ""
    about: str = ""  # words of a payer's name, or an invoice's number

    def __bool__(self) -> bool:
        return any((self.first, self.last, self.location, self.method, self.about))

    @property
    def facts(self) -> dict[str, str]:
        """Return what narrows, as plain texts: days as "2026-11-24"."""
        return {name: str(value) for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a typed text means: invoices, or else payers; ``cut`` says that more than MOST are called so.

    Without a text it narrows nothing.
    """

    invoices: InvoiceQuerySet | None = None
    found: Found | None = None
    cut: bool = False

    def of(self, path: str) -> Q:
        """Return the condition; ``path`` leads to the payment."""
        if self.invoices is not None:
            paid = Allocation.objects.filter(invoice__in=self.invoices.values("pk"))
            return Q(**{f"{path}pk__in": paid.values("payment")})
        if self.found is None:
            return Q()
        return Q(**{f"{path}member__in": self.found.members}) | Q(**{f"{path}company__in": self.found.companies})


def meant(user: User, text: str) -> Meant:
    """Return which invoices have such a number, all of them, else who is named so."""
    if not text:
        return Meant()
    invoices = numbered(user, text)
    if invoices.exists():
        return Meant(invoices)
    found = search(user, text.replace("\x00", " "), limit=MOST + 1)
    cut = max(len(found.members), len(found.companies)) > MOST
    return Meant(found=Found(found.members[:MOST], found.companies[:MOST]), cut=cut)


def payments_wanted(user: User, wanted: Wanted, about: Meant) -> "QuerySet[Payment]":
    """Return the payments at the locations of ``user``, with payer and location, for the order NEWEST_PAYMENT."""
    rows: QuerySet[Payment] = Payment.objects.for_user(user).filter(_at(user, wanted, "received_at"))
    if wanted.method:
        rows = rows.filter(method=wanted.method)
    return rows.filter(about.of("")).select_related("location", "member", "company")


def refunds_wanted(user: User, wanted: Wanted, about: Meant) -> "QuerySet[Refund]":
    """Return the refunds that went, by the day they went, with payment and invoices, for the order NEWEST_REFUND.

    A method means how the money went back, so that what came and went by it adds up.
    """
    gone: QuerySet[Refund] = Refund.objects.for_user(user).filter(state=RefundState.SUCCEEDED)
    rows = gone.filter(_at(user, wanted, "finished_at"))
    if wanted.method in BY_CARD:
        rows = rows.filter(method=RefundMethod.CARD, payment__method=wanted.method)
    elif wanted.method:
        rows = rows.filter(method=wanted.method)
    parts = RefundAllocation.objects.select_related("invoice").order_by("pk")
    rows = rows.filter(about.of("payment__")).select_related("location", "payment__member", "payment__company")
    return rows.prefetch_related(Prefetch("allocations", parts))


def with_invoices(rows: "QuerySet[Payment]") -> "QuerySet[Payment]":
    """Return payments that bring what they paid, in one more query."""
    return rows.prefetch_related(Prefetch("allocations", Allocation.objects.select_related("invoice")))


def _at(user: User, wanted: Wanted, column: str) -> Q:
    """Return the condition for location and days, each location by its own clock."""
    if not (wanted.first or wanted.last or wanted.location):
        return Q()
    places = Location.objects.for_user(user)
    zones: dict[str, list[Location]] = {}
    for place in places.filter(code=wanted.location) if wanted.location else places:
        zones.setdefault(place.time_zone, []).append(place)
    where, begins, ends = Q(pk__in=[]), [], []
    for same in zones.values():
        own, zone = Q(location__in=same), same[0].zone
        if wanted.first:
            begins.append(datetime.combine(wanted.first, time(), zone))
            own &= Q(**{f"{column}__gte": begins[-1]})
        if wanted.last:
            ends.append(datetime.combine(wanted.last + timedelta(days=1), time(), zone))
            own &= Q(**{f"{column}__lt": ends[-1]})
        where |= own
    return where & _outer(column, begins, ends)


def _outer(column: str, begins: Iterable[datetime], ends: Iterable[datetime]) -> Q:
    """Return the widest bounds of all zones by themselves: an index on the time finds the place by them."""
    first, last = min(begins, default=None), max(ends, default=None)
    where = Q(**{f"{column}__gte": first}) if first else Q()
    return where & Q(**{f"{column}__lt": last}) if last else where
