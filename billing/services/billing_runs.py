"""The billing run of a month: started by a person, driven batch by batch, finished. It may stop anywhere and go on."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from billing.dues.facts import Month
from billing.dues.lines import LOOK_BACK
from billing.enums import InvoiceState, RunItemState, RunState
from billing.models import BillingRun, BillingRunItem
from billing.queries import lock_invoices
from billing.services.run_decisions import lock_run, start_over, throw_away
from billing.services.run_drafts import LIMIT, draft_batch
from billing.services.run_issuing import issue_batch
from flexspace.core import audit, restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.locks import only_one
from flexspace.core.models import Location
from members.explain.costs import days_words

LEASE_SECONDS = 120
AHEAD = 1  # months after this one that may be billed
AGAIN = Q(state__in=[RunItemState.FAILED, RunItemState.NOTHING]) | Q(invoice__state=InvoiceState.VOID)
LEFT = (RunItemState.HELD, RunItemState.FAILED)  # what another run takes over
BUSY = (RunState.DRAFTING, RunState.ISSUING)


@transaction.atomic
def start_run(
    *, by: Actor, location: Location, month: date, now: datetime, bills_from: date | None = None
) -> BillingRun:
    """Begin the run of a month (any day of it), or let it go on and look for what is not billed yet.

    ``bills_from``, for a location's first run, is the first day that is billed here; by default the first of the
    month. Later runs keep to it. Raises DomainError for a month that is too far away, Conflict while it is at work.
    """
    wanted = Month.of(month)
    here = Month.of(location.today(now))
    if not here.plus(-LOOK_BACK) <= wanted <= here.plus(AHEAD):
        raise DomainError("Bill a month of the last year, this month or the next one.", code="month_out_of_reach")
    since = _bills_from(location, wanted, bills_from)
    if wanted.end <= since:
        raise DomainError(f"{location} is billed here from {days_words(since, since)} on.", code="month_before_first")
    run, made = BillingRun.objects.get_or_create(
        location=location,
        month=wanted.start,
        defaults={"bills_from": since, "started_by": by.label, "started_at": now},
    )
    locked, others = _lock_all(run)
    if not made and locked.state in BUSY:
        raise Conflict(f"{locked} is at work already.", code="run_at_work")
    _free_held(by, others, now)
    throw_away(by=by, run=locked, rows=locked.items.filter(AGAIN))
    start_over(locked, now)
    audit.record(
        "billing.run.started" if made else "billing.run.again",
        by=by,
        about=[locked],
        location=location,
        after={"month": wanted.start.isoformat()},
    )
    return locked


@transaction.atomic
def finish(*, by: Actor, run: BillingRun, now: datetime) -> BillingRun:
    """Close a month: what is held or undecided is left to the next run. Conflict while the run is at work."""
    locked = lock_run(run, RunState.REVIEW)
    _close(by, locked, now)
    return locked


def drive(run_id: int, *, now: datetime, batches: int | None = None, limit: int = LIMIT) -> bool:
    """Take the next ``batches`` (None: all) of a run that drafts or issues; return whether any are left.

    One worker at a time; another finds the lease taken and leaves the run alone.
    """
    with only_one(f"billing.run.{run_id}", seconds=LEASE_SECONDS) as lease:
        taken = 0
        run = BillingRun.objects.select_related("location").get(pk=run_id)
        while lease and not restored.held() and run.state in BUSY and (batches is None or taken < batches):
            _step(run, now, limit)
            taken += 1
            run.refresh_from_db(fields=["state"])
            if not lease.renew():
                break
    return run.state in BUSY


def busy_runs() -> list[int]:
    """Return the ids of the runs that are drafting or issuing; none while a restored database is not confirmed."""
    if restored.held():
        return []
    return list(BillingRun.objects.filter(state__in=BUSY).values_list("pk", flat=True))


def _step(run: BillingRun, now: datetime, limit: int) -> None:
    by = Actor("job", "billing_run", f"Billing run, {run.started_by}")
    try:
        if run.state == RunState.ISSUING:
            issue_batch(by=by, run=run, now=now, limit=limit)
        else:
            draft_batch(by=by, run=run, today=run.location.today(now), limit=limit)
    except Exception as error:
        said = f"It stopped ({type(error).__name__}) and is tried again by itself."
        BillingRun.objects.filter(pk=run.pk).update(error=said)
        raise
    BillingRun.objects.filter(pk=run.pk).exclude(error="").update(error="")


def _bills_from(location: Location, month: Month, wished: date | None) -> date:
    """Return the first day that is billed here: the earlier runs' own, else what was wished for a first run."""
    earliest = BillingRun.objects.filter(location=location).order_by("bills_from").first()
    return earliest.bills_from if earliest else wished or month.start


def _lock_all(run: BillingRun) -> tuple[BillingRun, list[BillingRun]]:
    """Lock the location's runs by ascending id, then all drafts they give up; return ``run`` and who holds bills back.

    Two months that are started at one moment take from each other, so neither may lock only its own first.
    """
    rows = BillingRun.objects.filter(location=run.location_id).select_related("location").order_by("pk")
    runs = list(rows.select_for_update(of=("self",), no_key=True))
    [locked] = [each for each in runs if each == run]
    settled = [each for each in runs if each != run and each.state in (RunState.REVIEW, RunState.DONE)]
    given_up = BillingRunItem.objects.filter(Q(run=locked) & AGAIN | Q(run__in=settled, state__in=LEFT))
    found = list(given_up.values_list("run_id", "invoice_id"))
    lock_invoices([invoice for _run, invoice in found if invoice])
    holding = {pk for pk, _invoice in found}
    return locked, [each for each in settled if each.pk in holding]


def _free_held(by: Actor, others: Sequence[BillingRun], now: datetime) -> None:
    """Let a run find what the locked ``others`` hold back; one that has nothing else to decide is finished."""
    for other in others:
        throw_away(by=by, run=other, rows=other.items.filter(state__in=LEFT))
        undecided = other.items.filter(state__in=[RunItemState.DRAFT, RunItemState.APPROVED])
        if other.state == RunState.REVIEW and not undecided.exists():
            _close(by, other, now)


def _close(by: Actor, run: BillingRun, now: datetime) -> None:
    rows = run.items.filter(state__in=[RunItemState.DRAFT, RunItemState.APPROVED, RunItemState.HELD])
    left = throw_away(by=by, run=run, rows=rows)
    run.state, run.finished_at = RunState.DONE, now
    run.save(update_fields=["state", "finished_at"])
    audit.record("billing.run.finished", by=by, about=[run], location=run.location, after={"held": left})
