"""Reads of the ledger: what is open, what is owed, what came in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Min, Q, QuerySet, Sum

from billing.enums import InvoiceState, PaymentMethod
from billing.models import Invoice, InvoiceLine, InvoiceQuerySet, Payment
from billing.tax import Item, RateTotal, Taxed, rate_totals
from flexspace.core.models import Location, User
from flexspace.core.money import Money
from members.models import Company, Member

PayerKey = tuple[str, int]  # ("member", id) or ("company", id)
TABS = {"open": "Open", "overdue": "Overdue", "paid": "Paid", "draft": "Drafts", "void": "Void", "all": "All"}


@dataclass(frozen=True, slots=True)
class Debt:
    """What somebody owes in one currency, and the oldest due date of it."""

    money: Money
    oldest_due: date


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


def debts(
    *, user: User, member_ids: Collection[int] = (), company_ids: Collection[int] = ()
) -> dict[PayerKey, list[Debt]]:
    """Return the open debts of many payers by one query, one Debt a currency; who owes nothing is missing.

    Only invoices of the locations of ``user`` count.
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
        .annotate(open_sum=Sum("open_amount"), oldest=Min("due_date"))
    )
    found: dict[PayerKey, list[Debt]] = {}
    for row in sorted(rows, key=lambda row: row["currency"]):
        key = ("member", row["member_id"]) if row["member_id"] else ("company", row["company_id"])
        found.setdefault(key, []).append(Debt(Money(row["open_sum"], row["currency"]), row["oldest"]))
    return found


def owed(
    *, user: User, member_ids: Collection[int] = (), company_ids: Collection[int] = ()
) -> dict[PayerKey, list[Money]]:
    """Return what many payers owe, one Money a currency, by one query; see ``debts``."""
    found = debts(user=user, member_ids=member_ids, company_ids=company_ids)
    return {key: [debt.money for debt in owing] for key, owing in found.items()}


def invoice_list(user: User, *, tab: str, now: datetime) -> tuple["QuerySet[Invoice]", tuple[str, ...]]:
    """Return the invoices of a tab (a key of TABS; others mean all) and the order a keyset page walks them in."""
    rows = Invoice.objects.for_user(user).select_related("location", "member", "company")
    if tab == "open":
        return rows.open(), ("due_date", "pk")
    if tab == "overdue":
        return rows.open().filter(_past_due(user, now)), ("due_date", "pk")
    if tab == "paid":
        return rows.filter(state=InvoiceState.ISSUED, open_amount=0), ("-pk",)
    if tab in (InvoiceState.DRAFT, InvoiceState.VOID):
        return rows.filter(state=tab), ("-pk",)
    return rows, ("-pk",)


def _past_due(user: User, now: datetime) -> Q:
    """Return "due before today", where today is each location's own."""
    where = Q(pk=None)
    for location in Location.objects.for_user(user):
        where |= Q(location=location, due_date__lt=location.today(now))
    return where


def find_invoices(user: User, text: str, *, limit: int = 20) -> list[Invoice]:
    """Return the newest invoices whose number is, or starts with, ``text`` ("hfn-12", "HFN-000123", "123")."""
    wanted = text.replace("\x00", " ").strip().upper()  # PostgreSQL has no NUL in a text
    if not wanted:
        return []
    where = Q(number__prefix=wanted)
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 9:
        codes = Location.objects.for_user(user).values_list("code", flat=True)
        where = Q(number__in=[f"{code}-{int(wanted):06}" for code in codes])
    rows = Invoice.objects.for_user(user).filter(where).select_related("location", "member", "company")
    return list(rows.order_by("-pk")[:limit])


def payment_list(user: User) -> "QuerySet[Payment]":
    """Return payments for a keyset page in the order ("-pk",), with what a row shows."""
    rows: QuerySet[Payment] = Payment.objects.for_user(user).select_related("location", "member", "company")
    return rows.prefetch_related("allocations__invoice")


def payments_of(payer: Member | Company, *, user: User, limit: int = 10) -> list[Payment]:
    """Return the newest payments of ``payer`` at the locations of ``user``."""
    who = {"member": payer} if isinstance(payer, Member) else {"company": payer}
    return list(payment_list(user).filter(**who).order_by("-pk")[:limit])


def taken_today(location: Location, now: datetime) -> dict[PaymentMethod, Money]:
    """Return what came in at ``location`` on its calendar day at ``now``, by method; no money, no entry.

    Money of another currency is in the managers' queue and in no sum.
    """
    start, end = day_bounds(location, now)
    rows = (
        Payment.objects.filter(
            location=location, currency=location.currency, received_at__gte=start, received_at__lt=end
        )
        .order_by()
        .values("method")
        .annotate(taken=Sum("amount"))
    )
    by_method = {row["method"]: row["taken"] for row in rows}
    return {m: Money(by_method[m.value], location.currency) for m in PaymentMethod if m.value in by_method}


def day_bounds(location: Location, now: datetime) -> tuple[datetime, datetime]:
    """Return where the calendar day of ``location`` at ``now`` begins and where the next one does (aware)."""
    today = location.today(now)
    start = datetime.combine(today, time.min, tzinfo=location.zone)
    return start, datetime.combine(today + timedelta(days=1), time.min, tzinfo=location.zone)


def items_of(lines: Iterable[InvoiceLine]) -> list[Item]:
    """Return what is taxed on each line."""
    return [Item(row.quantity * row.unit_amount, row.tax_name, row.tax_basis_points) for row in lines]


def tax_breakdown(lines: Sequence[InvoiceLine]) -> list[RateTotal]:
    """Return net and tax by rate from what is stored on the lines; nothing is computed anew."""
    return rate_totals(items_of(lines), [Taxed(row.net_amount, row.tax_amount) for row in lines])
