"""The approved bills of a run become invoices, a batch at a time, with numbers in a row and a mail for each."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from billing.enums import CautionCode, InvoiceState, RunItemState, RunState
from billing.explain.runs import NO_LINES
from billing.models import BillingRun, BillingRunItem, Invoice, InvoiceLine
from billing.queries import lock_invoices
from billing.queries.payers import cards_of
from billing.services.issuing import issue_locked
from billing.services.run_checks import changed_since
from billing.services.run_decisions import lock_run, mark_issued, settle
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import DomainError
from flexspace.core.restored import refuse_while_held

LIMIT = 200  # invoices in one transaction


@transaction.atomic
def start_issuing(*, by: Actor, run: BillingRun, now: datetime) -> int:
    """Let the approved bills of a run go out; return how many.

    Raises Conflict while the run is at work, DomainError when no bill is approved.
    """
    refuse_while_held()
    locked = lock_run(run, RunState.REVIEW)
    count = locked.items.filter(state=RunItemState.APPROVED).count()
    if not count:
        raise DomainError("Approve bills first; only approved ones are issued.", code="nothing_approved")
    locked.state, locked.to_do, locked.done, locked.error = RunState.ISSUING, count, 0, ""
    locked.started_by, locked.stepped_at = by.label, now
    locked.save(update_fields=["state", "to_do", "done", "error", "started_by", "stepped_at"])
    audit.record("billing.run.issuing", by=by, about=[locked], location=locked.location, after={"bills": count})
    return count


@transaction.atomic
def issue_batch(*, by: Actor, run: BillingRun, now: datetime, limit: int = LIMIT) -> bool:
    """Issue the next ``limit`` approved bills in one transaction; return False when none is left.

    A bill whose membership has changed since it was drafted, such as one that has ended, is not issued: it is a draft
    again, with a caution. So is one without lines, with what is wrong.
    """
    locked = lock_run(run)
    if locked.state != RunState.ISSUING:
        return False
    wanted = run.items.filter(state=RunItemState.APPROVED, invoice__isnull=False).order_by("invoice_id")
    invoices = lock_invoices(list(wanted.values_list("invoice_id", flat=True)[:limit]))
    if not invoices:
        settle(locked, now)
        return False
    rows = run.items.filter(invoice__in=invoices, state=RunItemState.APPROVED).order_by("pk")
    items = {item.invoice_id: item for item in rows.select_for_update(of=("self",), no_key=True)}
    drafts = [row for row in invoices if row.pk in items and row.state == InvoiceState.DRAFT]
    lines = _lines(drafts)
    changed = changed_since(lines)
    good = [row for row in drafts if lines.get(row.pk) and row.pk not in changed]
    issue_locked(by=by, location=run.location, drafts=good, lines=lines, cards=cards_of(good), now=now, mail_all=True)
    ids = [items[row.pk].pk for row in good]
    mark_issued(run, ids, now)
    empty = {row.pk for row in drafts if not lines.get(row.pk)}
    _send_back([item for pk, item in items.items() if item.pk not in set(ids)], empty)
    BillingRun.objects.filter(pk=run.pk).update(done=F("done") + len(items), stepped_at=now)
    return True


def _lines(drafts: Sequence[Invoice]) -> dict[int, list[InvoiceLine]]:
    found: defaultdict[int, list[InvoiceLine]] = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__in=drafts).order_by("invoice_id", "position"):
        found[line.invoice_id].append(line)
    return found


def _send_back(items: Sequence[BillingRunItem], empty: Collection[int]) -> None:
    """Let bills that were not issued be looked at again; ``empty`` are the ids of drafts without lines."""
    for item in items:
        if item.invoice_id in empty:
            item.state, item.error = RunItemState.DRAFT, NO_LINES
            continue
        others = [each for each in item.warnings if each["code"] != CautionCode.CHANGED_SINCE]
        item.state, item.warnings = RunItemState.DRAFT, [*others, {"code": CautionCode.CHANGED_SINCE.value}]
    BillingRunItem.objects.bulk_update(items, ["state", "warnings", "error"])
