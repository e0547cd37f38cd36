"""Says no, for the ledger, while a reader may still be paid; sends refunds, compares books, detaches cards."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from billing.enums import RefundOutcome
from billing.models import Invoice
from billing.signals import about_to_change, card_removed, pay_url_asked, refund_asked, refund_decided
from flexspace.core.actors import Actor
from flexspace.core.enqueue import enqueue
from terminal import explain
from terminal.endpoints import endpoints
from terminal.enums import FlagKind
from terminal.models import AttemptFlag, StripeConfig
from terminal.queries import live_attempt_on
from terminal.services.collect import BeingTaken
from terminal.services.collect_facts import account_of
from terminal.services.flags import close_flag
from terminal.services.link_tokens import LinkKind, link_url
from terminal.signals import books_wanted
from terminal.tasks import advance_refund, compare_account, detach_card


@receiver(about_to_change)
def refuse_while_being_taken(invoice_ids: list[int], **_kwargs: Any) -> None:
    """Raise BeingTaken when one of the invoices has a live attempt; they are locked by the sender."""
    for invoice_id in invoice_ids:
        attempt = live_attempt_on(invoice_id)
        if attempt:
            said = f"{explain.being_taken_sentence(attempt)} {explain.end_it_first(attempt)}"
            raise BeingTaken(said, attempt=attempt)


@receiver([post_save, post_delete], sender=StripeConfig)
def forget_endpoints(**_kwargs: Any) -> None:
    """Let this process see an account's new secrets at once, and again when others may see them."""
    endpoints.forget()
    transaction.on_commit(endpoints.forget)


@receiver(pay_url_asked)
def give_pay_url(invoice: Invoice, at: datetime, **_kwargs: Any) -> str:
    """Return our own link to the invoice's payment page; "" where no Stripe account takes the money."""
    return link_url(LinkKind.PAY, invoice.uuid, at=at) if account_of(invoice) else ""


@receiver(refund_asked)
def send_refund(refund_id: int, **_kwargs: Any) -> None:
    """Send a reserved refund to Stripe, soon; the schedule finds it when this message is lost."""
    enqueue(advance_refund, refund_id)


@receiver(refund_decided)
def close_its_flag(refund_id: int, by: Actor, outcome: RefundOutcome, now: datetime, **_kwargs: Any) -> None:
    """Take a refund that was found, and has now been decided about, off the managers' queue."""
    flags = AttemptFlag.objects.select_related("attempt__location")
    for flag in flags.filter(refund=refund_id, kind=FlagKind.REFUND_FOUND, closed_at=None):
        close_flag(by=by, flag=flag, reason=outcome.label, now=now)


@receiver(books_wanted)
def compare_soon(config_id: int, **_kwargs: Any) -> None:
    """Compare an account's books, soon; the schedule does when this message is lost."""
    enqueue(compare_account, config_id)


@receiver(card_removed)
def let_stripe_forget(card_id: int, **_kwargs: Any) -> None:
    """Detach a removed card at Stripe, soon; the schedule finds it when this message is lost."""
    enqueue(detach_card, card_id)
