"""The bills of a run as they stand now: what there is to look at, and whether a card pays. As many queries for any run.

A card is refused, or a consent taken back, after the drafts were made too; so an open bill is judged when it is looked
at. One that was issued keeps what was true then.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Min, Q

from billing.dues.bill import first_billed
from billing.dues.cautions import NOT_CHARGED, OF_PAYER, payer_cautions
from billing.dues.facts import Payer
from billing.enums import RunItemState
from billing.models import BillingRun, BillingRunItem, InvoiceLine
from billing.queries.payers import KINDS, cards_by_payer, stopped_by_payer
from members.calendars import due_date

OPEN = (RunItemState.DRAFT, RunItemState.APPROVED, RunItemState.HELD)
COLUMNS = (
    "pk", "state", "total_amount", "last_amount", "changes", "warnings", "invoice_id", "invoice__due_date",
    "invoice__auto_collect", "member_id", "member__email", "company_id", "company__email", "company__address",
    "company__tax_id",
)  # fmt: skip
Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunBill:
    """One bill: amounts in minor units, ``last`` None for somebody new; ``changes`` and ``cautions`` as stored.

    ``charged`` says that a saved card pays it by itself.
    """

    pk: int
    state: str
    total: int
    last: int | None
    changes: list[Stored]
    cautions: list[Stored]
    charged: bool

    @property
    def codes(self) -> set[str]:
        """Return the codes of what there is to look at."""
        return {each["code"] for each in self.cautions}


def bills_of(run: BillingRun, today: date, *, only: Collection[int] | None = None) -> list[RunBill]:
    """Return the bills of ``run``, or those with the ids ``only``, on the day ``today``; six queries at most."""
    chosen = BillingRunItem.objects.filter(Q() if only is None else Q(pk__in=only), run=run)
    known = _Known(run, chosen.filter(state__in=OPEN), today)
    return [_bill(row, known) for row in chosen.values_list(*COLUMNS, named=True).iterator(chunk_size=2000)]


def cautions_by_id(bills: Iterable[RunBill]) -> dict[int, list[Stored]]:
    """Return what there is to look at of each bill, as stored, by its id."""
    return {bill.pk: bill.cautions for bill in bills}


class _Known:
    """What is known now of the payers of open bills, and the day on which each would be charged."""

    def __init__(self, run: BillingRun, rows: Any, today: date) -> None:
        self.cards, self.stopped = {}, {}
        for kind in KINDS:
            who = {f"{kind}__in": rows.filter(**{f"{kind}__isnull": False}).order_by().values(kind)}
            self.cards[kind] = cards_by_payer(run.location_id, kind, who)
            self.stopped[kind] = stopped_by_payer(run, kind, who)
        lines = InvoiceLine.objects.filter(invoice__run_item__in=rows.order_by().values("pk")).order_by()
        firsts = lines.values_list("invoice").annotate(Min("period_start"), Min("on_date"))
        days = run.location.payment_days
        self.due = {
            invoice: due_date(first_billed([(start, day)]) or today, issued_on=today, payment_days=days)
            for invoice, start, day in firsts
        }


def _bill(row: Any, known: _Known) -> RunBill:
    cautions, charged = row.warnings, bool(row.invoice__auto_collect)
    if row.state in OPEN and row.invoice_id:
        charge_on = row.invoice__due_date or known.due.get(row.invoice_id)
        now = list(payer_cautions(_payer(row, known), charge_on)) if charge_on and row.total_amount else []
        own = [each for each in row.warnings if each["code"] not in OF_PAYER]
        cautions = [*(caution.stored() for caution in now), *own]
        charged = bool(row.total_amount) and not {caution.code for caution in now} & NOT_CHARGED
    return RunBill(row.pk, row.state, row.total_amount, row.last_amount, row.changes, cautions, charged)


def _payer(row: Any, known: _Known) -> Payer:
    kind = "member" if row.member_id else "company"
    pk = row.member_id or row.company_id
    return Payer(
        name="",
        email=row.member__email if row.member_id else row.company__email,
        is_company=not row.member_id,
        address=row.company__address or "",
        tax_id=row.company__tax_id or "",
        card=known.cards[kind].get(pk),
        stopped=known.stopped[kind].get(pk, ""),
    )
