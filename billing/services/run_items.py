"""A run's bill follows its draft: changed, issued or voided by hand, it says so."""

from billing.enums import ChangeCode, RunItemState
from billing.models import BillingRunItem, Invoice


def refresh_item(invoice: Invoice) -> None:
    """Let the run's bill show what its draft comes to now; what was approved must be approved again.

    Call it in the transaction that changes the draft, with the draft locked. A draft of no run is passed over.
    """
    item = BillingRunItem.objects.select_for_update(of=("self",), no_key=True).filter(invoice=invoice).first()
    if item is None:
        return
    changes = [change for change in item.changes if change["code"] != ChangeCode.EDITED]
    before = sum(change["amount"] for change in item.changes if change["code"] == ChangeCode.EDITED)
    edited = before + invoice.total_amount - item.total_amount
    if edited:
        changes.append({"code": ChangeCode.EDITED.value, "amount": edited})
    item.changes, item.total_amount, item.error = changes, invoice.total_amount, ""
    if item.state == RunItemState.APPROVED:
        item.state = RunItemState.DRAFT
    item.save(update_fields=["changes", "total_amount", "error", "state"])


def voided(invoice: Invoice) -> None:
    """Take a draft that was voided out of its run; an invoice stays in it, void. Either can be billed again."""
    if invoice.number is None:
        BillingRunItem.objects.filter(invoice=invoice).delete()
