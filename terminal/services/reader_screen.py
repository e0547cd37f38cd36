"""Writes on a reader's screen while nobody pays there: a cart is shown, and taken away again.

A cart that reaches a reader after a payment takes the payment's place without a word, and nobody can pay any more.
So whoever writes holds the screen, and a payment is sent only when nobody does.
https://docs.stripe.com/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven#reader-busy
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from terminal import explain
from terminal.models import Reader
from terminal.queries import reader_holder
from terminal.rules import PAGE_TIMEOUT, READER_TIMEOUT, UNANSWERED_GRACE
from terminal.services.reader_check import ReaderInUse
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused

HELD_FOR = timedelta(seconds=PAGE_TIMEOUT + UNANSWERED_GRACE)
CART_STAYS = timedelta(minutes=5)
CART = "set_reader_display"
MOST_LINES = 8
LONGEST = 60


@contextmanager
def writing(reader: Reader, *, now: datetime) -> Iterator[None]:
    """Hold a reader's screen while a call is made, and let go of it once Stripe has answered.

    Without an answer the call may still arrive, so the screen stays held until it no longer can. Raises ReaderInUse
    while a payment has the reader, and Conflict while somebody else writes.
    """
    with transaction.atomic():
        row = Reader.objects.select_for_update().get(pk=reader.pk)
        holder = reader_holder(row)
        if holder:
            raise ReaderInUse(holder)
        if row.writing_until and row.writing_until > now:
            raise Conflict(f"{reader} is being written to at the moment. Try again in a minute.", code="reader_written")
        Reader.objects.filter(pk=row.pk).update(writing_until=now + HELD_FOR)
    in_doubt = False
    try:
        yield
    except StripeProblem as problem:
        in_doubt = not isinstance(problem, StripeRefused) or problem.code == READER_TIMEOUT
        raise
    finally:
        if not in_doubt:
            Reader.objects.filter(pk=reader.pk).update(writing_until=None)


def being_written(reader_id: int, *, now: datetime) -> bool:
    """Return whether a screen is held; call it in the transaction that commits a payment to the reader."""
    row = Reader.objects.select_for_update().only("writing_until").get(pk=reader_id)
    return bool(row.writing_until and row.writing_until > now)


def show_cart(*, by: Actor, reader: Reader, lines: Sequence[tuple[str, Money]], now: datetime) -> None:
    """Show what somebody is about to pay: texts with amounts of one currency, with tax. The total is their sum.

    Raises Conflict while the reader is used for something else, and StripeProblem; then nothing changes on it.
    """
    currency = lines[0][1].currency
    total = sum(money.amount for _, money in lines)
    shown = [(text[:LONGEST], money.amount) for text, money in _fitting(lines)]
    gateway = StripeGateway.of(reader.config)
    found = gateway.reader(reader.stripe_id)
    if found.action_status == "in_progress" and found.action_type != CART:
        holder = reader_holder(reader)
        if holder:
            raise ReaderInUse(holder)
        raise Conflict(explain.SHOWS_OTHERS.format(reader=reader), code="reader_shows_others")
    with writing(reader, now=now):
        Reader.objects.filter(pk=reader.pk).update(cart_at=now)
        gateway.show_cart(reader.stripe_id, currency=currency, lines=shown, total=total)
    with transaction.atomic():
        audit.record(
            "terminal.reader.cart",
            by=by,
            about=[reader],
            location=reader.location,
            after={"reader": reader.label, "amount": total, "currency": currency},
        )


def _fitting(lines: Sequence[tuple[str, Money]]) -> list[tuple[str, Money]]:
    """Return as many lines as fit on the screen; the rest of a long cart is added up in the last."""
    if len(lines) <= MOST_LINES:
        return list(lines)
    first, rest = lines[: MOST_LINES - 1], lines[MOST_LINES - 1 :]
    more = Money.sum([money for _, money in rest], lines[0][1].currency)
    return [*first, (f"{len(rest)} more", more)]


def clear_carts(now: datetime) -> None:
    """Take carts away that stayed long enough; a payment that followed has replaced its own already."""
    for reader in Reader.objects.filter(cart_at__lte=now - CART_STAYS, gone_at=None).select_related("config"):
        gateway = StripeGateway.of(reader.config)
        try:
            if gateway.reader(reader.stripe_id).action_type == CART:
                with writing(reader, now=now):
                    gateway.cancel_action(reader.stripe_id, timeout=PAGE_TIMEOUT)
        except (Conflict, StripeProblem):
            continue  # it is looked at again in a minute
        Reader.objects.filter(pk=reader.pk, cart_at=reader.cart_at).update(cart_at=None)
