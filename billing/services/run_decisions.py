"""What a person decides about the bills of a run: approve, hold, draft again."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from billing.enums import InvoiceState, RunItemState, RunState
from billing.models import BillingRun, BillingRunItem, Invoice, InvoiceLine
from billing.queries import lock_invoices
from billing.queries.payers import count_payers
from billing.queries.run_bills import OPEN, bills_of
from billing.services import claims
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError

Items = Collection[int] | None  # ids; None: all of the run
NAMED = 5  # payers that the timeline names
SETTLED = (RunItemState.ISSUED, RunItemState.NOTHING)


@transaction.atomic
def approve(*, by: Actor, run: BillingRun, items: Items = None) -> int:
    """Let bills be issued: the drafts among ``items``, and held ones that are named. Return how many.

    Raises Conflict while the run is at work, DomainError when nothing is left to approve.
    """
    locked = lock_run(run, RunState.REVIEW)
    states = [RunItemState.DRAFT] if items is None else [RunItemState.DRAFT, RunItemState.HELD]
    rows = _chosen(locked, items).filter(state__in=states, invoice__state=InvoiceState.DRAFT)
    return _decide(by, locked, rows, RunItemState.APPROVED, "billing.run.approved")


@transaction.atomic
def hold(*, by: Actor, run: BillingRun, items: Collection[int]) -> int:
    """Leave bills out of this month; when the run is finished, the next one finds what they bill. Return how many.

    Raises Conflict while the run is at work, DomainError when none of ``items`` can be held.
    """
    locked = lock_run(run, RunState.REVIEW)
    rows = _chosen(locked, items).filter(state__in=[RunItemState.DRAFT, RunItemState.APPROVED])
    return _decide(by, locked, rows, RunItemState.HELD, "billing.run.held")


@transaction.atomic
def redraft(*, by: Actor, run: BillingRun, now: datetime, items: Items = None) -> int:
    """Throw drafts away and let the run make them again from what holds now. Return how many.

    ``items`` None: those that failed or have nothing to bill. What was changed by hand on the drafts is lost. Raises
    Conflict while the run is at work, DomainError when nothing can be drafted again.
    """
    locked = lock_run(run, RunState.REVIEW)
    closed = [RunItemState.FAILED, RunItemState.NOTHING]
    rows = _chosen(locked, items).filter(state__in=[*OPEN, *closed] if items is not None else closed)
    count = throw_away(by=by, run=locked, rows=rows)
    if not count:
        raise DomainError("Tick the bills to draft again.", code="nothing_chosen")
    audit.record("billing.run.redrafted", by=by, about=[locked], location=locked.location, after={"bills": count})
    start_over(locked, now)
    return count


def start_over(run: BillingRun, now: datetime) -> None:
    """Let the locked run walk over all payers again; those who are in it are passed over."""
    run.state, run.finished_at, run.error = RunState.DRAFTING, None, ""
    run.to_do, run.done, run.cursor, run.stepped_at = count_payers(run), 0, "", now
    run.save(update_fields=["state", "finished_at", "error", "to_do", "done", "cursor", "stepped_at"])


def settle(run: BillingRun, now: datetime) -> None:
    """End what the locked run was at: done when bills went out and none is left, else it waits for a person."""
    states = set(run.items.order_by().values_list("state", flat=True).distinct())
    waits = RunItemState.ISSUED not in states or not states <= set(SETTLED)
    run.state, run.finished_at = (RunState.REVIEW, None) if waits else (RunState.DONE, now)
    run.save(update_fields=["state", "finished_at"])


def settle_by_hand(invoice: Invoice, now: datetime) -> None:
    """Mark the bill of a draft that a person issued, whose run ``lock_run_of`` has locked; it ends with its last."""
    for item in BillingRunItem.objects.select_related("run__location").filter(invoice=invoice):
        mark_issued(item.run, [item.pk], now)
        if item.run.state == RunState.REVIEW:
            settle(item.run, now)


def mark_issued(run: BillingRun, ids: Collection[int], now: datetime) -> None:
    """Mark the bills ``ids`` of the locked run, whose invoices were just issued, with what to look at as of ``now``."""
    bills = bills_of(run, run.location.today(now), only=ids)
    rows = [BillingRunItem(pk=bill.pk, state=RunItemState.ISSUED, warnings=bill.cautions) for bill in bills]
    BillingRunItem.objects.bulk_update(rows, ["state", "warnings"])


def lock_run_of(invoice: Invoice) -> None:
    """Lock the run that made the draft, if one did: before the draft, as whoever issues the whole run does."""
    rows = BillingRun.objects.filter(items__invoice=invoice.pk)
    list(rows.select_for_update(of=("self",), no_key=True))


def throw_away(*, by: Actor, run: BillingRun, rows: "QuerySet[BillingRunItem]") -> int:
    """Take ``rows`` out of the locked run and delete their drafts, so that what they bill is found again."""
    found = list(rows)
    drafts = [row for row in lock_invoices([each.invoice_id for each in found if each.invoice_id]) if not row.number]
    lines = InvoiceLine.objects.filter(invoice__in=drafts).values_list("pk", flat=True)
    claims.give_back(list(lines))
    claims.give_back_free(run, [each for each in found if each.invoice_id is None])
    audit.record_many("billing.invoice.discarded", map(_thrown, drafts), by=by, location=run.location)
    run.items.filter(pk__in=[each.pk for each in found]).delete()
    Invoice.objects.filter(pk__in=[row.pk for row in drafts], state=InvoiceState.DRAFT).delete()
    return len(found)


def lock_run(run: BillingRun, *states: RunState) -> BillingRun:
    """Return the run, locked until the transaction ends; Conflict when it is in none of ``states``."""
    rows = BillingRun.objects.select_related("location").select_for_update(of=("self",), no_key=True)
    locked: BillingRun = rows.get(pk=run.pk)
    if states and locked.state not in states:
        raise Conflict(f"{locked} is at work or finished. Reload the page.", code="run_state")
    return locked


def _chosen(run: BillingRun, items: Items) -> "QuerySet[BillingRunItem]":
    return run.items.all() if items is None else run.items.filter(pk__in=items)


def _decide(by: Actor, run: BillingRun, rows: "QuerySet[BillingRunItem]", state: RunItemState, action: str) -> int:
    """Give ``rows`` of the locked run a state, however many they are, and write it down once."""
    names = list(rows.order_by("pk").values_list("payer_name", flat=True)[: NAMED + 1])
    count = run.items.filter(pk__in=rows.values("pk")).update(state=state)
    if not count:
        raise DomainError("Nothing here can be changed that way. Reload the page.", code="nothing_chosen")
    after = {"bills": count, "names": ", ".join(names) if len(names) <= NAMED else ""}
    audit.record(action, by=by, about=[run], location=run.location, after=after)
    return count


def _thrown(draft: Invoice) -> audit.Change:
    return audit.Change(about=[draft, draft.payer], before={"total": draft.total_amount, "currency": draft.currency})
