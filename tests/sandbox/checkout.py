"""What the tests of payment pages share: opening one, and being the customer on it."""

from typing import Any

from tests.sandbox.desk import Desk

SITE = "http://stripe.test"
DONE = "http://shop.test/done?session={CHECKOUT_SESSION_ID}"


def line(amount: int = 14500, currency: str = "eur", quantity: int = 1, name: str = "Invoice B-1") -> Any:
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
    return {"price_data": price, "quantity": quantity}


def payment(**more: Any) -> Any:
    return {"mode": "payment", "line_items": [line()], "success_url": DONE, **more}


def setup(**more: Any) -> Any:
    return {"mode": "setup", "currency": "eur", "success_url": DONE, **more}


def opened(desk: Desk, params: Any, key: str | None = None) -> Any:
    return desk.v1.checkout.sessions.create(params, {"idempotency_key": key} if key else {})


def read(desk: Desk, session: Any, *expand: str) -> Any:
    return desk.v1.checkout.sessions.retrieve(session.id, {"expand": list(expand)})


def pay(desk: Desk, session: Any, card: str = "4242424242424242", **more: Any) -> str:
    """What the page says to a card; empty when all is well."""
    return str(desk.control("POST", f"sessions/{session.id}/pay", {"card": card, **more})["said"])


def press(desk: Desk, session: Any, **form: str) -> Any:
    """Press a button on the page itself."""
    return desk.session.post(f"{SITE}/c/pay/{session.id}", data=form, allow_redirects=False)
