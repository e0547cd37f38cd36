"""Signed, filtered, retried; and lost, doubled, late, reordered, wrongly signed."""

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.desk import Desk

URL = "https://desk.example/hooks/stripe?x=1"


class Box:
    """A letter box that answers with the statuses it is given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.letters: list[tuple[str, bytes, dict[str, str]]] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.letters.append((url, body, headers))
        return self.statuses.pop(0) if self.statuses else 200

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body, _ in self.letters]


def endpoint(desk: Desk, *kinds: str) -> Any:
    return desk.v1.webhook_endpoints.create(
        {"url": URL, "enabled_events": list(kinds or ("*",)), "api_version": "2026-10-28.endive"}  # type: ignore[list-item]
    )


def test_webhook_is_signed_so_that_the_sdk_takes_it(desk: Desk) -> None:
    secret = endpoint(desk).secret
    intent = desk.intent()
    box = Box()

    assert desk.box.deliver_due(box) == 1

    url, body, headers = box.letters[0]
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret, tolerance=10**9)
    assert url == URL
    assert (event.type, event.data.object["id"]) == ("payment_intent.created", intent.id)
    assert event.api_version == "2026-10-28.endive"
    assert event.request.idempotency_key is not None
    assert desk.box.deliver_due(box) == 0


def test_webhook_of_a_reader_carries_the_whole_reader(desk: Desk) -> None:
    endpoint(desk, "terminal.reader.action_succeeded")
    intent = desk.waiting()
    desk.tap()
    box = Box()
    desk.box.deliver_due(box)
    reader = json.loads(box.letters[0][1])["data"]["object"]
    assert box.types() == ["terminal.reader.action_succeeded"]
    assert reader["object"] == "terminal.reader"
    assert reader["action"]["process_payment_intent"]["payment_intent"] == intent.id
    assert "_device" not in reader


def test_webhook_secret_shows_only_once(desk: Desk) -> None:
    made = endpoint(desk)
    assert made.secret.startswith("whsec_")
    found = desk.v1.webhook_endpoints.retrieve(made.id).to_dict()
    assert "secret" not in found
    assert [one.id for one in desk.v1.webhook_endpoints.list().data] == [made.id]


def test_webhook_of_a_disabled_or_deleted_endpoint_is_not_sent(desk: Desk) -> None:
    made = endpoint(desk)
    desk.v1.webhook_endpoints.update(made.id, {"disabled": True})
    desk.intent()
    assert desk.box.deliver_due(Box()) == 0
    desk.v1.webhook_endpoints.delete(made.id)
    desk.intent()
    assert desk.box.deliver_due(Box()) == 0


@pytest.mark.parametrize("status", [500, 301, 404, 0])
def test_webhook_that_is_not_taken_is_sent_three_times(desk: Desk, status: int) -> None:
    desk.settings(webhook_retry_seconds=[60, 600])
    endpoint(desk)
    desk.intent()
    box = Box(*[status] * 9)

    for seconds in (0, 59, 1, 599, 1, 9999):
        desk.clock.advance(seconds)
        desk.box.deliver_due(box)

    assert len(box.letters) == 3
    delivery = desk.of_account("GET", "deliveries")["deliveries"][0]
    assert (delivery["state"], delivery["tries"]) == ("failed", 3)
    undelivered = desk.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in undelivered] == ["payment_intent.created"]
    assert desk.v1.events.list({"delivery_success": True}).data == []


def test_webhook_still_to_come_is_pending(desk: Desk) -> None:
    endpoint(desk)
    desk.intent()
    assert desk.v1.events.list().data[0].pending_webhooks == 1
    desk.box.deliver_due(Box())
    assert desk.v1.events.list().data[0].pending_webhooks == 0
    assert len(desk.v1.events.list({"delivery_success": True}).data) == 1


def test_webhook_base_replaces_scheme_and_host(desk: Desk) -> None:
    endpoint(desk)
    desk.intent()
    desk.box.webhook_base = "http://127.0.0.1:8000"
    box = Box()
    desk.box.deliver_due(box)
    assert box.letters[0][0] == "http://127.0.0.1:8000/hooks/stripe?x=1"


@pytest.mark.parametrize(("kind", "sent"), [("webhook_lost", 0), ("webhook_doubled", 2)])
def test_webhook_is_lost_or_doubled(desk: Desk, kind: str, sent: int) -> None:
    endpoint(desk)
    desk.fault(kind, match="payment_intent.created")
    desk.intent()
    box = Box()
    desk.box.deliver_due(box)
    assert len(box.letters) == sent
    desk.intent()
    desk.box.deliver_due(box)
    assert len(box.letters) == sent + 1


def test_webhook_is_late(desk: Desk) -> None:
    endpoint(desk)
    desk.fault("webhook_late", seconds=30)
    desk.intent()
    box = Box()
    desk.box.deliver_due(box)
    desk.clock.advance(29)
    desk.box.deliver_due(box)
    assert box.letters == []
    desk.clock.advance(1)
    desk.box.deliver_due(box)
    assert len(box.letters) == 1


def test_webhooks_are_reordered(desk: Desk) -> None:
    endpoint(desk)
    desk.fault("webhook_reordered")
    desk.waiting()
    desk.tap()
    box = Box()
    desk.box.deliver_due(box)
    assert box.types() == [
        "terminal.reader.action_succeeded",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]


def test_webhooks_are_paused_and_go_on(desk: Desk) -> None:
    endpoint(desk)
    fault = desk.fault("webhook_paused")
    desk.intent()
    assert desk.box.deliver_due(Box()) == 0
    desk.of_account("DELETE", f"faults/{fault}")
    assert desk.box.deliver_due(Box()) == 1


def test_webhook_with_a_wrong_signature_is_refused_by_the_sdk(desk: Desk) -> None:
    secret = endpoint(desk).secret
    desk.fault("webhook_wrong_signature")
    desk.intent()
    box = Box()
    desk.box.deliver_due(box)
    _, body, headers = box.letters[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret, tolerance=10**9)


def test_event_is_sent_again_on_demand(desk: Desk) -> None:
    endpoint(desk)
    desk.intent()
    box = Box()
    desk.box.deliver_due(box)
    event = desk.v1.events.list().data[0].id
    assert desk.of_account("POST", f"events/{event}/resend") == {"queued": 1}
    desk.box.deliver_due(box)
    assert [json.loads(body)["id"] for _, body, _ in box.letters] == [event, event]


def test_event_keeps_the_state_it_was_made_with(desk: Desk) -> None:
    intent = desk.waiting()
    desk.tap()
    events = desk.v1.events.list({"types": ["payment_intent.created"]}).data
    assert events[0].data.object["status"] == "requires_payment_method"
    assert desk.get_intent(intent).status == "succeeded"


def test_events_by_pattern_of_type(desk: Desk) -> None:
    desk.waiting()
    desk.tap()
    found = desk.v1.events.list({"type": "payment_intent.*"}).data
    assert [event.type for event in found] == ["payment_intent.succeeded", "payment_intent.created"]
