"""Gives money back on a reader, where the network wants the card to be there: the same machine and lease as a charge.

The refund is reserved in the ledger before, as every other. Its attempts follow one another and never overlap; with
the last of them it ends, unless another reader goes on.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.enums import CANCELED_HERE, RefundState
from billing.models import Refund
from billing.services.refund_moves import LockedRefund, locked_refund, move
from flexspace.core import restored
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.one_use import claim_token, keep_result
from terminal.models import Attempt, Reader
from terminal.services.reader_check import check_reader
from terminal.services.refund_seen import account_of_payment, raise_unless_seen
from terminal.services.reserve import reserve_refund


class BeingGivenBack(Conflict):
    """It is on a reader already; ``attempt`` is where the person should be led."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(f"It is being given back on {attempt.where} already.", code="being_given_back")
        self.attempt = attempt


@transaction.atomic
def start_refund(*, by: Actor, refund: Refund, reader: Reader, now: datetime, token: UUID | None = None) -> Attempt:
    """Reserve the giving back of ``refund`` on ``reader``. Nothing is sent yet.

    Raises DomainError for a reader that does not do, BeingGivenBack while a reader has it, Conflict when it has ended
    or needs no reader, AlreadyUsed when the form was sent before.
    """
    restored.refuse_while_held()
    claim = claim_token(token, by=by, purpose="reader_refund") if token else None
    with locked_refund(refund.pk) as row:
        fresh = _waiting(row)
        check_reader(reader, location_id=fresh.location_id, currency=fresh.currency)
        if account_of_payment(row.payment) != reader.config:
            raise DomainError(f"{reader} belongs to another Stripe account than the payment.", code="other_account")
        attempt = reserve_refund(by=by, refund=fresh, reader=reader, now=now)
        if claim:
            keep_result(claim, str(attempt.uuid))
        return attempt


def take_back(*, by: Actor, refund: Refund, now: datetime) -> None:
    """Want ``refund`` no more before any reader was asked for the card: nothing can be at Stripe, so it ends at once.

    Raises BeingGivenBack while a reader has it, and Conflict once a reader has had it: then only its own end tells that
    no late command gives the money back. Conflict too when it has ended, or needs no reader.
    """
    restored.refuse_while_held()
    with locked_refund(refund.pk) as row:
        fresh = _waiting(row)
        if fresh.attempts.exists():
            raise Conflict(
                "A reader was asked for the card already. The refund ends by itself once it is sure that nothing goes "
                "back.",
                code="was_on_reader",
            )
        move(row, RefundState.FAILED, cause="taken_back", by=by, now=now, failure_code=CANCELED_HERE)
        raise_unless_seen(fresh, now=now)


def _waiting(row: LockedRefund) -> Refund:
    """Return the locked refund if it waits for a reader; raise BeingGivenBack or Conflict otherwise."""
    live = live_refund(row.refund)
    if live:
        raise BeingGivenBack(live)
    if not row.refund.on_reader or row.refund.state != RefundState.RESERVED:
        raise Conflict("This refund does not wait for a reader any more. Reload the page.", code="not_waiting")
    return row.refund


def live_refund(refund: Refund) -> Attempt | None:
    """Return the attempt that is giving ``refund`` back now."""
    rows = Attempt.objects.live().filter(refund=refund)
    return rows.select_related("reader").first()
