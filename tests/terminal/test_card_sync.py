"""Cards as Stripe has them: what is removed or renewed there is so here, by events, and without any."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from billing.models import SavedCard
from terminal import tasks
from terminal.models import StripeCustomer, WebhookEvent
from terminal.services.card_sync import check_customer, customers_to_check
from tests.factories.cards import make_saved_card
from tests.factories.members import make_company, make_member

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "GET /v1/customers"


def event(kind):
    return WebhookEvent.objects.filter(type=kind).latest("pk")


def look(desk):
    """Let the daily round work once."""
    tasks.check_kept_cards()


def by_event(desk):
    desk.deliver()


def by_the_daily_round(desk):
    desk.clock.shift(21 * 3600)
    look(desk)


both = pytest.mark.parametrize("how", [by_event, by_the_daily_round])


@both
def test_card_removed_at_stripe_is_removed_here_and_the_next_one_takes_its_place(desk, anna, how):
    desk.listen()
    first = desk.keep(anna)
    second = desk.keep(anna, card="5555555555554444")
    look(desk)
    desk.dashboard("detach", second.payment_method_id)
    how(desk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.removed_reason, second.is_default, second.detach_due_at) == ("Removed at Stripe", False, None)
    assert (first.is_default, list(SavedCard.objects.usable())) == (True, [first])


@both
def test_deleted_customer_takes_all_cards_and_the_next_one_gets_a_new_customer(desk, anna, how):
    desk.listen()
    card = desk.keep(anna)
    look(desk)
    desk.dashboard("delete_customer", card.customer_id)
    how(desk)
    card.refresh_from_db()
    assert (card.removed_reason, card.detach_due_at) == ("Removed at Stripe", None)
    assert desk.keep(anna).customer_id not in ("", card.customer_id)


@both
def test_card_that_its_bank_renewed_has_its_new_date(desk, anna, how):
    desk.listen()
    card = desk.keep(anna)
    look(desk)
    desk.dashboard("renew_card", card.payment_method_id)
    how(desk)
    card.refresh_from_db()
    method = desk.method(card)["card"]
    assert (card.exp_year, card.last4) == (method["exp_year"], method["last4"])
    assert (card.expires, card.is_default) == ("12/37", True)


def test_changed_expiry_is_followed(desk, anna):
    desk.listen()
    card = desk.keep(anna)
    desk.api(f"payment_methods/{card.payment_method_id}", {"card[exp_month]": 3, "card[exp_year]": 2029})
    desk.deliver()
    card.refresh_from_db()
    assert (card.expires, event("payment_method.updated").result) == ("03/29", "Read again: renewed.")


def test_event_that_says_what_stripe_does_not_changes_nothing(desk, anna):
    desk.listen()
    card = desk.keep(anna)
    desk.dashboard("renew_card", card.payment_method_id)
    desk.deliver()
    stored = event("payment_method.automatically_updated")
    WebhookEvent.objects.filter(pk=stored.pk).update(
        type="payment_method.detached", next_try_at=timezone.now(), state="received"
    )
    tasks.process_webhook_event(stored.pk)
    card.refresh_from_db()
    assert card.removed_at is None


def test_events_about_cards_and_customers_that_are_not_ours_read_nothing(desk):
    desk.listen()
    customer = desk.api("customers", {"name": "Of another program"})
    method = desk.api("payment_methods/pm_card_visa/attach", {"customer": customer["id"]})
    desk.dashboard("detach", method["id"])
    desk.dashboard("delete_customer", customer["id"])
    before = len(desk.calls())
    desk.deliver()
    assert event("payment_method.detached").result == "No card here is about it."
    assert event("customer.deleted").result == "Nobody here is this customer."
    assert len(desk.calls()) == before


def test_cards_of_an_account_without_a_key_take_nobodys_place(desk, anna):
    for number in range(5):
        make_saved_card(make_member(desk.location), SimpleNamespace(account_id=f"acct_gone{number}", livemode=False))
    ours = make_saved_card(anna, desk.config)
    assert customers_to_check(timezone.now(), limit=2) == [(desk.config, ours.customer_id)]


def test_our_own_detach_comes_back_as_an_event_and_changes_nothing(desk, anna):
    desk.listen()
    card = desk.keep(anna)
    desk.keep(anna)
    tasks.detach_removed_cards()
    desk.deliver()
    card.refresh_from_db()
    assert (card.removed_reason, event("payment_method.detached").state) == ("Kept again", "processed")


def test_every_card_is_looked_at_once_a_day_and_by_one_call_a_customer(desk, anna):
    company = make_company(desk.location)
    desk.keep(anna)
    desk.keep(anna, card="5555555555554444")
    desk.keep(company)
    before = len(desk.calls("/payment_methods"))
    look(desk)
    look(desk)
    assert (
        len([call for call in desk.calls("/payment_methods")[before:] if call["path"].startswith("/v1/customers/")])
        == 2
    )
    desk.clock.shift(21 * 3600)
    assert len(customers_to_check(timezone.now(), limit=10)) == 2
    assert len(customers_to_check(timezone.now(), limit=1)) == 1


def test_customer_with_many_cards_is_read_to_the_last_page(desk, anna):
    card = desk.keep(anna)
    for _ in range(120):
        desk.api("payment_methods/pm_card_visa/attach", {"customer": card.customer_id})
    desk.clock.shift(21 * 3600)
    before = len(desk.calls())
    look(desk)
    card.refresh_from_db()
    assert (card.removed_at, SavedCard.objects.count(), len(desk.calls()) - before) == (None, 1, 2)


@pytest.mark.parametrize("kind", ["unavailable", "request_lost", "error_before"])
def test_read_that_fails_removes_nothing(desk, anna, kind):
    card = desk.keep(anna)
    desk.clock.shift(21 * 3600)
    desk.fault(kind, LIST, times=None)
    look(desk)
    card.refresh_from_db()
    assert (card.removed_at, card.checked_at) == (None, timezone.now())


def test_card_missing_in_a_list_is_read_by_itself_before_it_is_removed(desk, anna):
    card = desk.keep(anna)
    desk.wire.answer(LIST, 200, '{"object": "list", "data": [], "has_more": false, "url": "/v1"}')
    check_customer(desk.config, card.customer_id, now=timezone.now())
    card.refresh_from_db()
    assert card.removed_at is None


def test_customer_of_ours_without_cards_is_followed_too(desk, anna):
    desk.listen()
    attempt = desk.capture(anna)
    desk.cancel(attempt)
    desk.settle(attempt)
    desk.dashboard("delete_customer", attempt.customer_id)
    desk.deliver()
    assert (StripeCustomer.objects.get().customer_id, StripeCustomer.objects.get().seq) == ("", 2)


def test_setup_events_read_the_attempt_at_once(desk, anna):
    desk.listen()
    attempt = desk.capture(anna)
    desk.tap()
    desk.deliver()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.keep_result) == ("succeeded", "kept")
    results = dict(WebhookEvent.objects.values_list("type", "result"))
    assert results["setup_intent.succeeded"] == "Read again: succeeded."
    assert results["terminal.reader.action_succeeded"] == "Read again: succeeded."
