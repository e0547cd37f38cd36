"""A card that was removed here leaves Stripe too: after the commit, again until it is done, and never too early."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from billing.models import SavedCard
from billing.services.consents import withdraw_consent
from billing.services.saved_cards import remove_card
from flexspace.core import audit
from members.services.members import archive_member
from terminal import tasks
from terminal.enums import AttemptKind
from terminal.services.detach import detach, due_detaches
from terminal.services.reserve import Payer, insert_attempt
from tests.factories.cards import make_saved_card
from tests.terminal.desk import ADMIN
from tests.terminal.wire import Killed

pytestmark = pytest.mark.django_db(transaction=True)
DETACH = "POST /v1/payment_methods"


def gone(desk, card):
    """Return whether Stripe has let go of the card, and whether we know."""
    card.refresh_from_db()
    return desk.method(card)["customer"] is None, card.detach_due_at is None


def work(desk, seconds=0):
    """Let the schedule detach what is due, every twenty seconds."""
    end = timezone.now() + timedelta(seconds=seconds)
    while True:
        tasks.detach_removed_cards()
        if timezone.now() >= end:
            return
        desk.clock.shift(20)


@pytest.mark.parametrize("way", ["removed", "withdrawn", "archived", "kept again"])
def test_card_that_leaves_here_leaves_stripe(desk, anna, way):
    card = desk.keep(anna)
    if way == "removed":
        remove_card(by=ADMIN, card=card, reason="Lost", now=timezone.now())
    elif way == "withdrawn":
        withdraw_consent(by=ADMIN, consent=card.consent, now=timezone.now())
    elif way == "archived":
        archive_member(by=ADMIN, member=anna, now=timezone.now())
    else:
        desk.keep(anna)
    assert gone(desk, card) == (False, False)
    work(desk)
    assert gone(desk, card) == (True, True)
    assert audit.timeline(card)[0].action == "billing.card.forgotten"


def test_message_after_the_commit_detaches_at_once(desk, anna, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.detach_card, "apply_async", lambda args, **_: sent.append(args[0]))
    card = desk.keep(anna)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    assert sent == [card.pk]
    tasks.detach_card(card.pk)
    assert gone(desk, card) == (True, True)


@pytest.mark.parametrize("kind", ["answer_lost", "request_lost", "unavailable", "error_before", "error_after"])
def test_call_that_failed_is_made_again_until_it_is_done(desk, anna, kind):
    card = desk.keep(anna)
    desk.fault(kind, DETACH, times=3)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    work(desk, 200)
    assert gone(desk, card) == (True, True)


@pytest.mark.parametrize("status", [401, 403, 409, 429])
def test_refusal_is_tried_again_and_again(desk, anna, status):
    card = desk.keep(anna)
    desk.fault("status", DETACH, status=status, times=2)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    work(desk)
    assert gone(desk, card) == (False, False)
    work(desk, 100)
    assert gone(desk, card) == (True, True)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_worker_killed_around_the_call_leaves_the_card_to_the_next_one(desk, anna, moment):
    card = desk.keep(anna)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    desk.wire.kill(moment, DETACH)
    with pytest.raises(Killed):
        work(desk)
    work(desk, 100)
    assert gone(desk, card) == (True, True)


def test_card_that_somebody_detached_at_stripe_meanwhile_is_done(desk, anna):
    card = desk.keep(anna)
    desk.dashboard("detach", card.payment_method_id)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    work(desk)
    assert gone(desk, card) == (True, True)


def test_card_that_stripe_does_not_know_is_done(desk, anna):
    card = make_saved_card(anna, desk.config)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    work(desk)
    card.refresh_from_db()
    assert card.detach_due_at is None


def test_card_of_an_account_that_is_not_here_waits(desk, anna):
    card = desk.keep(anna)
    SavedCard.objects.filter(pk=card.pk).update(account="acct_elsewhere")
    card.refresh_from_db()
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    work(desk)
    assert gone(desk, card) == (False, False)
    assert desk.calls("/detach") == []


def test_card_that_is_being_charged_waits_for_the_end(desk, anna):
    card = desk.keep(anna)
    invoice = desk.invoice(14500, member=anna)
    with transaction.atomic():
        charge = insert_attempt(
            by=ADMIN, kind=AttemptKind.OFF_SESSION, config=desk.config, payer=Payer.of(invoice),
            parts=[(invoice, invoice.open)], now=timezone.now(), saved_card=card,
        )  # fmt: skip
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    work(desk)
    assert gone(desk, card) == (False, False)
    type(charge).objects.filter(pk=charge.pk).update(state="failed")
    work(desk, 40)
    assert gone(desk, card) == (True, True)


def test_detach_twice_at_once_is_one_call(desk, anna):
    card = desk.keep(anna)
    remove_card(by=ADMIN, card=card, reason="", now=timezone.now())
    desk.fault("slow", DETACH, seconds=5)
    desk.wire.meanwhile(lambda: detach(card.pk, now=timezone.now()))
    detach(card.pk, now=timezone.now())
    assert (gone(desk, card), len(desk.calls("/detach"))) == ((True, True), 1)


def test_kept_cards_are_never_detached(desk, anna):
    card = desk.keep(anna)
    assert due_detaches(timezone.now()) == []
    detach(card.pk, now=timezone.now())
    assert (gone(desk, card), desk.calls("/detach")) == ((False, True), [])
