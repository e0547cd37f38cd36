"""Billing runs for tests: started, driven and decided the way the product does it."""

from datetime import UTC, date, datetime

from billing.models import BillingRun
from billing.services.billing_runs import drive, start_run
from billing.services.run_decisions import approve
from billing.services.run_issuing import start_issuing
from flexspace.core.actors import Actor

BY = Actor.job("test")
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
LONG_AGO = date(2026, 1, 1)


def make_run(location, month="2026-12-01", *, now=NOW, bills_from=LONG_AGO, drive_to_end=True) -> BillingRun:
    """Return the run of a month with its drafts."""
    run = start_run(by=BY, location=location, month=date.fromisoformat(month), now=now, bills_from=bills_from)
    if drive_to_end:
        drive(run.pk, now=now)
    run.refresh_from_db()
    return run


def issue_all(run, *, now=NOW) -> BillingRun:
    """Approve and issue every bill of a run."""
    approve(by=BY, run=run)
    start_issuing(by=BY, run=run, now=now)
    drive(run.pk, now=now)
    run.refresh_from_db()
    return run


def billed(run):
    """Return what the bills of a run say: payer, total, state."""
    return [(item.payer_name, item.total_amount, item.state) for item in run.items.order_by("payer_name")]


def lines_of(item):
    """Return the lines of a bill: text and gross amount."""
    return [(line.description, line.gross_amount) for line in item.invoice.lines.all()]
