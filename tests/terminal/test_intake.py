"""What a delivery costs: no query for the account, no message of its own, and nothing without end for forgers."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terminal import endpoints as endpoints_module
from terminal import tasks, webhooks
from terminal.endpoints import KEPT, REST, Endpoints
from terminal.event_handlers import process_event
from terminal.models import StripeConfig, WebhookEvent
from terminal.wake import LINGER, PAUSE, Bell, Watch
from tests.terminal.test_webhooks import SECRET, config, event, post, stored

__all__ = ["config"]  # the fixture
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.terminal.urls")]
NEXT = "whsec_the_next_one"


class Clock:
    """Seconds that only grow, by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def ticks():
    return Clock()


@pytest.fixture
def known(monkeypatch, ticks):
    """Return the remembered endpoints, with a clock of the test's."""
    made = Endpoints(ticks)
    monkeypatch.setattr(webhooks, "endpoints", made)
    return made


@pytest.fixture
def sent(monkeypatch):
    """Return the messages to the worker, which nobody takes."""
    messages = []
    for task in (tasks.process_received_events, tasks.process_webhook_event):
        name = task.name.rpartition(".")[2]
        monkeypatch.setattr(task, "apply_async", lambda args, retry, name=name: messages.append((name, *args)))
    return messages


def elsewhere(config, **values):
    """Change the account as another process does: this one is not told."""
    StripeConfig.objects.filter(pk=config.pk).update(**values)


def reads(queries):
    return [query["sql"] for query in queries if 'FROM "terminal_stripeconfig"' in query["sql"]]


def test_known_endpoint_costs_one_statement_and_no_transaction(config, known):
    post(config, event())
    with CaptureQueriesContext(connection) as queries:
        post(config, event())
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]


def test_endpoints_are_read_again_after_a_moment(config, known, ticks):
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10):
            post(config, event())
            ticks.now += KEPT / 4
    assert len(reads(queries)) == 3


def test_secret_that_was_rolled_in_another_process_is_good_at_once(config, known, ticks):
    post(config, event())
    ticks.now += 2 * REST
    elsewhere(config, webhook_secret=NEXT, webhook_secret_previous=SECRET)
    assert [post(config, event(), secret=secret).status_code for secret in (NEXT, SECRET)] == [200, 200]


def test_secret_that_was_taken_away_in_another_process_is_good_for_a_moment_only(config, known, ticks):
    post(config, event())
    elsewhere(config, webhook_secret=NEXT)
    ticks.now += KEPT
    assert post(config, event()).status_code == 400


def test_account_that_was_added_in_another_process_is_known_at_once(config, known, ticks):
    post(config, event())
    ticks.now += 2 * REST
    other = StripeConfig(
        name="B", account_id="acct_2", country="DE", currency="EUR", secret_key="k", webhook_secret=NEXT
    )
    StripeConfig.objects.bulk_create([other])
    assert post(other, event(), secret=NEXT).status_code == 200


def test_forged_deliveries_read_the_accounts_once_whatever_their_address(config, known, ticks):
    post(config, event())
    ticks.now += 2 * REST
    with CaptureQueriesContext(connection) as queries:
        for number in range(100):
            forged = config if number % 2 else StripeConfig(webhook_uuid=uuid.uuid4())
            assert post(forged, event(), secret="whsec_forged").status_code == 400
    assert (len(reads(queries)), len(queries)) == (1, 1)


def test_change_during_a_read_is_not_lost(config, known, monkeypatch):
    real = endpoints_module._stored

    def changed_meanwhile():
        found = real()
        elsewhere(config, webhook_secret=NEXT)
        known.forget()
        return found

    monkeypatch.setattr(endpoints_module, "_stored", changed_meanwhile)
    assert post(config, event()).status_code == 200
    monkeypatch.setattr(endpoints_module, "_stored", real)
    assert [post(config, event(), secret=secret).status_code for secret in (SECRET, NEXT)] == [400, 200]


def test_who_comes_during_the_first_read_waits_for_it(monkeypatch):
    began, go_on, found, key = threading.Event(), threading.Event(), [], uuid.uuid4()
    account = endpoints_module.Endpoint(1, "acct_1", False, (SECRET,))

    def slow():
        began.set()
        assert go_on.wait(10)
        return {key: account}

    monkeypatch.setattr(endpoints_module, "_stored", slow)
    known = Endpoints(lambda: 0.0)
    threads = [threading.Thread(target=lambda: found.append(next(known.candidates(key), None))) for _ in range(3)]
    threads[0].start()
    assert began.wait(10)
    for thread in threads[1:]:
        thread.start()
    time.sleep(0.05)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert found == [account] * 3


def test_account_that_was_deleted_a_moment_ago_is_no_error(config, known):
    assert next(known.candidates(config.webhook_uuid)).account_id == "acct_1"
    StripeConfig.objects.filter(pk=config.pk)._raw_delete("default")
    assert (post(config, event()).status_code, stored()) == (200, 0)


def test_repeated_delivery_inside_a_transaction_does_not_break_it(config):
    good = event()
    with transaction.atomic():
        assert [post(config, good).status_code for _ in range(2)] == [200, 200]
        assert stored() == 1
    assert stored() == 1


def test_many_deliveries_send_one_message(config, monkeypatch, sent, ticks):
    monkeypatch.setattr(webhooks, "bell", Bell(ticks))
    for _ in range(20):
        post(config, event())
    assert sent == [("process_received_events",)]
    ticks.now += PAUSE
    post(config, event())
    assert sent == [("process_received_events",)] * 2


def test_repeated_delivery_wakes_nobody(config, monkeypatch, sent, ticks):
    monkeypatch.setattr(webhooks, "bell", Bell(ticks))
    good = event()
    post(config, good)
    ticks.now += PAUSE
    post(config, good)
    assert sent == [("process_received_events",)]


def test_worker_hands_out_every_event_once_and_those_that_come_while_it_looks(config, monkeypatch, sent, ticks):
    post(config, event())
    late = []

    def sleep(seconds):
        ticks.now += seconds
        if len(late) < 3:
            late.append(post(config, event()))

    monkeypatch.setattr(tasks, "watch", Watch(ticks, sleep))
    sent.clear()
    began = ticks.now
    tasks.process_received_events()
    handed = [pk for name, *pks in sent if name == "process_webhook_event" for pk in pks]
    assert sorted(handed) == sorted(WebhookEvent.objects.values_list("pk", flat=True))
    assert (len(handed), ticks.now - began >= LINGER) == (4, True)


def test_event_that_fails_stops_no_other_and_one_handed_out_twice_is_processed_once(config, monkeypatch, ticks):
    def at_once(args, retry):
        tasks.process_webhook_event(*args)
        tasks.process_webhook_event(*args)  # by another worker that looked at the same moment

    monkeypatch.setattr(tasks, "watch", Watch(ticks, ticks.sleep))
    for body in (event("charge.failed", {"id": "ch_1", "payment_intent": "pi_1"}), event(), event("customer.created")):
        post(config, body)
    WebhookEvent.objects.filter(type="charge.failed").update(body="not JSON")
    monkeypatch.setattr(tasks.process_webhook_event, "apply_async", at_once)
    tasks.process_received_events()
    outcome = dict(WebhookEvent.objects.order_by("pk").values_list("type", "state"))
    assert outcome == {"charge.failed": "failed", "payment_intent.succeeded": "ignored", "customer.created": "ignored"}
    assert set(WebhookEvent.objects.values_list("tries", flat=True)) == {1}


def test_event_that_failed_is_handed_out_again_when_it_is_due_by_the_same_watch(config, monkeypatch, ticks, clock):
    handed = []

    def fail(args, retry):
        handed.append(args)
        process_event(*args, now=timezone.now())

    def sleep(seconds):
        ticks.now += seconds
        clock.shift(3)  # the next tries are due after ten seconds, and twenty more

    monkeypatch.setattr(tasks, "watch", Watch(ticks, sleep))
    post(config, event())
    WebhookEvent.objects.update(body="not JSON")
    monkeypatch.setattr(tasks.process_webhook_event, "apply_async", fail)
    tasks.process_received_events()
    assert len(handed) == 3


def test_refused_without_end_gets_429_and_no_more_lines_while_what_verifies_is_taken(config, caplog):
    caplog.set_level("WARNING", logger="terminal.webhooks")
    answers = [post(config, event(), secret="whsec_forged").status_code for _ in range(500)]
    assert (answers[:200], answers[200:]) == ([400] * 200, [429] * 300)
    assert sum("webhook.refused" in str(record.msg) for record in caplog.records) == 200
    assert [post(config, event()).status_code for _ in range(3)] == [200] * 3
    assert post(config, event(), secret="whsec_forged", REMOTE_ADDR="192.0.2.1").status_code == 400
    assert stored() == 3
