"""Where the receipt of a payment goes, said while it runs: kept with the attempt until it is booked."""

from django.db import transaction
from django.db.models import F

from billing.services.notices import address
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from terminal.models import Attempt


@transaction.atomic
def choose_receipt(attempt_id: int, *, by: Actor, to: str) -> None:
    """Let the receipt of a running payment go to ``to``; "" mails none, neither ours nor Stripe's.

    Raises DomainError for what is no address, and Conflict when the payment does not run any more.
    """
    to = address(to) if to else ""
    row = Attempt.objects.select_for_update(of=("self",)).get(pk=attempt_id)
    if not row.is_live or row.amount is None:
        raise Conflict("This payment does not run any more. Nothing was changed.", code="not_running")
    Attempt.objects.filter(pk=row.pk).update(receipt_to=to, revision=F("revision") + 1)
    payer = row.member or row.company
    audit.record(
        "terminal.attempt.receipt_chosen",
        by=by,
        about=[row, *(part.invoice for part in row.allocations.select_related("invoice")), *([payer] if payer else [])],
        location=row.location,
        before={"to": row.receipt_to},
        after={"to": to},
    )
