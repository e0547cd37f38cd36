"""The self-test of a reader: what proves it, what is charged for it, and that a form sent twice tries once."""

from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import Invoice
from members.models import Member
from terminal.explain.self_test import Trial, amount_for, lacks, wanted
from terminal.models import Attempt, Reader, StripeConfig
from terminal.queries import trials_of, tried
from tests.terminal.money_back import to_card, worked

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/stripe/self-test/"


@pytest.fixture
def admin(client, ada):
    client.force_login(ada)
    return client


def press(admin, desk, trial, token=None):
    url = reverse("terminal:self_test_begin", args=[desk.reader.pk])
    return admin.post(url, {"trial": trial, "token": token or uuid4()}, follow=True)


def done(desk):
    return set(trials_of(tried(Reader.objects.filter(pk=desk.reader.pk)).get()))


def said(page):
    return " ".join(page.content.decode().split())


@pytest.mark.parametrize(
    ("currency", "least", "refused"),
    [("EUR", 50, 101), ("JPY", 50, 101), ("CZK", 1500, 1501), ("DKK", 250, 301), ("GBP", 30, 101)],
)
def test_the_smallest_amount_and_the_smallest_that_is_refused(currency, least, refused):
    assert [amount_for(trial, currency).amount for trial in (Trial.PAYMENT, Trial.CANCEL, Trial.DECLINE)] == [
        least, least, refused]  # fmt: skip


def test_what_is_lacking_is_said_and_real_cards_are_not_made_to_fail():
    assert lacks([], livemode=False) == "a payment, a cancel, a declined card, a card kept and a refund"
    assert lacks([Trial.PAYMENT, Trial.CARD], livemode=True) == "a cancel and a refund"
    assert lacks(list(Trial), livemode=False) == ""
    assert Trial.DECLINE not in wanted(livemode=True)


def test_a_reader_is_proven_step_by_step_by_what_really_happens(admin, desk, ada):
    page = said(admin.get(PAGE))
    assert "lacks a payment, a cancel, a declined card, a card kept and a refund" in page
    press(admin, desk, "cancel")
    attempt = Attempt.objects.get()
    assert (attempt.amount, attempt.member.email) == (50, ada.email)
    desk.advance(attempt)
    desk.customer_cancels()
    desk.settle(attempt, 2)
    desk.cancel(attempt)
    desk.settle(attempt)
    assert (attempt.state, done(desk)) == ("canceled", {Trial.CANCEL})
    assert "Left over" in said(admin.get(PAGE))

    assert "Try the payment first" in said(press(admin, desk, "refund"))
    press(admin, desk, "payment")
    paid = Attempt.objects.latest("pk")
    desk.advance(paid)
    desk.tap()
    desk.settle(paid)
    assert (Invoice.objects.count(), done(desk)) == (1, {Trial.CANCEL, Trial.PAYMENT})  # on the invoice that was left

    press(admin, desk, "decline")
    refused = Attempt.objects.latest("pk")
    desk.advance(refused)
    desk.tap()
    desk.settle(refused, 2)
    assert (refused.amount, refused.declines) == (101, 1)
    desk.cancel(refused)
    desk.settle(refused)

    answer = press(admin, desk, "card")
    member = Member.objects.get(email=ada.email)
    assert answer.redirect_chain[-1][0] == reverse("terminal:capture_new", args=["member", member.uuid])
    desk.keep(member)
    answer = press(admin, desk, "refund")
    assert answer.redirect_chain[-1][0] == reverse("billing:refund_new", args=[paid.payment.uuid])
    assert done(desk) == set(Trial) - {Trial.REFUND}
    worked(desk, to_card(paid.payment))
    assert done(desk) == set(Trial)
    page = said(admin.get(PAGE))
    assert "lacks" not in page
    assert "Proven" in page
    assert desk.received() == 50


def test_a_form_sent_twice_tries_once_and_a_running_trial_is_shown(admin, desk):
    token = uuid4()
    first, second = press(admin, desk, "payment", token), press(admin, desk, "payment", token)
    assert first.redirect_chain == second.redirect_chain
    assert press(admin, desk, "payment").redirect_chain == first.redirect_chain
    assert (Attempt.objects.count(), Invoice.objects.count(), Member.objects.count()) == (1, 1, 1)


def test_what_cannot_be_tried_is_a_sentence_and_leaves_no_invoice(admin, desk, ben, client):
    StripeConfig.objects.update(livemode=True)
    assert "cannot be tried" in said(press(admin, desk, "decline"))
    assert "Choose what to try" in said(press(admin, desk, "everything"))
    StripeConfig.objects.update(livemode=False)
    desk.waiting(desk.invoice(14500))
    before = Invoice.objects.count()
    assert "is busy" in said(press(admin, desk, "payment"))
    assert Invoice.objects.count() == before
    client.force_login(ben)
    assert client.get(PAGE).status_code == 403
