"""Flow B of the fault matrix, cell by cell: a bill is made, its card charged, the answer kept, a no followed up.

B1 the invoice is issued · B2 create and confirm · B3 record · B4 dunning · B5 authentication.
F1 killed before the call · F2 killed after it · F3 time-out, had succeeded · F4 4xx · F5 5xx · F6 429 · F7 reset.
"""

from contextlib import suppress

import pytest
from django.utils import timezone

from billing.models import Collection, Invoice, Payment
from billing.services.invoicing import issue
from terminal.models import Attempt
from tests.factories.billing import make_draft
from tests.factories.members import make_member
from tests.terminal import saved
from tests.terminal.crashes import Commits
from tests.terminal.desk import ADMIN
from tests.terminal.saved import CREATE, collection_of, night, owing, paid, reserve
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)
CANCEL = "POST /v1/payment_intents/pi_"
READ = "GET /v1/payment_intents/pi_"
PAID_ONCE = ("succeeded", 14500, 1, 1)
MINUTE, HOUR, DAY = 60, 3600, 86400


def books(desk, attempt):
    """Return what all the books say of one attempt: its state, Stripe's money, our payments, Stripe's intents."""
    attempt.refresh_from_db()
    return attempt.state, desk.received(), Payment.objects.count(), len(desk.books())


def dies(desk, attempt, moment, call):
    desk.wire.kill(moment, call)
    with pytest.raises(Killed):
        desk.advance(attempt)
    attempt.refresh_from_db()


def keys(desk):
    return {
        call["idempotency_key"]
        for call in desk.calls()
        if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")
    }


# B1: the invoice and the day on which it is collected are one transaction.


@pytest.mark.parametrize("fatal", [1, 2])
def test_fm__B1__F1_F2_invoice_and_collection_are_both_there_or_neither(desk, fatal):
    draft = make_draft(desk.location, member=make_member(desk.location))
    Invoice.objects.filter(pk=draft.pk).update(auto_collect=True)
    with Commits().watched(fatal=fatal), suppress(Killed):
        issue(by=ADMIN, invoice=draft, now=timezone.now())
    draft.refresh_from_db()
    assert (draft.state, Collection.objects.count()) == ("issued", 1)


# B2: create and confirm.


def test_fm__B2__F1_killed_before_the_call_is_resumed(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    dies(desk, attempt, "before", CREATE)
    assert (attempt.state, attempt.unanswered, desk.books()) == ("reserved", 1, [])
    desk.settle(attempt, 80)
    assert (books(desk, attempt), paid(invoice), len(keys(desk))) == (PAID_ONCE, 14500, 1)


def test_fm__B2__F2_killed_after_the_call_finds_the_same_intent(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    dies(desk, attempt, "after", CREATE)
    assert (attempt.state, attempt.remote_id, desk.received()) == ("reserved", None, 14500)
    desk.settle(attempt, 80)
    assert (books(desk, attempt), paid(invoice), len(keys(desk))) == (PAID_ONCE, 14500, 1)


def test_fm__B2__F3_timeout_that_had_succeeded_is_one_payment(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("answer_lost", CREATE, times=3)
    desk.advance(attempt)
    assert (attempt.state, attempt.last_code, collection_of(invoice).state) == ("reserved", "no_answer", "trying")
    night(desk)  # the schedule comes by: nothing new is started
    assert Attempt.objects.count() == 1
    desk.settle(attempt, 90)
    assert (books(desk, attempt), paid(invoice), len(keys(desk))) == (PAID_ONCE, 14500, 1)


def test_fm__B2__F4_decline_ends_the_attempt_and_leads_to_dunning(desk):
    invoice = owing(desk, card=saved.NO_MONEY)
    attempt = desk.advance(reserve(invoice))
    assert (books(desk, attempt), collection_of(invoice).state) == (("canceled", 0, 0, 1), "retry")


def test_fm__B2__F4_refused_charge_stops_and_is_not_tried_in_a_loop(desk):
    invoice = owing(desk, 20)  # below what Stripe charges
    attempt = desk.advance(reserve(invoice))
    collection = collection_of(invoice)
    assert (attempt.state, attempt.last_code) == ("failed", "amount_too_small")
    assert (collection.state, collection.stop_reason, collection.at_desk, collection.tries) == (
        "stopped", "not_accepted", True, 0,
    )  # fmt: skip
    desk.clock.shift(30 * DAY)
    assert (night(desk).charged, Attempt.objects.count()) == (0, 1)


@pytest.mark.parametrize("gone", ["detach", "delete_customer"])
def test_fm__B2__F4_card_that_stripe_does_not_have_asks_for_another(desk, gone):
    invoice = owing(desk)
    attempt = reserve(invoice)
    card = attempt.saved_card
    desk.dashboard(gone, card.customer_id if gone == "delete_customer" else card.payment_method_id)
    desk.advance(attempt)
    collection = collection_of(invoice)
    assert (attempt.state, attempt.last_code) == ("failed", "resource_missing")
    assert (collection.state, collection.stop_reason, collection.tries) == ("needs_card", "card_gone", 0)


def test_fm__B2__F4_refused_key_is_not_the_cards_fault(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("status", CREATE, status=401, code="api_key_expired", message="Expired API Key.")
    desk.advance(attempt)
    collection = collection_of(invoice)
    assert (attempt.state, attempt.last_code, collection.state, collection.tries) == ("failed", "http_401", "retry", 0)
    assert (collection.next_try_on - invoice.due_date).days == 1
    desk.clock.shift(DAY)
    assert (night(desk).charged, paid(invoice)) == (1, 14500)


@pytest.mark.parametrize("kind", ["error_after", "unavailable"])
def test_fm__B2__F5_server_error_is_a_doubt_that_the_same_key_or_the_list_ends(desk, kind):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault(kind, CREATE)
    desk.advance(attempt)
    desk.settle(attempt, 90)
    assert (books(desk, attempt), paid(invoice), len(keys(desk))) == (PAID_ONCE, 14500, 1)


def test_fm__B2__F5_error_that_stripe_keeps_under_the_key_is_absent_for_ten_minutes_before_it_is_over(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("error_before", CREATE)  # stored: the same key gets the same 500 for a day
    desk.advance(attempt)
    assert desk.sweep_coarsely(attempt, 9 * MINUTE).state == "reserved"
    desk.sweep_coarsely(attempt, 4 * MINUTE)
    assert (books(desk, attempt), attempt.last_code) == (("failed", 0, 0, 0), "absent_at_stripe")
    assert (collection_of(invoice).state, collection_of(invoice).tries) == ("retry", 0)
    desk.clock.shift(DAY)
    night(desk)
    assert (paid(invoice), Payment.objects.count(), len(keys(desk))) == (14500, 1, 2)


def test_fm__B2__F6_too_many_requests_backs_off_with_the_same_key_and_slows_the_run(desk):
    invoices = [owing(desk) for _ in range(3)]
    desk.fault("status", CREATE, status=429)
    run = night(desk)
    assert (run.charged, list(run.stopped.values())) == (1, ["not_now"])
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.unanswered, attempt.last_code) == ("reserved", 0, "rate_limit")
    desk.settle(attempt, 10)
    assert (books(desk, attempt), keys(desk)) == (PAID_ONCE, {f"pi:{attempt.uuid}"})
    night(desk)
    assert [paid(invoice) for invoice in invoices] == [14500] * 3


def test_fm__B2__F6_idempotency_key_in_use_is_no_answer_about_the_first_call(desk):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault("answer_lost", CREATE)
    desk.advance(attempt)
    desk.fault("status", CREATE, status=409, code="idempotency_key_in_use")
    desk.settle(attempt, 6)
    assert (attempt.state, attempt.unanswered) == ("reserved", 1)
    desk.settle(attempt, 60)
    assert (books(desk, attempt), paid(invoice)) == (PAID_ONCE, 14500)


@pytest.mark.parametrize("kind", ["request_lost", "answer_lost"])
def test_fm__B2__F7_reset_connection_is_a_doubt_that_the_same_key_ends(desk, kind):
    invoice = owing(desk)
    attempt = reserve(invoice)
    desk.fault(kind, CREATE)
    desk.advance(attempt)
    desk.settle(attempt, 20)
    assert (books(desk, attempt), paid(invoice), len(keys(desk))) == (PAID_ONCE, 14500, 1)


# B3: writing the answer down.


@pytest.mark.parametrize("card", [saved.OK, saved.NO_MONEY], ids=["paid", "declined"])
def test_fm__B3__F2_killed_after_any_commit_ends_as_if_nothing_had_happened(desk, card):
    ends = ("succeeded", 14500) if card == saved.OK else ("canceled", 0)
    before, fatal, commits = 0, 0, Commits()
    while True:
        fatal += 1
        invoice = owing(desk, card=card)
        attempt = reserve(invoice)
        with commits.watched(fatal=fatal), suppress(Killed):
            desk.advance(attempt)
        crashed = commits.seen == fatal
        desk.settle(attempt, 90)
        assert (attempt.state, desk.received() - before, paid(invoice)) == (*ends, ends[1]), fatal
        collection = collection_of(invoice)
        assert (collection.state, collection.tries) == ("collected" if ends[1] else "retry", 1)
        before = desk.received()
        if not crashed:
            break
    assert fatal > 3
    assert sum(Payment.objects.values_list("amount", flat=True)) == desk.received()
