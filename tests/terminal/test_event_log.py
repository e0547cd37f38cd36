"""The event log: in words, found by what it is about, and whole again after an outage."""

import datetime as dt
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from flexspace.core.levels import Level
from flexspace.portal.health import facts
from flexspace.portal.health.outside import webhooks
from terminal.event_handlers import due_events, process_event
from terminal.models import Attempt, StripeConfig, WebhookEvent
from terminal.services.catch_up import fetch_lost
from terminal.stripe_client import book_calls
from tests.terminal.money_back import paid_by_card
from tests.terminal.wire import Killed

EVENTS = "/stripe/events/"


def fetch(desk, **more):
    return fetch_lost(desk.config_now(), now=timezone.now(), **more)


def process():
    for pk in due_events(timezone.now()):
        process_event(pk, now=timezone.now())


def rows(client, **asked):
    return list(client.get(EVENTS, asked).context["rows"])


@pytest.fixture
def page(client, mia):
    client.force_login(mia)
    return client


def test_all_webhooks_were_lost_and_the_list_makes_up_for_them(desk):
    desk.listen()
    desk.fault("webhook_lost", times=99)
    attempt = desk.waiting(desk.invoice())
    desk.tap()
    desk.deliver()
    desk.clock.shift(180)
    assert (WebhookEvent.objects.count(), Attempt.objects.get().state) == (0, "waiting")
    stored = fetch(desk)
    process()
    attempt.refresh_from_db()
    assert (attempt.state, stored > 0, set(WebhookEvent.objects.values_list("fetched", flat=True))) == (
        "succeeded", True, {True})  # fmt: skip
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}
    assert (fetch(desk), fetch(desk, whole=True)) == (0, 0)


def test_what_is_on_its_way_is_left_to_its_delivery_and_nothing_is_stored_twice(desk):
    desk.listen()
    paid_by_card(desk)
    assert fetch(desk) == 0
    desk.deliver()
    delivered = WebhookEvent.objects.count()
    desk.clock.shift(300)
    assert (fetch(desk), WebhookEvent.objects.count()) == (0, delivered)
    assert not WebhookEvent.objects.filter(fetched=True).exists()


def test_cost_is_a_page_of_what_is_new(desk, monkeypatch):
    monkeypatch.setattr(book_calls, "PAGE", 5)
    for _ in range(4):
        paid_by_card(desk)
    desk.clock.shift(1200)
    fetch(desk)
    before = len(desk.calls("/v1/events"))
    desk.clock.shift(1200)
    fetch(desk)
    assert len(desk.calls("/v1/events")) == before + 1


def test_killed_between_pages_fetches_the_rest(desk, monkeypatch):
    monkeypatch.setattr(book_calls, "PAGE", 2)
    paid_by_card(desk)
    desk.clock.shift(300)
    desk.wire.meanwhile(lambda: desk.wire.kill("before", "GET /v1/events"))  # the page after the slow one
    desk.fault("slow", "GET /v1/events", seconds=1)
    with pytest.raises(Killed):
        fetch(desk)
    first = WebhookEvent.objects.count()
    assert 0 < first <= 2
    assert fetch(desk) == WebhookEvent.objects.count() - first > 0


def test_silent_stripe_is_asked_again_next_time(desk):
    paid_by_card(desk)
    desk.clock.shift(300)
    desk.fault("unavailable", "GET /v1/events", times=3)
    assert fetch(desk) == 0
    assert fetch(desk) > 0


def test_log_says_what_it_is_about_and_is_searched_by_it(page, desk, anna):
    desk.listen()
    invoice = desk.invoice(member=anna)
    payment = paid_by_card(desk, invoice)
    desk.deliver()
    paid_by_card(desk)
    desk.deliver()
    every = rows(page)
    assert next(about for event, about in every if event.about_id == payment.reference).said == "€145.00, Anna Keller"
    text = page.get(EVENTS).content.decode()
    assert reverse("billing:payment_detail", args=[payment.uuid]) in text
    of_invoice = rows(page, q=invoice.number.lower())
    assert {event.about_id for event, _ in of_invoice} == {payment.reference}
    assert 0 < len(of_invoice) == len(rows(page, q=payment.reference)) < len(every)
    assert {event.type for event, _ in rows(page, type="charge.succeeded")} == {"charge.succeeded"}
    assert len(rows(page, day="2026-11-23")) == len(every)
    assert rows(page, day="2026-11-24") == rows(page, state="failed") == []


def test_filter_that_cannot_be_read_is_named_and_the_others_narrow(page, desk):
    desk.listen()
    paid_by_card(desk)
    desk.deliver()
    every = rows(page)
    answer = page.get(EVENTS, {"day": "2026-13-45", "state": "x", "type": "y", "q": "z" * 81})
    text = answer.content.decode()
    assert len(answer.context["rows"]) == len(every) > 0
    for label in ("State: there is none called “x”.", "What Stripe said: “y”", "Day: ", "Invoice or id: "):
        assert label in text
    assert "It was left out here." not in page.get(EVENTS, {"day": "2026-11-23"}).content.decode()


def test_again_and_fetch_lead_back_to_the_list_as_it_was_filtered(client, ada, desk):
    desk.listen()
    paid_by_card(desk)
    desk.deliver()
    client.force_login(ada)
    first = WebhookEvent.objects.first()
    query = f"type={first.type}&day=2026-11-23"
    text = unescape(client.get(f"{EVENTS}?{query}").content.decode())
    for name, args in (("event_again", [first.pk]), ("event_fetch", [])):
        there = f"{reverse(f'terminal:{name}', args=args)}?{query}"
        assert f'action="{there}"' in text
        assert client.post(there).url == f"{EVENTS}?{query}"


def test_log_costs_the_same_with_many(page, desk, django_assert_max_num_queries):
    desk.listen()

    def queries(times):
        for _ in range(times):
            paid_by_card(desk)
        desk.deliver()
        with django_assert_max_num_queries(40) as seen:
            page.get(EVENTS)
        return len(seen)

    assert queries(1) == queries(3)


def test_only_admins_have_what_was_lost_fetched(client, desk, mia, ada, monkeypatch):
    asked = []
    monkeypatch.setattr("terminal.views.events.enqueue", lambda *call: asked.append(call[1:]))
    for person, status in ((mia, 403), (ada, 302)):
        client.force_login(person)
        assert client.post(reverse("terminal:event_fetch")).status_code == status
    assert asked == [(desk.config.pk, 1)]


@pytest.mark.parametrize(
    ("hours", "fetched", "level"), [(25, False, "AMBER"), (23, False, "GREEN"), (1, True, "AMBER")]
)
def test_payments_without_an_event_for_a_day_raise_the_alarm(desk, hours, fetched, level):
    now = timezone.now()
    WebhookEvent.objects.create(config=desk.config, event_id="evt_1", type="x", fetched=fetched, next_try_at=None,
                                received_at=now - dt.timedelta(hours=hours))  # fmt: skip
    StripeConfig.objects.update(webhook_proven_at=now - dt.timedelta(days=9), webhook_secret="whsec_x")
    paid_by_card(desk)  # a moment ago: an event may still follow this one
    [account] = facts.accounts(StripeConfig.objects.all(), timezone.now())
    assert webhooks(account).level is Level[level]
