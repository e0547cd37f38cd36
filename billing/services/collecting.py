"""Collecting an invoice from a saved card: opened with the invoice, moved by the rules of ``billing.dunning``.

Whoever writes here holds the invoice's lock, so a collection needs none of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from billing.dunning import MAX_SPAN, NOTHING_SAID, Next, RetryPlan, Said
from billing.enums import DUE_STATES, CollectionReason, CollectionState, InvoiceState, PaymentMethod
from billing.models import Collection, Invoice, Payment
from billing.queries import lock_invoices
from billing.services.telling import tell_payer
from billing.signals import about_to_change
from flexspace.core import audit
from flexspace.core.actors import Actor
from flexspace.core.cards import refuse_card_number
from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import Location

S, R = CollectionState, CollectionReason
JOB = Actor.job("billing.collecting")
MAX_PUT_OFF = timedelta(days=92)


def plan() -> RetryPlan:
    """Return the installation's plan of tries."""
    return RetryPlan(tuple(settings.COLLECT_RETRY_DAYS))


def open_collections(*, by: Actor, location: Location, invoices: Sequence[Invoice]) -> None:
    """Set the due dates as the days on which saved cards are charged, in the transaction that issues ``invoices``.

    Those that are not collected, or with nothing to collect, are passed over. A second call changes nothing.
    """
    due = [row for row in invoices if row.auto_collect and row.state == InvoiceState.ISSUED and row.open_amount]
    if not due:
        return
    known = set(Collection.objects.filter(invoice__in=due).values_list("invoice_id", flat=True))
    made = Collection.objects.bulk_create(
        Collection(invoice=row, location=location, next_try_on=row.due_date) for row in due if row.pk not in known
    )
    changes = [_change(collection, before="") for collection in made]
    audit.record_many("billing.collection.scheduled", changes, by=by, location=location)


def open_condemned(
    *, by: Actor, location: Location, invoices: Sequence[Invoice], why: Mapping[int, CollectionReason]
) -> None:
    """Put ``invoices`` into the worklist whose payers' cards are charged for nothing any more, in the same way.

    ``why`` says by the invoice's id what became of the card (dunning.CONDEMNS). Such an invoice asks for the money, so
    another card is charged for it only when a person says so.
    """
    due = [row for row in invoices if row.pk in why and row.state == InvoiceState.ISSUED and row.open_amount]
    if not due:
        return
    made = Collection.objects.bulk_create(
        Collection(invoice=row, location=location, state=S.NEEDS_CARD, stop_reason=why[row.pk]) for row in due
    )
    changes = [_change(collection, before="") for collection in made]
    audit.record_many(f"billing.collection.{S.NEEDS_CARD}", changes, by=by, location=location)


def begin_try(collection: Collection) -> None:
    """Write down that the card is being charged, in the transaction that reserves the charge and audits it."""
    collection.state, collection.next_try_on, collection.stop_reason = S.TRYING, None, R.NONE
    collection.save(update_fields=["state", "next_try_on", "stop_reason"])


def follow(
    *,
    by: Actor,
    collection: Collection,
    follows: Next,
    now: datetime,
    said: Said = NOTHING_SAID,
    cause: str = "",
    words: str = "",
    pay_url: str = "",
) -> None:
    """Take ``collection`` where the rules lead, in a transaction that holds the invoice's lock.

    ``said`` is what the bank or Stripe said, ``cause`` names what the payer hears of, one mail for each, ``words``
    are added to the reason, and ``pay_url`` is where they may pay themselves.
    """
    before = collection.state
    collection.state, collection.next_try_on = follows.state, follows.on
    collection.stop_reason = f"{follows.reason}: {words}"[:300] if words else follows.reason
    collection.updated_at = now
    collection.at_desk = collection.at_desk or follows.at_desk
    if said.code:
        collection.last_code, collection.last_decline_code = said.code, said.decline_code
        collection.last_advice = said.advice
    if follows.counts:
        _count_try(collection, now)
    if follows.tell:
        told = tell_payer(collection, follows, by=by, now=now, said=said, cause=cause, pay_url=pay_url)
        collection.last_contact_at = now if told else collection.last_contact_at
        collection.at_desk = collection.at_desk or not told
    collection.save()
    if before != follows.state or follows.counts:
        _audit(by, collection, f"billing.collection.{follows.state}", before=before, tries=collection.tries)


def waive_mail(*, by: Actor, collection: Collection) -> None:
    """Write down that a person has the card charged although the invoice's mail did not go out; the caller charges."""
    collection.mail_waived = True
    collection.save(update_fields=["mail_waived"])
    _audit(by, collection, "billing.collection.mail_waived", before=collection.state)


def paid(*, by: Actor, invoices: Iterable[Invoice], payment: Payment, now: datetime) -> None:
    """End the collections of those of ``invoices`` of which nothing is open after ``payment``, however it was paid."""
    settled = {row.pk: row for row in invoices if row.state == InvoiceState.ISSUED and not row.open_amount}
    by_card = payment.method == PaymentMethod.SAVED_CARD
    for collection in Collection.objects.filter(invoice__in=settled).exclude(state=S.COLLECTED).order_by("pk"):
        before, collection.invoice = collection.state, settled[collection.invoice_id]
        collection.state, collection.next_try_on, collection.at_desk = S.COLLECTED, None, False
        collection.stop_reason = R.NONE if by_card else R.PAID
        collection.updated_at = now
        if by_card:
            _count_try(collection, now)
        collection.save()
        _audit(by, collection, "billing.collection.collected", before=before, method=payment.method)


def voided(*, by: Actor, invoice: Invoice, now: datetime) -> None:
    """End the collection of an invoice that is void."""
    collection = collection_of(invoice)
    if collection and collection.state not in (S.STOPPED, S.COLLECTED):
        follow(by=by, collection=collection, follows=Next(S.STOPPED, reason=R.VOID), now=now)


def reopened(*, by: Actor, invoice: Invoice, now: datetime) -> None:
    """Let nothing be charged by itself for an invoice whose money went back, until a person resumes it.

    A try that runs now ends as it ends; the rules stop what would follow it (``Case.reopened``).
    """
    invoice.reopened_at = now
    invoice.save(update_fields=["reopened_at"])
    collection = collection_of(invoice)
    if collection and collection.state not in (S.STOPPED, S.TRYING):
        follow(by=by, collection=collection, follows=Next(S.STOPPED, reason=R.REFUNDED), now=now)


def contacted(*, invoice: Invoice, now: datetime) -> None:
    """Note that the payer was written to about ``invoice``."""
    Collection.objects.filter(invoice=invoice).update(last_contact_at=now, updated_at=now)


@transaction.atomic
def stop(*, by: Actor, invoice: Invoice, reason: str, now: datetime) -> None:
    """Charge the card no more, for a reason that is kept. Raises Conflict while it is being charged or when over."""
    words = refuse_card_number(reason.strip())
    if not words:
        raise DomainError("Say why; it is kept with the invoice.", code="reason_missing")
    collection = _locked(invoice)
    if collection.state in (S.STOPPED, S.COLLECTED):
        raise Conflict(f"{invoice} is not being collected any more.", code="collection_over")
    before = collection.state
    collection.state, collection.next_try_on = S.STOPPED, None
    collection.stop_reason, collection.updated_at = f"{R.BY_STAFF}: {words}"[:300], now
    collection.save()
    _audit(by, collection, "billing.collection.stopped", before=before, reason=words)


@transaction.atomic
def resume(*, by: Actor, invoice: Invoice, now: datetime) -> None:
    """Collect again what was stopped: today, or on the due date. The rules look at it anew before any charge.

    Raises Conflict when it is not stopped or nothing is owed any more.
    """
    collection = _locked(invoice)
    fresh = collection.invoice
    if collection.state != S.STOPPED or fresh.state != InvoiceState.ISSUED or not fresh.open_amount:
        raise Conflict(f"{fresh} has nothing that could be collected again.", code="collection_not_stopped")
    day = max(fresh.location.today(now), fresh.due_date or fresh.location.today(now))
    collection.state, collection.next_try_on = S.RETRY if collection.tries else S.SCHEDULED, day
    collection.stop_reason, collection.updated_at, collection.at_desk = R.NONE, now, False
    collection.save()
    Invoice.objects.filter(pk=fresh.pk).update(reopened_at=None)
    _audit(by, collection, "billing.collection.resumed", before=S.STOPPED, on=day.isoformat())


@transaction.atomic
def put_off(*, by: Actor, invoice: Invoice, until: date, now: datetime) -> None:
    """Charge the card on ``until`` at the earliest, a day of the location. DomainError for a day that cannot be."""
    collection = _locked(invoice)
    today = invoice.location.today(now)
    if collection.state not in DUE_STATES:
        raise Conflict(f"{invoice} has no day on which its card is charged.", code="collection_not_due")
    if not max(today, invoice.due_date or today) <= until <= today + MAX_PUT_OFF:
        raise DomainError("Choose a day between the due date and three months from now.", code="day_out_of_range")
    if collection.tries and collection.first_try_on and until > collection.first_try_on + timedelta(days=MAX_SPAN):
        last = collection.first_try_on + timedelta(days=MAX_SPAN)
        raise DomainError(
            f"Choose {last.day} {last:%b %Y} or earlier: a card is tried again within {MAX_SPAN} days only. "
            "For later, ask for another card or for the money at the desk.",
            code="day_out_of_range",
        )
    collection.next_try_on, collection.updated_at = until, now
    if collection.reason is not R.NO_ACCOUNT:  # that holds on any day; the rest is looked at anew on the new one
        collection.stop_reason = R.NONE
    collection.save()
    _audit(by, collection, "billing.collection.put_off", before=collection.state, on=until.isoformat())


@transaction.atomic
def ask_at_visit(*, by: Actor, invoice: Invoice, wanted: bool, now: datetime) -> None:
    """Remind the desk to ask the payer at the next visit, or take the reminder away."""
    collection = _locked(invoice, while_charged=True)
    if collection.at_desk == wanted:
        return
    collection.at_desk, collection.updated_at = wanted, now
    collection.save()
    action = "billing.collection.ask_at_visit" if wanted else "billing.collection.asked_at_visit"
    _audit(by, collection, action, before=collection.state)


def collection_of(invoice: Invoice) -> Collection | None:
    """Return how ``invoice`` is collected; None when it is not."""
    rows = Collection.objects.select_related("invoice__location", "invoice__member", "invoice__company")
    return rows.filter(invoice=invoice).first()


def _locked(invoice: Invoice, *, while_charged: bool = False) -> Collection:
    """Lock the invoice and return its collection. Raises Conflict while somebody is being charged for it."""
    lock_invoices([invoice.pk])
    collection = collection_of(invoice)
    if collection is None:
        raise DomainError(f"{invoice} is not collected from a saved card.", code="not_collected")
    if not while_charged:
        about_to_change.send(sender=Invoice, invoice_ids=[invoice.pk])
    return collection


def _count_try(collection: Collection, now: datetime) -> None:
    collection.tries += 1
    collection.last_tried_at = now
    collection.first_try_on = collection.first_try_on or collection.invoice.location.today(now)


def _audit(by: Actor, collection: Collection, action: str, *, before: str, **after: object) -> None:
    change = _change(collection, before=before, **after)
    audit.record_many(action, [change], by=by, location=collection.location)


def _change(collection: Collection, *, before: str, **after: object) -> audit.Change:
    invoice = collection.invoice
    return audit.Change(
        about=[invoice, invoice.payer],
        before={"state": str(before)},
        after={
            "state": str(collection.state),
            "invoice": str(invoice),
            "reason": str(collection.stop_reason),
            "on": collection.next_try_on.isoformat() if collection.next_try_on else "",
            **after,
        },
    )
