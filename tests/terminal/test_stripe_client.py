"""The client: time-outs, retries, keys, errors, and what it refuses to send."""

import json

import pytest
from django.db import transaction
from django.utils import timezone

from flexspace.core.errors import DomainError
from terminal.services.settle import check
from terminal.stripe_client import StripeGateway, StripeProblem, StripeRefused, StripeUnreachable

pytestmark = pytest.mark.django_db(transaction=True)
PI = "GET /v1/payment_intents"


@pytest.fixture
def gateway(desk):
    desk.wire.sent.clear()
    return StripeGateway.of(desk.config)


def timeouts(desk, verb):
    return {timeout for what, timeout in desk.wire.sent if what.startswith("POST") == (verb == "POST")}


@pytest.mark.parametrize(("on_page", "seconds"), [(True, 20), (False, 60)])
def test_commands_have_the_callers_time_and_reads_five_seconds(desk, on_page, seconds):
    attempt = desk.start(desk.invoice(14500))
    desk.wire.sent.clear()
    for _ in range(4):
        desk.clock.shift(2)
        desk.advance(attempt, on_page=on_page)
    desk.cancel(attempt)
    desk.advance(attempt, on_page=on_page)
    called = {what.split("/")[-1] for what, _ in desk.wire.sent if what.startswith("POST")}
    assert (attempt.state, called) == (
        "canceled",
        {"payment_intents", "process_payment_intent", "cancel_action", "cancel"},
    )
    assert timeouts(desk, "POST") == {(3, seconds)}
    assert timeouts(desk, "GET") == {(3, 5)}


@pytest.mark.parametrize(
    ("fault", "reads", "commands"),
    [({"kind": "unavailable"}, 3, 1), ({"kind": "status", "status": 409}, 3, 1), ({"kind": "request_lost"}, 3, 1),
     ({"kind": "answer_lost"}, 3, 1), ({"kind": "status", "status": 429}, 1, 1), ({"kind": "error_before"}, 3, 1)],
    ids=["503", "409", "no connection", "no answer", "429", "500"],
)  # fmt: skip
def test_reads_are_repeated_twice_and_commands_never(desk, fault, reads, commands):
    attempt = desk.waiting(desk.invoice(14500))
    gateway = StripeGateway.of(desk.config)
    calls = {
        PI: lambda: gateway.intent(attempt.remote_id),
        "GET /v1/terminal/readers": lambda: gateway.reader(desk.reader.stripe_id),
        "POST /v1/payment_intents/": lambda: gateway.cancel_intent(attempt.remote_id, key="k1", timeout=20),
        "POST /v1/terminal/readers": lambda: gateway.process_on_reader(
            desk.reader.stripe_id, attempt.remote_id, key="k2", timeout=20
        ),
    }
    counts = {}
    for match, call in calls.items():
        desk.fault(match=match, times=10, **fault)
        desk.wire.sent.clear()
        with pytest.raises(StripeProblem):
            call()
        counts[match] = len(desk.wire.sent)
        desk.control(f"accounts/{desk.key}/faults", method="DELETE")
    assert list(counts.values()) == [reads, reads, commands, commands]


ERRORS = [
    # status, body's code → class, permanent
    (400, "terminal_reader_busy", StripeRefused, True),
    (400, None, StripeRefused, True),
    (401, None, StripeRefused, True),
    (402, "card_declined", StripeRefused, True),
    (403, None, StripeRefused, True),
    (404, "resource_missing", StripeRefused, True),
    (409, "idempotency_key_in_use", StripeRefused, False),
    (429, "rate_limit", StripeRefused, False),
    (429, "lock_timeout", StripeRefused, False),
    (500, "api_error", StripeUnreachable, False),
    (503, None, StripeUnreachable, False),
]


@pytest.mark.parametrize(("status", "code", "kind", "permanent"), ERRORS)
def test_errors_are_told_apart_by_status_and_keep_stripes_code(desk, gateway, status, code, kind, permanent):
    body = json.dumps({"error": {"type": "x", "code": code, "message": "Words.", "decline_code": "lost_card"}})
    desk.wire.answer("POST /v1/payment_intents", status, body, **{"Request-Id": "req_1", "Retry-After": "7"})
    with pytest.raises(StripeProblem) as raised:
        gateway.cancel_intent("pi_1", key="k", timeout=20)
    problem = raised.value
    assert (type(problem), problem.permanent, problem.status) == (kind, permanent, status)
    assert (problem.code, problem.request_id, problem.message) == (code or "", "req_1", "Words.")
    if kind is StripeRefused:
        assert (problem.decline_code, problem.retry_after) == ("lost_card", 7)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<html>please sign in</html>"), (302, ""), (301, "<html></html>"), (403, "<html>blocked</html>"),
     (404, "not here"), (429, ""), (200, "[]"), (200, "null"), (200, "{}"), (200, '{"id": "pi_1", "status": 7}'),
     (400, '{"error": "words"}'), (204, "")],
)  # fmt: skip
def test_answer_that_is_not_stripes_proves_nothing(desk, gateway, status, body):
    desk.wire.answer("POST /v1/payment_intents", status, body, Location="http://stripe.test/v1/elsewhere")
    with pytest.raises(StripeUnreachable):
        gateway.cancel_intent("pi_1", key="k", timeout=20)
    assert [what for what, _ in desk.wire.sent] == ["POST /v1/payment_intents/pi_1/cancel"]


def test_page_of_something_in_between_does_not_fail_a_charge(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.wire.answer("POST /v1/payment_intents", 403, "<html>proxy</html>")
    desk.advance(attempt)
    assert (attempt.state, attempt.last_code) == ("reserved", "unreachable")
    assert desk.settle(attempt, 5).state == "waiting"


def test_keys_are_the_attempts_own_and_count_up(desk):
    attempt = desk.waiting(desk.invoice(14500))
    desk.tap("4000000000000002")
    desk.settle(attempt, 2)
    desk.again(attempt)
    desk.settle(attempt, 2)
    desk.fault("status", "POST /v1/payment_intents/", status=429, code="lock_timeout")
    desk.cancel(attempt)
    desk.settle(attempt, 4)
    keys = [call["idempotency_key"] for call in desk.calls() if call["method"] == "POST"]
    mine = [key for key in keys if key and str(attempt.uuid) in key]
    assert mine == [
        f"pi:{attempt.uuid}",
        f"disp:{attempt.uuid}:1",
        f"disp:{attempt.uuid}:2",
        f"cxl:{attempt.uuid}:1",
        f"cxl:{attempt.uuid}:2",
    ]
    assert not any(call["replayed"] for call in desk.calls())


def test_one_key_has_one_body_although_names_change_meanwhile(desk):
    attempt = desk.start(desk.invoice(14500))
    desk.fault("answer_lost", "POST /v1/payment_intents")
    desk.advance(attempt)
    desk.location.name = "Hafenplatz am Kanal"
    desk.location.save()
    desk.settle(attempt, 5)
    creates = [call for call in desk.calls() if call["path"] == "/v1/payment_intents"]
    assert (attempt.state, len(creates), len(desk.books())) == ("waiting", 2, 1)
    assert creates[0]["params"] == creates[1]["params"]


def test_nothing_is_asked_inside_a_transaction(desk, gateway):
    attempt = desk.waiting(desk.invoice(14500))
    desk.wire.sent.clear()
    with pytest.raises(RuntimeError), transaction.atomic():
        check(attempt.pk, now=timezone.now())
    assert desk.wire.sent == []


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_live_key_is_refused_beside_a_sandbox(key, settings):
    with pytest.raises(DomainError) as refusal:
        StripeGateway(key)
    assert refusal.value.code == "live_key_in_practice"


@pytest.mark.parametrize(
    ("base", "demo", "good"),
    [("https://api.stripe.com", False, True), ("https://api.stripe.com", True, False),
     ("https://api.stripe.com.evil.test", False, False), ("https://evil.test/api.stripe.com", False, False),
     ("https://api.stripe.com@evil.test", False, False)],
)  # fmt: skip
def test_live_key_goes_to_stripe_and_nowhere_else(settings, base, demo, good):
    settings.STRIPE_API_BASE, settings.DEMO = base, demo
    try:
        StripeGateway("sk_live_x")
        made = True
    except DomainError:
        made = False
    assert made is good


@pytest.mark.parametrize(
    "bad", ["", "pi_1/../refunds", "../v1", "pi_1%2e%2e", "pi_1\n", "pi_1\x00", "PI_1", "pi 1", "pi_é"]
)
def test_odd_ids_never_get_into_a_path(desk, gateway, bad):
    for call in (
        lambda: gateway.intent(bad),
        lambda: gateway.reader(bad),
        lambda: gateway.cancel_intent(bad, key="k", timeout=20),
        lambda: gateway.process_on_reader(desk.reader.stripe_id, bad, key="k", timeout=20),
        lambda: gateway.process_on_reader(bad, "pi_1", key="k", timeout=20),
        lambda: gateway.cancel_action(bad, timeout=20),
    ):
        with pytest.raises(ValueError, match="not an id"):
            call()
    assert desk.wire.sent == []


def test_lists_are_read_to_the_last_page(desk, gateway):
    def page(ids, more):
        items = [{"id": one, "object": "terminal.reader", "device_type": "stripe_s700"} for one in ids]
        return json.dumps({"object": "list", "data": items, "has_more": more, "url": "/v1/terminal/readers"})

    for ids, more in ((["tmr_3", "tmr_2"], True), (["tmr_1"], True), ([], False)):
        desk.wire.answer("GET /v1/terminal/readers", 200, page(ids, more))
    assert [reader.id for reader in gateway.readers()] == ["tmr_3", "tmr_2", "tmr_1"]
    asked = [what.split("?")[1] for what, _ in desk.wire.sent]
    assert asked == ["limit=100", "limit=100&starting_after=tmr_2", "limit=100&starting_after=tmr_1"]


def test_status_nobody_knows_is_read_again_later(desk):
    attempt = desk.waiting(desk.invoice(14500))
    body = {"id": attempt.remote_id, "object": "payment_intent", "status": "requires_magic", "amount": 14500,
            "currency": "eur", "livemode": False}  # fmt: skip
    desk.wire.answer(PI, 200, json.dumps(body))
    with pytest.raises(StripeUnreachable) as raised:
        check(attempt.pk, now=timezone.now())
    assert raised.value.code == "unknown_status"
    desk.wire.answer(PI, 200, json.dumps(body))
    desk.tap()
    assert desk.settle(attempt, 10).state == "succeeded"
