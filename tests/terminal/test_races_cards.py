"""Twenty threads at the same moment, on PostgreSQL, about cards that are kept; without a guard it must go wrong."""

import threading

import pytest
from django.db import connections, transaction
from django.utils import timezone

from billing.enums import CollectionReason
from billing.models import Consent, SavedCard
from billing.services.consents import withdraw_consent
from billing.services.saved_cards import (
    KeptCard,
    bank_refused,
    keep_card,
    lock_owner,
    remove_card,
    remove_locked,
    set_default,
)
from flexspace.core.actors import Actor
from flexspace.core.errors import Conflict
from flexspace.core.money import Money
from members.services.members import archive_member
from terminal import tasks
from terminal.enums import LIVE
from terminal.event_handlers import due_events, process_event
from terminal.models import Attempt, StripeCustomer
from terminal.services.capture import start_capture
from terminal.services.customers import ensure_customer
from terminal.services.keeping import Agreed, agree_and_capture, agree_and_charge
from terminal.services.reserve import Payer
from terminal.services.settle import check
from terminal.services.step import advance
from tests.factories.cards import make_consent, make_saved_card
from tests.factories.members import make_member
from tests.races import THREADS, at_once, both, guard, row_locks
from tests.terminal.desk import ADMIN

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def unexpected(results):
    return [result for result in results if isinstance(result, Exception) and not isinstance(result, Conflict)]


def kept(number, **more):
    facts = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "fingerprint": f"fp{number}"}
    return KeptCard(f"pm_{number}", "cus_1", funding="credit", country="DE", wallet="", redisplay="limited",
                    **{**facts, **more})  # fmt: skip


@both
def test_a_banks_refusal_waits_for_whoever_changes_the_payers_cards(desk, anna, on):
    """Else a renewal that has read the card before the refusal writes over it."""
    card, old = make_saved_card(anna, desk.config), make_saved_card(anna, desk.config, is_default=False)
    today = desk.location.today(timezone.now())

    def refuse():
        bank_refused(by=ADMIN, card=card, on=today, why=CollectionReason.CARD_REFUSED)
        connections.close_all()

    thread = threading.Thread(target=refuse)
    with row_locks(on=on), transaction.atomic():
        lock_owner(anna)
        thread.start()
        thread.join(1)
        waits = thread.is_alive()
        remove_locked(by=ADMIN, card=SavedCard.objects.get(pk=card.pk), reason="Lost", now=timezone.now())
    thread.join(30)
    old.refresh_from_db()
    card.refresh_from_db()
    assert (waits, card.refused_on) == ((True, None) if on else (False, today))
    assert (card.is_default, old.is_default) == (False, True)


@both
def test_one_member_captured_by_twenty_desks(desk, anna, on):
    consents = [make_consent(anna) for _ in range(THREADS)]

    def deed(number):
        return start_capture(by=ADMIN, consent=consents[number], reader=desk.reader, now=timezone.now())

    with guard(Attempt, "attempt_one_capture_per_member", on=on):
        results = at_once(deed)
        live = Attempt.objects.filter(kind="card_capture", state__in=LIVE).count()
    if on:
        assert live == 1
        assert sorted(type(result).__name__ for result in results) == sorted(["Attempt"] + ["BeingKept"] * 19)
    else:
        assert live > 1


def test_consent_and_capture_by_twenty_desks_leave_one_of_each(desk, anna):
    agreed = Agreed("dues", "dues-2")

    def deed(_number):
        payer = Payer(desk.location, anna, None)
        return agree_and_capture(by=ADMIN, payer=payer, agreed=agreed, reader=desk.reader, now=timezone.now())

    results = at_once(deed)
    assert unexpected(results) == []
    assert (Attempt.objects.count(), Consent.objects.count()) == (1, 1)


def test_pay_and_keep_by_twenty_desks_leaves_one_attempt_and_one_consent(desk, anna):
    invoice = desk.invoice(14500, member=anna)

    def deed(_number):
        return agree_and_charge(by=ADMIN, parts=[(invoice, Money(14500, "EUR"))], agreed=Agreed("dues", "dues-2"),
                                reader=desk.reader, now=timezone.now())  # fmt: skip

    results = at_once(deed)
    assert unexpected(results) == []
    assert (Attempt.objects.count(), Consent.objects.count()) == (1, 1)


def test_capture_and_charge_on_one_reader_at_one_moment_are_held_by_one(desk, anna):
    capture = start_capture(by=ADMIN, consent=make_consent(anna), reader=desk.reader, now=timezone.now())
    charge = desk.start_anyway(desk.invoice(14500))
    pair = [capture, charge]
    at_once(lambda number: advance(pair[number % 2].pk, now=timezone.now()))
    for attempt in pair:
        attempt.refresh_from_db()
    holders = [attempt for attempt in pair if attempt.holds_reader]
    waiting = [(attempt.state, attempt.last_code) for attempt in pair if not attempt.holds_reader]
    assert (len(holders), waiting, desk.touches()) == (1, [("created", "reader_in_use")], [])
    assert desk.screen()["intent"] == holders[0].remote_id


def test_one_success_settled_by_twenty_workers_and_events_is_one_card(desk, anna):
    desk.listen()
    attempt = desk.capture(anna)
    desk.tap()
    desk.sandbox.deliver_due(desk.post)
    events = due_events(timezone.now())

    def deed(number):
        if number % 2 and events:
            return process_event(events[number % len(events)], now=timezone.now())
        return str(check(attempt.pk, now=timezone.now()).picture)

    assert unexpected(at_once(deed)) == []
    attempt.refresh_from_db()
    card = SavedCard.objects.get()
    assert (attempt.state, attempt.kept_card, card.is_default) == ("succeeded", card, True)
    assert attempt.transitions.filter(to_state="succeeded").count() == 1


@both
def test_one_payment_method_written_down_by_twenty_workers(desk, anna, on):
    """Twenty payers, so that no lock of a payer is left to stop the second."""
    consents = [make_consent(make_member(desk.location)) for _ in range(THREADS)]

    def deed(number):
        return keep_card(by=Actor.stripe(), consent=consents[number], card=kept(1), account="acct_1", livemode=False,
                         origin="seti_1", now=timezone.now()).pk  # fmt: skip

    with guard(SavedCard, "saved_card_once", on=on):
        at_once(deed)
        rows = SavedCard.objects.count()
    assert (rows == 1) is on
    assert rows >= 1


def test_twenty_cards_of_one_member_at_one_moment_have_one_default(desk, anna):
    consents = [make_consent(anna) for _ in range(THREADS)]

    def deed(number):
        return keep_card(by=Actor.stripe(), consent=consents[number], card=kept(number), account="acct_1",
                         livemode=False, origin="seti_1", now=timezone.now())  # fmt: skip

    assert unexpected(at_once(deed)) == []
    assert SavedCard.objects.usable().count() == THREADS
    assert SavedCard.objects.filter(is_default=True).count() == 1


def test_same_plastic_twenty_times_at_one_moment_is_one_card(desk, anna):
    consents = [make_consent(anna) for _ in range(THREADS)]

    def deed(number):
        return keep_card(by=Actor.stripe(), consent=consents[number], card=kept(number, fingerprint="fp"),
                         account="acct_1", livemode=False, origin="seti_1", now=timezone.now())  # fmt: skip

    assert unexpected(at_once(deed)) == []
    left = SavedCard.objects.usable().get()
    assert left.is_default is True
    assert SavedCard.objects.filter(detach_due_at__isnull=False).count() == THREADS - 1


def test_default_removed_withdrawn_and_archived_at_one_moment_leaves_nothing_to_charge(desk, anna):
    consent = make_consent(anna)
    cards = [make_saved_card(anna, desk.config, consent=consent, is_default=number == 0) for number in range(4)]

    def deed(number):
        now = timezone.now()
        if number == 7:
            return withdraw_consent(by=ADMIN, consent=consent, now=now)
        if number == 13:
            return archive_member(by=ADMIN, member=anna, now=now)
        card = cards[number % 4]
        return set_default(by=ADMIN, card=card) if number % 2 else remove_card(by=ADMIN, card=card, reason="", now=now)

    assert unexpected(at_once(deed)) == []
    assert SavedCard.objects.usable().count() == 0
    assert SavedCard.objects.filter(is_default=True).count() == 0


def test_withdrawal_against_the_tap_never_leaves_a_card_to_charge(desk, anna):
    consent = make_consent(anna)
    attempt = desk.capture(anna, consent=consent)
    desk.tap()

    def deed(number):
        if number == 10:
            return withdraw_consent(by=ADMIN, consent=consent, now=timezone.now())
        return check(attempt.pk, now=timezone.now())

    assert unexpected(at_once(deed)) == []
    desk.settle(attempt)
    card = SavedCard.objects.get()
    assert (attempt.state, SavedCard.objects.usable().count()) == ("succeeded", 0)
    tasks.detach_removed_cards()
    assert desk.method(card)["customer"] is None


def test_one_removed_card_detached_by_twenty_workers_is_one_call(desk, anna):
    card = desk.keep(anna)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    assert unexpected(at_once(lambda _: tasks.detach_card(card.pk))) == []
    card.refresh_from_db()
    assert (card.detach_due_at, len(desk.calls("/detach"))) == (None, 1)


def test_one_customer_asked_for_by_twenty_workers_is_one_customer(desk, anna):
    """Whom Stripe tells that the same key is in use just now (409) comes again, and gets the same Customer."""

    def ensured(_number=0):
        return ensure_customer(desk.config, anna, location=desk.location, timeout=5)

    results = at_once(ensured)
    told_to_wait = [result for result in results if getattr(result, "status", None) == 409]
    results = [result for result in results if result not in told_to_wait] + [ensured() for _ in told_to_wait]
    assert (set(results), StripeCustomer.objects.count()) == ({StripeCustomer.objects.get().customer_id}, 1)
    assert len(results) == THREADS
