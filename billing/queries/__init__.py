"""Reads of the ledger: what is open, what is owed, what came in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Q, QuerySet, Sum

from billing.enums import InvoiceState
from billing.models import Invoice, InvoiceLine, InvoiceQuerySet, Payment
from billing.tax import Item, RateTotal, Taxed, rate_totals
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.models import Company, Member
from members.queries import search

NOTHING = Q(pk=None)
NEWEST_PAYMENT = ("-received_at", "-pk")  # by the time that lists show, which is not always when it was written down
PayerKey = tuple[str, int]  # ("member", id) or ("company", id)
TABS = {"open": "Open", "overdue": "Overdue", "paid": "Paid", "draft": "Drafts", "void": "Void", "all": "All"}


@dataclass(frozen=True, slots=True)
class Debt:
    """What somebody owes in one currency, and the oldest due date of it.

    ``due`` is the part that is due already, of ``due_invoices``; nothing where nobody asked for it.
    """

    money: Money
    oldest_due: date
    due: Money
    due_invoices: int


def lock_invoices(ids: Collection[int]) -> list[Invoice]:
    """Lock the invoices ``ids`` by ascending id until the transaction ends; return them in that order.

    The lock leaves room for rows that point at an invoice. On SQLite BEGIN IMMEDIATE already serialises writers.
    Ids that do not exist are missing from the answer.
    """
    rows = Invoice.objects.filter(pk__in=ids).select_related("location", "member", "company").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def open_invoices(payer: Member | Company) -> InvoiceQuerySet:
    """Return what ``payer`` still has to pay, oldest due first."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    return Invoice.objects.open().filter(**who).order_by("due_date", "pk")


def due_by(places: Iterable[Location], now: datetime, *, over: bool = False) -> Q:
    """Return "due by today" at ``places``, where today is each one's own; with ``over`` "due before today"."""
    where, word = Q(pk=None), "due_date__lt" if over else "due_date__lte"
    for place in places:
        where |= Q(location=place, **{word: place.today(now)})
    return where


def debts(
    *, user: User, member_ids: Collection[int] = (), company_ids: Collection[int] = (), due: Q = NOTHING
) -> dict[PayerKey, list[Debt]]:
    """Return the open debts of many payers by one query, one Debt a currency; who owes nothing is missing.

    Only invoices of the locations of ``user`` count. ``due`` says which are due already (``due_by``).
    """
    if not member_ids and not company_ids:
        return {}
    # The payer's columns are NULL on the other kind's invoices, hence the two halves of the OR.
    rows = (
        Invoice.objects.for_user(user)
        .open()
        .filter(Q(member__in=member_ids) | Q(company__in=company_ids))
        .order_by()
        .values("member_id", "company_id", "currency")
        .annotate(
            open_sum=Sum("open_amount"),
            oldest=Min("due_date"),
            due_sum=Sum("open_amount", filter=due, default=0),
            due_count=Count("pk", filter=due),
        )
    )
    found: dict[PayerKey, list[Debt]] = {}
    for row in sorted(rows, key=lambda row: row["currency"]):
        key = ("member", row["member_id"]) if row["member_id"] else ("company", row["company_id"])
        owes, late = (Money(row[name], row["currency"]) for name in ("open_sum", "due_sum"))
        found.setdefault(key, []).append(Debt(owes, row["oldest"], late, row["due_count"]))
    return found


def owed(
    *, user: User, member_ids: Collection[int] = (), company_ids: Collection[int] = ()
) -> dict[PayerKey, list[Money]]:
    """Return what many payers owe, one Money a currency, by one query; see ``debts``."""
    found = debts(user=user, member_ids=member_ids, company_ids=company_ids)
    return {key: [debt.money for debt in owing] for key, owing in found.items()}


@dataclass(frozen=True, slots=True)
class Late:
    """How much is late at one location, of how many invoices, the oldest due on ``oldest`` (None: nothing is)."""

    money: Money
    invoices: int
    oldest: date | None


def late_at(places: Sequence[Location], now: datetime) -> dict[int, Late]:
    """Return what is overdue at each of ``places``, by its id and in its currency; one query."""
    rows = Invoice.objects.open().filter(due_by(places, now, over=True)).order_by().values("location_id", "currency")
    sums = {
        (row["location_id"], row["currency"]): Late(Money(row["late"], row["currency"]), row["count"], row["oldest"])
        for row in rows.annotate(late=Sum("open_amount"), count=Count("pk"), oldest=Min("due_date"))
    }
    nothing = {place.pk: Late(Money.zero(place.currency), 0, None) for place in places}
    return {place.pk: sums.get((place.pk, place.currency), nothing[place.pk]) for place in places}


def invoice_list(user: User, *, tab: str, now: datetime) -> tuple["QuerySet[Invoice]", tuple[str, ...]]:
    """Return the invoices of a tab (a key of TABS; others mean all) and the order a keyset page walks them in."""
    rows = Invoice.objects.for_user(user).select_related("location", "member", "company", "collection")
    if tab == "open":
        return rows.open(), ("due_date", "pk")
    if tab == "overdue":
        return rows.open().filter(due_by(Location.objects.for_user(user), now, over=True)), ("due_date", "pk")
    if tab == "paid":
        return rows.filter(state=InvoiceState.ISSUED, open_amount=0), ("-pk",)
    if tab in (InvoiceState.DRAFT, InvoiceState.VOID):
        return rows.filter(state=tab), ("-pk",)
    return rows, ("-pk",)


def search_invoices(user: User, text: str, *, limit: int = 20) -> list[Invoice]:
    """Return the newest invoices that a typed number finds, else those of the people and companies it names."""
    numbered = find_invoices(user, text, limit=limit)
    found = None if numbered else search(user, text.replace("\x00", " "), limit=limit)
    if not found:
        return numbered
    rows = Invoice.objects.for_user(user).filter(Q(member__in=found.members) | Q(company__in=found.companies))
    return list(rows.select_related("location", "member", "company", "collection").order_by("-pk")[:limit])


def find_invoices(user: User, text: str, *, limit: int = 20) -> list[Invoice]:
    """Return the newest invoices whose number is, or starts with, ``text`` ("hfn-12", "HFN-000123", "123")."""
    rows = numbered(user, text).select_related("location", "member", "company", "collection")
    return list(rows.order_by("-pk")[:limit])


def numbered(user: User, text: str) -> InvoiceQuerySet:
    """Return all of the invoices that ``find_invoices`` looks among, in no order; none for an empty text."""
    wanted = text.replace("\x00", " ").strip().upper()  # PostgreSQL has no NUL in a text
    if not wanted:
        return Invoice.objects.none()
    where = Q(number__prefix=wanted)
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 9:
        codes = Location.objects.for_user(user).values_list("code", flat=True)
        where = Q(number__in=[f"{code}-{int(wanted):06}" for code in codes])
    return Invoice.objects.for_user(user).filter(where).order_by()


def payment_list(user: User) -> "QuerySet[Payment]":
    """Return payments for a keyset page in the order NEWEST_PAYMENT, with what a row shows."""
    rows: QuerySet[Payment] = Payment.objects.for_user(user).select_related("location", "member", "company")
    return rows.prefetch_related("allocations__invoice", "refunds")


def payments_of(payer: Member | Company, *, user: User, limit: int = 10) -> list[Payment]:
    """Return the newest payments of ``payer`` at the locations of ``user``."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    return list(payment_list(user).filter(**who).order_by(*NEWEST_PAYMENT)[:limit])


def items_of(lines: Iterable[InvoiceLine]) -> list[Item]:
    """Return what is taxed on each line."""
    return [Item(row.quantity * row.unit_amount, row.tax_name, row.tax_basis_points) for row in lines]


def tax_breakdown(lines: Sequence[InvoiceLine]) -> list[RateTotal]:
    """Return net and tax by rate from what is stored on the lines; nothing is computed anew."""
    return rate_totals(items_of(lines), [Taxed(row.net_amount, row.tax_amount) for row in lines])
