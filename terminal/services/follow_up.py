"""What the end of an attempt means for others, in the transaction of that end: a collection, a refund."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction

from billing.dunning import CONDEMNS, Answer, Next, Said, after, forbids, hindrance, without_a_charge
from billing.enums import REFUND_LIVE, CollectionReason, CollectionState
from billing.models import Collection, Invoice, Refund
from billing.services import collecting
from billing.services.saved_cards import bank_refused
from billing.signals import refund_asked
from flexspace.core.actors import Actor
from terminal.enums import AttemptKind, AttemptState
from terminal.models import Attempt
from terminal.rules import KEY_REFUSED_STATUSES, NOT_AT_STRIPE
from terminal.services.collect_facts import card_for, case_of
from terminal.services.link_tokens import LinkKind, link_url

S, R = CollectionState, CollectionReason
JOB = Actor.job("terminal.collect")
REFUSED = "refused"  # the cause of an end by Stripe's word about the call itself


def follow_up(attempt: Attempt, invoices: list[Invoice], *, cause: str, now: datetime) -> None:
    """Take the collections of a charge on that ended by ``cause``; the invoices are locked. Let a refund end with it.

    Other kinds of attempts lead nowhere.
    """
    if attempt.refund_id:
        Refund.objects.filter(pk=attempt.refund_id, state__in=REFUND_LIVE).update(next_check_at=now)
        asked = partial(refund_asked.send_robust, sender=Refund, refund_id=attempt.refund_id)
        transaction.on_commit(asked, robust=True)
    if attempt.kind != AttemptKind.OFF_SESSION:
        return
    for invoice in invoices:
        collection = collecting.collection_of(invoice)
        if collection and collection.state == S.TRYING:
            said = Said(attempt.last_code, attempt.last_decline_code, attempt.last_advice)
            follows = _next(attempt, collection, said, cause=cause, now=now)
            if follows.reason in CONDEMNS and follows.reason is forbids(said) and attempt.saved_card:
                on = invoice.location.today(now)
                bank_refused(by=JOB, card=attempt.saved_card, on=on, why=follows.reason)
            collecting.follow(
                by=JOB, collection=collection, follows=follows, now=now, said=said, cause=str(attempt.uuid),
                pay_url=link_url(LinkKind.PAY, invoice.uuid, at=now),
            )  # fmt: skip


def _next(attempt: Attempt, collection: Collection, said: Said, *, cause: str, now: datetime) -> Next:
    if attempt.state == AttemptState.SUCCEEDED:  # and still not paid: other money came than was asked for
        return Next(S.STOPPED, reason=R.NEEDS_A_LOOK, at_desk=True, counts=True)
    waiting = S.RETRY if collection.tries else S.SCHEDULED
    card = card_for(collection.invoice, attempt.config)
    before = replace(case_of(collection, card, attempt.config, now=now), state=waiting)
    answer = answer_of(attempt, cause)
    why = hindrance(before) if answer is Answer.NOT_ASKED else R.NONE
    return after(before, answer, said, plan=collecting.plan()) if why is R.NONE else without_a_charge(before, why)


def answer_of(attempt: Attempt, cause: str) -> Answer:
    """Return how a charge ended that brought no money."""
    if attempt.state == AttemptState.CANCELED:
        return Answer.DECLINED if attempt.last_code else Answer.NOT_ASKED
    if cause != REFUSED or attempt.last_code in {f"http_{status}" for status in KEY_REFUSED_STATUSES}:
        return Answer.NOT_ASKED
    return Answer.CARD_GONE if attempt.last_code == NOT_AT_STRIPE else Answer.NOT_ACCEPTED
