"""A cart on the reader: shown while nobody pays there, never instead of a payment, and taken away again."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from flexspace.core.errors import Conflict
from flexspace.core.models import AuditEvent
from flexspace.core.money import Money
from terminal import tasks
from terminal.models import Reader
from terminal.services import dispatch, reader_screen
from terminal.services.reader_check import ReaderInUse
from terminal.services.reader_screen import MOST_LINES, being_written, clear_carts, show_cart, writing
from terminal.services.readers import reset_reader
from terminal.stripe_client import StripeProblem
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)
CART = "POST /v1/terminal/readers"
LINES = [("Day pass", Money(2500, "EUR")), ("INV-7", Money(12000, "EUR"))]


def cart(desk, lines=LINES):
    show_cart(by=ADMIN, reader=Reader.objects.get(pk=desk.reader.pk), lines=lines, now=timezone.now())


def test_the_reader_shows_what_is_about_to_be_paid_and_then_the_payment(desk):
    cart(desk)
    shown = desk.screen()
    assert (shown["state"], shown["amount_text"]) == ("cart", "€145.00")
    assert [line["text"] for line in shown["lines"]] == ["1 × Day pass", "1 × INV-7"]
    assert AuditEvent.objects.get(action="terminal.reader.cart").after["amount"] == 14500
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap()
    assert desk.settle(attempt).state == "succeeded"
    desk.clock.shift(dt.timedelta(minutes=6))
    before = len(desk.calls("cancel_action"))
    clear_carts(timezone.now())
    assert len(desk.calls("cancel_action")) == before
    assert Reader.objects.get().cart_at is None


def test_a_long_cart_is_added_up_in_its_last_line(desk):
    cart(desk, [(f"Line {number}", Money(100 + number, "EUR")) for number in range(12)])
    lines = desk.screen()["lines"]
    assert (len(lines), lines[-1]["text"], lines[-1]["amount_text"]) == (MOST_LINES, "1 × 5 more", "€5.45")
    assert desk.screen()["amount_text"] == "€12.66"


def test_it_never_takes_the_place_of_a_payment(desk):
    attempt = desk.waiting(desk.invoice(14500))
    with pytest.raises(ReaderInUse):
        cart(desk)
    desk.api(f"terminal/readers/{desk.reader.stripe_id}/cancel_action")
    with pytest.raises(ReaderInUse):  # ours, though nothing shows
        cart(desk)
    desk.cancel(attempt)
    desk.settle(attempt)
    other = desk.api(
        "payment_intents", {"amount": 900, "currency": "eur", "allowed_payment_method_types[0]": "card_present"}
    )
    desk.api(f"terminal/readers/{desk.reader.stripe_id}/process_payment_intent", {"payment_intent": other["id"]})
    with pytest.raises(Conflict, match="not started here"):
        cart(desk)
    assert [touch["what"] for touch in desk.touches() if touch["by"] is None and touch["what"] == "replaced"] == []


@pytest.mark.parametrize("guarded", [True, False])
def test_a_payment_waits_while_the_screen_is_being_written(desk, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(dispatch, "being_written", lambda *_args, **_more: False)
    reader = Reader.objects.get(pk=desk.reader.pk)
    with writing(reader, now=timezone.now()):
        attempt = desk.advance(desk.start(desk.invoice(14500)))
        assert attempt.state == ("created" if guarded else "waiting")
        desk.api(f"terminal/readers/{desk.reader.stripe_id}/set_reader_display", {
            "type": "cart", "cart[currency]": "eur", "cart[total]": 1, "cart[line_items][0][description]": "x",
            "cart[line_items][0][amount]": 1, "cart[line_items][0][quantity]": 1})  # fmt: skip
    desk.settle(attempt, 3)
    assert desk.screen()["state"] == ("amount" if guarded else "cart")
    assert [touch["victim"] for touch in desk.touches()] == ([None] if guarded else [attempt.remote_id])


def test_an_answer_that_is_lost_holds_the_screen_until_it_can_no_longer_come(desk):
    desk.fault("answer_lost", CART)
    with pytest.raises(StripeProblem):
        cart(desk)
    with pytest.raises(Conflict, match="being written"):
        cart(desk)
    attempt = desk.advance(desk.start(desk.invoice(14500)))
    assert attempt.state == "created"
    desk.settle(attempt, 33)
    assert attempt.state == "waiting"
    assert desk.screen()["state"] == "amount"


def test_a_refusal_lets_go_at_once(desk):
    desk.reader_fault(offline=True)
    with pytest.raises(StripeProblem):
        cart(desk)
    assert not being_written_now(desk)


def being_written_now(desk):
    with transaction.atomic():
        return being_written(desk.reader.pk, now=timezone.now())


def test_it_is_taken_away_after_five_minutes_or_by_hand(desk):
    cart(desk)
    desk.clock.shift(dt.timedelta(minutes=4))
    tasks.sync_readers()
    assert desk.screen()["state"] == "cart"
    desk.clock.shift(dt.timedelta(minutes=2))
    tasks.sync_readers()
    assert (desk.screen()["state"], Reader.objects.get().cart_at) == ("idle", None)
    cart(desk)
    reset_reader(by=ADMIN, reader=Reader.objects.get(), expected_intent="", now=timezone.now())
    assert desk.screen()["state"] == "idle"


def test_clearing_waits_for_a_reader_that_does_not_answer(desk):
    cart(desk)
    desk.clock.shift(dt.timedelta(minutes=6))
    desk.reader_fault(offline=True)
    clear_carts(timezone.now())
    assert Reader.objects.get().cart_at is not None
    desk.heal_reader()
    clear_carts(timezone.now())
    assert desk.screen()["state"] == "idle"
    assert reader_screen.CART == "set_reader_display"
