"""What must hold of a run's draft before it goes out, whether its run issues it or a person does from its page."""

from collections.abc import Iterable, Mapping, Sequence

from billing.enums import RunItemState
from billing.models import BillingRunItem, Invoice, InvoiceLine
from flexspace.core.errors import Conflict
from members.calendars import Period
from members.models import Membership
from members.proration import PriceMissing
from members.terms import part_cost


def changed_since(lines: Mapping[int, Iterable[InvoiceLine]]) -> set[int]:
    """Return those of the drafts (ids, each with its lines) that bill days which are not held or cost otherwise now."""
    ids = {line.membership_id for each in lines.values() for line in each if line.membership_id}
    rows = Membership.objects.filter(pk__in=ids).with_terms() if ids else ()
    held = {row.pk: row for row in rows}
    return {
        draft
        for draft, each in lines.items()
        if any(line.membership_id and not _holds(line, held[line.membership_id]) for line in each)
    }


def check_by_hand(invoice: Invoice, lines: Sequence[InvoiceLine]) -> bool:
    """Return whether a run made the locked draft; raise Conflict when its run would not issue it either.

    That is while the bill is held, and when what it bills has changed since it was drafted.
    """
    item = BillingRunItem.objects.select_related("run").filter(invoice=invoice).first()
    if item is None:
        return False
    if item.state == RunItemState.HELD:
        raise Conflict("This bill is held in its billing run. Approve it there first.", code="bill_held")
    if changed_since({invoice.pk: lines}):
        raise Conflict(
            "What this bill is for has changed since it was drafted."
            f" Draft it again in the run of {item.run.month:%B %Y}.",
            code="changed_since",
        )
    return True


def _holds(line: InvoiceLine, membership: Membership) -> bool:
    assert line.period_start is not None  # such a line has a period
    assert line.period_end is not None
    part, terms = Period(line.period_start, line.period_end), membership.terms()
    if any(part.within(done.start, done.end) for done in membership.billed_elsewhere):
        return False
    held = part.within(terms.starts_on, terms.end) if terms.begins else None
    try:
        cost = part_cost(terms, terms.cycle.period_containing(part.start), part)
    except PriceMissing:
        return False
    return held == part and cost.amount == line.unit_amount
