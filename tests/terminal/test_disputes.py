"""Disputes: recorded by event, list and daily look; managers hear once; nothing goes back or is charged twice."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.enums import RefundMethod
from billing.models import Collection, Dispute, Invoice, Notice
from billing.services.disputes import DisputeMoved, Shown, record_dispute
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.levels import Level
from flexspace.core.models import AuditEvent
from flexspace.portal.health.looking import look_at_all
from terminal.models import AttemptFlag, WebhookEvent
from terminal.services.collect_due import collect_due
from terminal.services.dispute_seen import find_everywhere, sync_dispute
from tests.factories.refunds import give_back
from tests.terminal.money_back import paid_by_card, to_card
from tests.terminal.saved import in_doubt, owing

pytestmark = pytest.mark.django_db
LIST, ONE = "GET /v1/disputes?", "GET /v1/disputes/"


def dispute(desk, payment, **how):
    """Let the cardholder dispute a payment; return Stripe's dispute."""
    return desk.dashboard("dispute", payment.reference, **how)


def look(desk, **time):
    desk.clock.shift(dt.timedelta(**time))
    find_everywhere(now=timezone.now())


def rows():
    return list(Dispute.objects.order_by("pk").values_list("status", "amount", "taken"))


def flags():
    return sorted(AttemptFlag.objects.filter(closed_at=None).values_list("kind", flat=True))


def mails():
    return [notice.facts["subject"] for notice in Notice.objects.filter(kind="dispute").order_by("pk")]


def health():
    [check] = [one for one in look_at_all(timezone.now()) if one.name == "disputes"]
    return check.level


def told():
    return list(
        AuditEvent.objects.filter(action__startswith="billing.dispute").order_by("pk").values_list("action", flat=True)
    )


@pytest.fixture
def heard(desk):
    desk.listen()
    return desk


@pytest.mark.parametrize("by", ["events", "list"])
def test_opened_answered_and_lost(desk, mia, by):
    if by == "events":
        desk.listen()
    payment = paid_by_card(desk)
    after = desk.deliver if by == "events" else lambda: find_everywhere(now=timezone.now())
    made = dispute(desk, payment)
    after()
    row = Dispute.objects.get()
    assert (row.reference, row.payment, row.reason, row.livemode) == (made["id"], payment, "fraudulent", False)
    assert int(row.due_at.timestamp()) == made["evidence_details"]["due_by"]
    assert (rows(), flags()) == ([("needs_response", 14500, 14500)], ["dispute_opened"])
    desk.dashboard("dispute_answer", made["id"])
    after()
    assert (rows(), Dispute.objects.get().answered) == ([("under_review", 14500, 14500)], True)
    desk.dashboard("dispute_close", made["id"], ends="lost")
    after()
    assert (rows(), flags()) == ([("lost", 14500, 14500)], ["dispute_lost"])
    assert told() == ["billing.dispute.opened", "billing.dispute.changed", "billing.dispute.closed"]
    assert [subject.partition(":")[0] for subject in mails()] == [
        "A payment is disputed at the bank", "A dispute was lost",
    ]  # fmt: skip


def test_won_gives_the_money_back_and_leaves_the_managers_queue(heard, mia):
    made = dispute(heard, paid_by_card(heard))
    heard.deliver()
    heard.dashboard("dispute_close", made["id"], ends="won")
    heard.deliver()
    assert (rows(), flags(), len(mails())) == ([("won", 14500, 0)], [], 1)


def test_a_banks_question_takes_nothing_until_it_becomes_a_dispute(heard, mia):
    payment = paid_by_card(heard)
    made = dispute(heard, payment, inquiry=True)
    heard.deliver()
    assert (rows(), flags()) == ([("warning_needs_response", 14500, 0)], ["dispute_opened"])
    assert to_card(payment, 100).state == "reserved"
    heard.dashboard("dispute_escalate", made["id"])
    heard.deliver()
    assert (rows(), len(mails())) == ([("needs_response", 14500, 14500)], 1)


def test_events_twice_and_in_any_order_leave_the_same(heard, mia):
    made = dispute(heard, paid_by_card(heard))
    heard.dashboard("dispute_close", made["id"], ends="won")
    heard.deliver()
    events = list(WebhookEvent.objects.filter(type__startswith="charge.dispute").order_by("-pk"))
    assert len(events) == 4
    WebhookEvent.objects.filter(pk__in=[one.pk for one in events]).update(next_try_at=timezone.now())
    heard.deliver()
    assert (rows(), flags(), told(), mails()) == ([("won", 14500, 0)], [], ["billing.dispute.opened"], [])


def test_an_older_look_overwrites_no_newer_one(desk):
    payment = paid_by_card(desk)
    made = dispute(desk, payment)
    sync_dispute(desk.config, made["id"], now=timezone.now())
    row = Dispute.objects.get()
    shown = Shown(
        reference=row.reference, status="under_review", amount=1, currency="EUR", reason="x", taken=0, refundable=False,
        livemode=False, opened_at=timezone.now(), due_at=None, answered=False,
    )  # fmt: skip
    with pytest.raises(DisputeMoved):
        record_dispute(by=Actor.stripe(), payment=payment, shown=shown, version=0, now=timezone.now())
    assert rows() == [("needs_response", 14500, 14500)]


def test_list_costs_one_call_for_what_is_known_and_old_open_ones_are_read_daily(desk):
    made = dispute(desk, paid_by_card(desk), days=60)
    look(desk)
    before = len(desk.calls("disputes"))
    look(desk, minutes=10)
    assert len(desk.calls("disputes")) == before + 1
    look(desk, days=40)
    desk.dashboard("dispute_close", made["id"], ends="lost")
    look(desk, hours=25)
    assert rows()[0][0] == "lost"


def test_one_account_that_cannot_be_read_leaves_the_daily_look_due(desk):
    dispute(desk, paid_by_card(desk))
    desk.fault("error_before", "GET /v1/disputes", times=10)
    look(desk)
    assert rows() == []
    desk.control(f"accounts/{desk.key}/faults", method="DELETE")
    desk.clock.shift(2 * 86400)
    look(desk)
    assert rows() == [("needs_response", 14500, 14500)]


def test_money_of_others_is_no_dispute_of_ours(heard):
    made = heard.api("payment_intents", {"amount": 500, "currency": "eur"})
    heard.dashboard("pay_intent", made["id"])
    heard.dashboard("dispute", made["id"])
    heard.deliver()
    look(heard)
    assert rows() == []
    assert set(WebhookEvent.objects.filter(type__startswith="charge.dispute").values_list("state", flat=True)) == {
        "ignored"
    }


def test_what_the_bank_has_taken_is_not_given_back_a_second_time(desk):
    payment = paid_by_card(desk)
    dispute(desk, payment, amount=10000)
    look(desk)
    for method in (RefundMethod.CARD, RefundMethod.CASH):
        with pytest.raises(Conflict) as said:
            give_back(payment, 14500, method=method)
        assert said.value.code == "disputed"
    with pytest.raises(Conflict):
        give_back(payment, 100, method=RefundMethod.CARD)  # Stripe would refuse it
    assert give_back(payment, 4500, method=RefundMethod.CASH).state == "succeeded"


def test_a_lost_one_does_not_let_the_saved_card_be_charged_again(desk, mia):
    invoice = owing(desk)
    attempt = in_doubt(desk, invoice)
    desk.settle(attempt, 30)
    made = dispute(desk, attempt.payment)
    desk.dashboard("dispute_close", made["id"], ends="lost")
    look(desk)
    fresh = Invoice.objects.get(pk=invoice.pk)
    assert (fresh.open_amount, Collection.objects.get(invoice=invoice).state) == (0, "collected")
    assert (collect_due().charged, rows()) == (0, [("lost", 14500, 14500)])


def test_deadline_is_shown_and_turns_amber_a_week_before_and_red_two_days(desk, mia):
    payment = paid_by_card(desk)
    dispute(desk, payment, days=9)
    look(desk)
    levels = [health()]
    for days in (3, 5, 3):
        desk.clock.shift(days * 86400)
        levels.append(health())
    assert levels == [Level.GREEN, Level.AMBER, Level.RED, Level.RED]
    at = Client()
    at.force_login(mia)
    invoice = payment.allocations.get().invoice
    for page in (
        reverse("terminal:flags"),
        reverse("billing:payment_detail", args=[payment.uuid]),
        reverse("billing:invoice_detail", args=[invoice.uuid]),
    ):
        text = at.get(page).content.decode()
        assert "€145.00" in text
        assert "2 Dec 2026, 10:00" in text
    assert f"https://dashboard.stripe.com/test/payments/{payment.reference}" in text
    assert "The cardholder says they did not pay this." in text
