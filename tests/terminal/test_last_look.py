"""The last look before a saved card is charged: what happened since the charge was reserved."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Consent, Notice, SavedCard
from tests.factories.billing import make_payment
from tests.factories.sold import make_membership
from tests.terminal.saved import collection_of, in_doubt, owing, paid, reserve

pytestmark = pytest.mark.django_db(transaction=True)


def voided(invoice):
    type(invoice).objects.filter(pk=invoice.pk).update(state="void", open_amount=0)


def paid_behind_our_back(invoice):
    make_payment(invoice)


def consent_withdrawn(invoice):
    Consent.objects.update(withdrawn_at=timezone.now())


def card_removed(invoice):
    SavedCard.objects.update(removed_at=timezone.now(), is_default=False)


def card_expired(invoice):
    SavedCard.objects.update(exp_year=2026, exp_month=10)


def plan_ended(invoice):
    day = invoice.due_date
    membership = make_membership(invoice.location, member=invoice.member)
    type(membership).objects.filter(pk=membership.pk).update(ends_on=day)
    invoice.lines.update(
        membership=membership, period_start=day + timedelta(days=1), period_end=day + timedelta(days=30)
    )


def mail_failed(invoice):
    Notice.objects.filter(invoice=invoice).update(state="failed")


def due_later(invoice):
    type(invoice).objects.filter(pk=invoice.pk).update(due_date=invoice.due_date + timedelta(days=1))


LAST_LOOKS = [
    (voided, "paid_meanwhile", "stopped", "void"),
    (paid_behind_our_back, "paid_meanwhile", "collected", "paid"),
    (consent_withdrawn, "consent_withdrawn", "stopped", "consent_withdrawn"),
    (card_removed, "no_card", "needs_card", "no_card"),
    (card_expired, "card_expired", "needs_card", "card_expired"),
    (plan_ended, "plan_ended", "stopped", "plan_ended"),
    (mail_failed, "mail_not_sent", "scheduled", "mail_not_sent"),
    (due_later, "not_due", "scheduled", ""),
]


@pytest.mark.parametrize(
    ("happens", "code", "state", "reason"), LAST_LOOKS, ids=[case[0].__name__ for case in LAST_LOOKS]
)
def test_last_look_before_the_call(desk, happens, code, state, reason):
    invoice = owing(desk)
    attempt = reserve(invoice)
    happens(invoice)
    desk.advance(attempt)
    collection = collection_of(invoice)
    assert (attempt.state, attempt.last_code, desk.books()) == ("failed", code, [])
    assert (collection.state, collection.stop_reason, collection.tries) == (state, reason, 0)


@pytest.mark.parametrize("happens", [consent_withdrawn, card_removed, due_later], ids=lambda deed: deed.__name__)
def test_last_look_in_doubt_sends_nothing_more_and_finds_what_was_sent(desk, happens):
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    happens(invoice)
    desk.settle(attempt, 10)
    assert (attempt.state, paid(invoice)) == ("succeeded", 14500)
    assert (
        len([call for call in desk.calls() if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")]) == 1
    )
