"""What the tests share: a clock, and a desk with an account, a location and a reader."""

import json
from typing import Any

import requests
import stripe

from sandbox.app import Sandbox

START = 1_795_000_000.0


class Clock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def client_for(session: requests.Session, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": "http://stripe.test"},
        http_client=stripe.RequestsClient(session=session),
        max_network_retries=0,
    )


class Desk:
    """An account with a location and a reader, seen through the SDK and the control endpoints."""

    def __init__(
        self,
        box: Sandbox,
        session: requests.Session,
        clock: Clock,
        key: str,
        country: str,
        currency: str,
        code: str = "simulated-s700",
    ) -> None:
        self.box, self.session, self.clock, self.currency = box, session, clock, currency
        self.account = box.add_account(key, country, currency, f"Desk {country}")
        # The tests read answers whose types are unions of what may be expanded.
        self.client: Any = client_for(session, key)
        self.v1: Any = self.client.v1
        self.settings(authorize_seconds=0)
        self.location = self.v1.terminal.locations.create(
            {"display_name": "Main", "address": {"country": country, "line1": "1 Main Street"}}
        ).id
        self.reader = self.v1.terminal.readers.create(
            {"registration_code": code, "location": self.location, "label": "Front desk"}
        ).id

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, f"http://stripe.test/_sandbox/{path}", data=json.dumps(body or {}))
        found = answer.json()
        assert answer.status_code == 200, found
        return found

    def of_account(self, method: str, path: str, body: Any = None) -> Any:
        return self.control(method, f"accounts/{self.account}/{path}", body)

    def settings(self, **values: Any) -> None:
        self.of_account("POST", "settings", values)

    def fault(self, kind: str, **more: Any) -> str:
        return str(self.of_account("POST", "faults", {"kind": kind, **more})["id"])

    def reader_fault(self, **faults: Any) -> None:
        self.control("POST", f"readers/{self.reader}/faults", faults)

    def tap(self, card: str = "4242424242424242", method: str = "tap", **more: Any) -> Any:
        return self.control("POST", f"readers/{self.reader}/tap", {"card": card, "method": method, **more})

    def screen(self) -> Any:
        return self.control("GET", f"readers/{self.reader}")["screen"]

    def intent(self, amount: int = 14500, **more: Any) -> Any:
        params = {
            "amount": amount,
            "currency": self.currency,
            "allowed_payment_method_types": ["card_present"],
            **more,
        }
        return self.v1.payment_intents.create(params)

    def process(self, intent: Any, config: Any = None, **options: Any) -> Any:
        params: dict[str, Any] = {"payment_intent": intent.id}
        if config:
            params["process_config"] = config
        return self.v1.terminal.readers.process_payment_intent(self.reader, params, options)

    def waiting(self, amount: int = 14500, config: Any = None, **more: Any) -> Any:
        """An intent that waits on the reader."""
        intent = self.intent(amount, **more)
        self.process(intent, config)
        return intent

    def get_intent(self, intent: Any, *expand: str) -> Any:
        return self.v1.payment_intents.retrieve(intent.id, {"expand": list(expand)})

    def get_reader(self) -> Any:
        return self.v1.terminal.readers.retrieve(self.reader)

    def event_types(self) -> list[str]:
        """The types of all events, oldest first."""
        self.box.tick()
        found = self.v1.events.list({"limit": 100})
        return [event.type for event in reversed(found.data)]

    def touches(self) -> Any:
        return self.of_account("GET", "touches")["touches"]
