"""Says no, for the ledger, while a reader may still be paid for an invoice."""

from typing import Any

from django.dispatch import receiver

from billing.signals import about_to_change
from flexspace.core.errors import Conflict
from terminal import explain
from terminal.queries import live_attempt_on


@receiver(about_to_change)
def refuse_while_being_taken(invoice_ids: list[int], **_kwargs: Any) -> None:
    """Raise Conflict when one of the invoices has a live attempt; they are locked by the sender."""
    for invoice_id in invoice_ids:
        attempt = live_attempt_on(invoice_id)
        if attempt:
            raise Conflict(
                f"{explain.being_taken_sentence(attempt)} Cancel it on the reader first.", code="being_taken"
            )
