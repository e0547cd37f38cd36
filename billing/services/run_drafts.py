"""The drafts of a billing run, a batch of payers at a time: as many queries for one payer as for two hundred.

A batch is one transaction. What it bills is claimed by unique rows, so a batch that runs twice, at once or again after
a crash, bills nothing twice: the loser rolls back, reads again what is left, and goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from billing.dues.bill import Bill, Rules, make_bill
from billing.dues.facts import Month
from billing.dues.lines import Line
from billing.enums import RunItemState, RunState
from billing.explain.lines import period_line, usage_line
from billing.explain.runs import refusal_words
from billing.models import BilledPeriod, BillingRun, BillingRunItem, Invoice, InvoiceLine
from billing.queries.payers import KINDS, payer_ids, payers_of, rows_of, run_before
from billing.services.claims import LostRace, close_free, take_usage
from billing.services.run_decisions import lock_run, settle
from billing.tax import Taxed
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.money import step
from members.models import Company, Member

LIMIT = 200  # payers in one transaction
TRIES = 3
log = structlog.get_logger(__name__)
Row = Member | Company


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a pass over the payers is: members first, then companies, by ascending id."""

    kind: str = KINDS[0]
    after: int = 0

    @classmethod
    def read(cls, cursor: str) -> Self:
        """Return the walk that ``str`` wrote down; the start for none."""
        kind, _, after = cursor.partition(":")
        return cls(kind, int(after)) if cursor else cls()

    def __str__(self) -> str:
        return f"{self.kind}:{self.after}"

    def onward(self) -> "Walk | None":
        """Return the start of the next kind; None when this was the last."""
        following = KINDS[KINDS.index(self.kind) + 1 :]
        return Walk(following[0]) if following else None


def draft_batch(*, by: Actor, run: BillingRun, today: date, limit: int = LIMIT) -> bool:
    """Draft the bills of the next ``limit`` payers; return whether any are left. At the end it waits for a person.

    A payer who is in the run already is passed over. One whose bill cannot be made gets a failed item and does not
    keep the others waiting.
    """
    drafting = BillingRun.objects.filter(pk=run.pk, state=RunState.DRAFTING)
    cursor = drafting.values_list("cursor", flat=True).first()
    if cursor is None:
        return False
    walk, before = Walk.read(cursor), run_before(run)
    ids = payer_ids(run, before, walk.kind, after=walk.after, limit=limit)
    if not ids:
        onward = walk.onward()
        if onward:
            drafting.update(cursor=str(onward))
        else:
            _end(run)
        return onward is not None
    batch = _Batch(by, run, before, walk.kind, today)
    if not any(batch.draft(ids) for _ in range(TRIES)):
        for pk in ids:  # one of them does not go: find it, let the others through
            if not batch.draft([pk]):
                batch.fail(pk)
    return True


@transaction.atomic
def _end(run: BillingRun) -> None:
    """Leave the drafts to a person; when everything had gone out before, and nothing came up, the run is done again."""
    locked = lock_run(run)
    if locked.state == RunState.DRAFTING:
        locked.cursor = ""
        locked.save(update_fields=["cursor"])
        settle(locked, timezone.now())


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the batches of a pass share."""

    by: Actor
    run: BillingRun
    before: BillingRun | None
    kind: str
    today: date

    def draft(self, ids: Sequence[int]) -> bool:
        """Draft all of ``ids`` in one transaction; return False, with nothing done, when somebody else was quicker."""
        try:
            with transaction.atomic():
                self._draft(ids)
        except (IntegrityError, DataError, LostRace, ValueError) as lost:
            log.info("billing_run.batch_again", run=self.run.pk, payers=len(ids), error=type(lost).__name__)
            return False
        return True

    def _draft(self, ids: Sequence[int]) -> None:
        run, kind = self.run, self.kind
        done = set(run.items.filter(**{f"{kind}__in": ids}).values_list(f"{kind}_id", flat=True))
        rows = rows_of(kind, [pk for pk in ids if pk not in done])
        rules, payers = rules_of(run, self.today), payers_of(run, self.before, rows)
        made = [(row, make_bill(payer, rules)) for row, payer in zip(rows, payers, strict=True)]
        write_bills(by=self.by, run=run, bills=[(row, bill) for row, bill in made if bill.matters])
        self._go_on(ids)

    def fail(self, pk: int) -> None:
        """Write down that a payer's bill could not be made, unless somebody else has made it."""
        with transaction.atomic():
            [row] = rows_of(self.kind, [pk])
            item = BillingRunItem(run=self.run, payer_name=row.name, state=RunItemState.FAILED, **_who(row))
            item.error = refusal_words(None, ())
            BillingRunItem.objects.bulk_create([item], ignore_conflicts=True)
            self._go_on([pk])
        log.warning("billing_run.payer_failed", run=self.run.pk, kind=self.kind, payer=pk)

    def _go_on(self, ids: Sequence[int]) -> None:
        walked = str(Walk(self.kind, ids[-1]))
        BillingRun.objects.filter(pk=self.run.pk).update(
            done=F("done") + len(ids), cursor=walked, stepped_at=timezone.now()
        )


def write_bills(*, by: Actor, run: BillingRun, bills: Sequence[tuple[Row, Bill]]) -> None:
    """Store the drafts and the run's items of ``bills``, with what they claim."""
    invoices = _write_invoices(run, bills)
    _write_lines(bills, invoices)
    unbilled = [bill for (_row, bill), invoice in zip(bills, invoices, strict=True) if invoice is None]
    free = [line.usage_id for bill in unbilled for line in bill.lines if line.usage_id]
    close_free(free, by=by, now=timezone.now())
    BillingRunItem.objects.bulk_create(
        _item(run, row, bill, invoice) for (row, bill), invoice in zip(bills, invoices, strict=True)
    )
    changes = [
        audit.Change([invoice, invoice.payer], after={"total": invoice.total_amount, "currency": invoice.currency})
        for invoice in invoices
        if invoice
    ]
    audit.record_many("billing.invoice.drafted", changes, by=by, location=run.location)


def rules_of(run: BillingRun, today: date) -> Rules:
    """Return by what rules the bills of ``run`` are made on ``today``."""
    place = run.location
    return Rules(
        month=Month(run.month),
        bills_from=run.bills_from,
        issued_on=today,
        payment_days=place.payment_days,
        included=place.tax_included,
        step=step(place.currency),
    )


def _who(row: Row) -> dict[str, Row]:
    return {"member": row} if isinstance(row, Member) else {"company": row}


def _write_invoices(run: BillingRun, bills: Sequence[tuple[Row, Bill]]) -> list[Invoice | None]:
    """Store a draft for each bill with something to pay; None for the others, in the order of ``bills``."""
    place = run.location
    made = iter(
        Invoice.objects.bulk_create(
            Invoice(
                location=place,
                currency=place.currency,
                tax_included=place.tax_included,
                net_amount=bill.net,
                tax_amount=bill.tax,
                total_amount=bill.total,
                **_who(row),
            )
            for row, bill in bills
            if bill.total
        )
    )
    return [next(made) if bill.total else None for _row, bill in bills]


def _write_lines(bills: Sequence[tuple[Row, Bill]], invoices: Sequence[Invoice | None]) -> None:
    """Store every line and claim what it bills; days that cost nothing are claimed without a line."""
    rows: list[InvoiceLine] = []
    periods: list[BilledPeriod] = []
    usage: list[tuple[int, InvoiceLine]] = []
    for (_row, bill), invoice in zip(bills, invoices, strict=True):
        for position, (line, taxed) in enumerate(zip(bill.lines, bill.taxed, strict=True), start=1):
            row = _line(invoice, position, line, taxed) if invoice else None
            rows += [row] if row else []
            if line.period and line.membership_id:
                start, end = line.period.start, line.period.end
                claim = BilledPeriod(membership_id=line.membership_id, period_start=start, period_end=end, line=row)
                periods.append(claim)
            elif row and line.usage_id:
                usage.append((line.usage_id, row))
    InvoiceLine.objects.bulk_create(rows)
    for period in periods:
        period.line_id = period.line.pk if period.line else None
    BilledPeriod.objects.bulk_create(periods)
    take_usage(usage)


def _line(invoice: Invoice, position: int, line: Line, taxed: Taxed) -> InvoiceLine:
    if line.period:
        said = period_line(line.what, line.person, line.period.start, line.period.last)
    else:
        said = usage_line(line.what, line.person, line.note, line.on_date)
    return InvoiceLine(
        invoice=invoice,
        position=position,
        description=said,
        quantity=line.quantity,
        unit_amount=line.unit,
        tax_name=line.tax.name,
        tax_basis_points=line.tax.basis_points,
        net_amount=taxed.net,
        tax_amount=taxed.tax,
        gross_amount=taxed.gross,
        product_id=line.product_id,
        for_member_id=line.person_id,
        on_date=line.on_date,
        membership_id=line.membership_id,
        period_start=line.period.start if line.period else None,
        period_end=line.period.end if line.period else None,
        why=line.why,
    )


def _item(run: BillingRun, row: Row, bill: Bill, invoice: Invoice | None) -> BillingRunItem:
    state = RunItemState.FAILED if bill.refusal else RunItemState.DRAFT if invoice else RunItemState.NOTHING
    return BillingRunItem(
        run=run,
        invoice=invoice,
        state=state,
        payer_name=row.name,
        total_amount=bill.total,
        last_amount=bill.last_total,
        changes=[change.stored() for change in bill.changes],
        warnings=[caution.stored() for caution in bill.cautions],
        error=refusal_words(bill.refusal, bill.missing) if bill.refusal else "",
        **_who(row),
    )
