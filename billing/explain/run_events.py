"""What happened to a month's billing, in sentences."""

from datetime import date

from django.utils.dateformat import format as written

from flexspace.core.models import AuditEvent
from flexspace.core.money import Money, MoneyError
from flexspace.core.sentences import says


@says("billing.run.started", icon="calendar-plus")
def run_started(event: AuditEvent) -> str:
    """Tell which month is billed."""
    month = event.after.get("month")
    return f"Billing of {written(date.fromisoformat(month), 'F Y')} started" if month else "Billing started"


@says("billing.run.again", icon="rotate-cw")
def run_again(event: AuditEvent) -> str:
    """Tell that a run looks for new things to bill."""
    return "Looked again for what is not billed"


@says("billing.run.approved", tone="ok", icon="check")
def run_approved(event: AuditEvent) -> str:
    """Tell how many bills were approved."""
    return f"{_named(event)} approved"


@says("billing.run.held", tone="warn", icon="pause")
def run_held(event: AuditEvent) -> str:
    """Tell how many bills were held."""
    return f"{_named(event)} held"


@says("billing.run.redrafted", icon="rotate-cw")
def run_redrafted(event: AuditEvent) -> str:
    """Tell that drafts were thrown away to be made anew."""
    return f"{_bills(event)} drafted again"


@says("billing.run.issuing", icon="send")
def run_issuing(event: AuditEvent) -> str:
    """Tell how many bills go out."""
    return f"Issuing {_bills(event)}"


@says("billing.run.finished", tone="ok", icon="circle-check")
def run_finished(event: AuditEvent) -> str:
    """Tell that the month is billed."""
    held = event.after.get("held")
    return f"Finished; {held} held for the next run" if held else "Finished"


def _named(event: AuditEvent) -> str:
    names = event.after.get("names")
    return f"{_bills(event)} ({names})" if names else _bills(event)


def _bills(event: AuditEvent) -> str:
    count = event.after.get("bills", 0)
    return "1 bill" if count == 1 else f"{count} bills"


@says("billing.invoice.discarded", icon="trash-2")
def draft_discarded(event: AuditEvent) -> str:
    """Tell what a draft came to that was thrown away."""
    try:
        total = str(Money(event.before.get("total"), str(event.before.get("currency"))))
    except MoneyError:
        total = "an amount"
    return f"Draft for {total} thrown away, to be made anew or left to the next run"
