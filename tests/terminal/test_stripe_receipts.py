"""Stripe mails its receipt once a payment is through: told once, whatever becomes of the call."""

from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from billing.models import Notice, Payment
from billing.services.notices import due_notices, send_again
from billing.services.receipts import send_receipt, stop_receipt
from billing.tasks import send_notice
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.sentences import told_timeline
from terminal.explain.receipts import GETS
from terminal.services.accounts import save_account
from terminal.services.receipt_choice import choose_receipt
from terminal.services.receipt_switches import set_switches, state_dashboard
from terminal.tasks import let_stripe_mail_receipt, let_stripe_mail_receipts
from tests.factories.members import make_member
from tests.terminal.saved import night, owing

pytestmark = pytest.mark.django_db(transaction=True)
BEN = Actor("user", "1", "Ben")
UPDATE = "POST /v1/payment_intents/pi"


@pytest.fixture
def lena(desk):
    return make_member(desk.location, email="lena@example.com")


@pytest.fixture
def stripes(desk):
    """Let Stripe mail the receipts of the desk's location, and nobody else."""
    switch(desk, ours=False, stripes=True)


def switch(desk, **switches):
    set_switches(by=BEN, location=desk.location, **switches)
    desk.location.refresh_from_db()


def pay(desk, member, choose=None) -> Payment:
    attempt = desk.waiting(desk.invoice(member=member))
    if choose is not None:
        choose_receipt(attempt.pk, by=BEN, to=choose)
    desk.tap()
    payment = desk.settle(attempt).payment
    assert payment is not None
    return payment


def work(desk, seconds=60):
    """Let so much time pass, then let both senders take what is due."""
    desk.clock.shift(seconds)
    for pk in due_notices(timezone.now()):
        send_notice(pk)
    for pk in due_notices(timezone.now(), stripes=True):
        let_stripe_mail_receipt(pk)


def mailed(desk):
    """Return to whom Stripe would have mailed."""
    return [one["to"] for one in desk.control(f"accounts/{desk.key}/mails", method="GET")["mails"]]


def got(desk):
    """Return how many receipts customers got, of whomever."""
    return len(mail.outbox) + len(mailed(desk))


def notice():
    return Notice.objects.get(kind="stripe_receipt")


@pytest.mark.parametrize(("ours", "stripes"), [(True, False), (False, True), (True, True), (False, False)])
def test_customer_gets_what_the_page_says(desk, lena, ours, stripes):
    switch(desk, ours=ours, stripes=stripes)
    pay(desk, lena)
    for _ in range(3):
        work(desk)
    told = GETS[ours, stripes, True]
    said = {"One": 1, "Two": 2, "Non": 0}[told.headline[:3]]
    assert (got(desk), got(desk) == 1) == (said, told.one)


def test_dashboard_that_mails_too_is_what_the_admins_word_is_about(desk):
    desk.control(f"accounts/{desk.key}/settings", {"mails_customers": True})
    customer = desk.api("customers", {"email": "anna@example.com"})["id"]
    intent = {"amount": 500, "currency": "eur", "allowed_payment_method_types[]": "card", "confirm": "true"}
    desk.api("payment_intents", intent | {"customer": customer, "payment_method": "pm_card_visa"})
    assert mailed(desk) == ["anna@example.com"]
    assert [told.one for (_ours, _stripes, stated), told in GETS.items() if not stated] == [False] * 4


def test_intent_is_made_without_an_address_and_told_it_once_paid(desk, lena, stripes):
    payment = pay(desk, lena)
    assert [call["params"] for call in desk.calls("payment_intents") if "receipt_email" in call["params"]] == []
    work(desk)
    work(desk)
    [call] = [
        call for call in desk.calls(payment.reference) if call["method"] == "POST" and "/cancel" not in call["path"]
    ]
    assert (call["params"], call["idempotency_key"]) == (
        {"receipt_email": "lena@example.com"},
        f"rcpt:{notice().uuid}:0",
    )
    told = [line.sentence for line in told_timeline(payment)]
    assert told[0] == "Stripe told to mail its receipt to lena@example.com; with a test key it mails nothing"


@pytest.mark.parametrize(
    "fault", ["answer_lost", "request_lost", "error_after", "error_before", "unavailable", "status"]
)
def test_stripe_mails_once_whatever_becomes_of_the_call(desk, lena, stripes, fault):
    pay(desk, lena)
    desk.fault(fault, UPDATE)
    work(desk)
    assert (notice().state, notice().tries) == ("queued", 1)
    work(desk, 120)
    assert (notice().state, mailed(desk)) == ("sent", ["lena@example.com"])


def test_worker_that_was_killed_after_the_call_leaves_one_mail(desk, lena, stripes):
    pay(desk, lena)
    work(desk)
    Notice.objects.update(state="sending", next_try_at=timezone.now())
    work(desk)
    assert (notice().state, mailed(desk)) == ("sent", ["lena@example.com"])


def test_refusal_is_for_people_who_send_it_again(desk, lena, stripes):
    payment = pay(desk, lena)
    desk.fault("status", UPDATE, status=403, code="")
    work(desk)
    assert (notice().state, "lacks a permission" in notice().error, mailed(desk)) == ("failed", True, [])
    send_again(by=BEN, notice=notice(), now=timezone.now())
    work(desk)
    assert (notice().state, mailed(desk)) == ("sent", ["lena@example.com"])
    assert "Stripe’s receipt not sent to lena@example.com" in [line.sentence for line in told_timeline(payment)]


@pytest.mark.parametrize("switches", [{"ours": True, "stripes": False}, {"ours": False, "stripes": True}])
@pytest.mark.parametrize(("choose", "to"), [("", []), ("otto@example.com", ["otto@example.com"])])
@pytest.mark.parametrize("before", [True, False])
def test_choice_at_the_desk_counts_for_whoever_sends(desk, lena, switches, choose, to, before):
    switch(desk, **switches)
    payment = pay(desk, lena, choose=choose if before else None)
    if not before and choose:
        send_receipt(by=BEN, payment=payment, to=choose, token=uuid4(), now=timezone.now())
    elif not before:
        stop_receipt(by=BEN, payment=payment)
    work(desk)
    work(desk)
    told = [line.sentence for line in told_timeline(payment) if line.by == "Ben"]
    assert told == [f"Receipt to go to {choose}" if choose else "No receipt wanted"]
    assert [*mailed(desk), *(one for sent in mail.outbox for one in sent.to)] == to


def test_choice_goes_with_the_payment_to_another_reader(two_readers):
    attempt = two_readers.waiting(two_readers.invoice())
    choose_receipt(attempt.pk, by=BEN, to="otto@example.com")
    two_readers.again(attempt, reader=next(row for row in two_readers.readers if row != attempt.reader))
    two_readers.settle(attempt)
    assert attempt.next_attempts.get().receipt_to == "otto@example.com"


def test_choice_for_a_payment_that_is_over_is_refused(desk, lena):
    attempt = desk.waiting(desk.invoice(member=lena))
    desk.cancel(attempt)
    desk.settle(attempt)
    with pytest.raises(Conflict):
        choose_receipt(attempt.pk, by=BEN, to="")


def test_charge_with_nobody_there_is_receipted_at_once(desk, stripes):
    owing(desk)
    night(desk)
    let_stripe_mail_receipts()
    for pk in due_notices(timezone.now(), stripes=True):
        let_stripe_mail_receipt(pk)
    assert mailed(desk) == ["anna@example.com"]


def test_word_on_the_dashboard_lapses_with_the_key(desk):
    config = desk.config
    state_dashboard(by=BEN, config=config, mails_none=True, now=timezone.now())
    assert (desk.config_now().mails_none, desk.config_now().mails_none_by) == (True, "Ben")
    desk.clock.shift(60)
    desk.control("accounts", {"key": "rk_test_other", "account": config.account_id, "country": "DE", "currency": "eur",
                              "name": "Hafenplatz GmbH"})  # fmt: skip
    save_account(by=BEN, key="rk_test_other", config=config)
    assert (desk.config_now().mails_none, desk.config_now().mails_none_by) == (False, "Ben")
