"""Which call does what: method, path, function, parameters, permission."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import tables as t
from sandbox.params import PAGE, Table
from sandbox.resources import (
    customers,
    hooks,
    locations,
    money_back,
    payment_intents,
    reader_actions,
    readers,
    setup_intents,
)

Handler = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """One call. `permission` is the restricted-key permission without _read or _write."""

    method: str
    path: str
    handler: Handler
    table: Table
    permission: str

    @property
    def needed(self) -> str:
        """Return the permission a restricted key must have for this call."""
        return f"{self.permission}_{'read' if self.method == 'GET' else 'write'}"


def _crud(
    path: str, module: Any, create: Table, update: Table, lists: Table, name: str
) -> list[Route]:
    return [
        Route("POST", path, module.create, create, name),
        Route("GET", path, module.listed, lists, name),
        Route("GET", f"{path}/{{id}}", module.retrieve, {}, name),
        Route("POST", f"{path}/{{id}}", module.update, update, name),
    ]


_READER = "/v1/terminal/readers/{id}"
_ROUTES = [
    Route("GET", "/v1/account", hooks.account, {}, "account"),
    *_crud("/v1/terminal/locations", locations, t.LOCATION, t.LOCATION_UPDATE, PAGE, "terminal_location"),
    Route("DELETE", "/v1/terminal/locations/{id}", locations.delete, {}, "terminal_location"),
    *_crud("/v1/terminal/readers", readers, t.READER, t.READER_UPDATE, t.READER_LIST, "terminal_reader"),
    Route("DELETE", _READER, readers.delete, {}, "terminal_reader"),
    Route("POST", f"{_READER}/process_payment_intent", reader_actions.process_payment_intent, t.PROCESS_PAYMENT, "terminal_reader"),
    Route("POST", f"{_READER}/process_setup_intent", reader_actions.process_setup_intent, t.PROCESS_SETUP, "terminal_reader"),
    Route("POST", f"{_READER}/refund_payment", reader_actions.refund_payment, t.REFUND_ON_READER, "terminal_reader"),
    Route("POST", f"{_READER}/set_reader_display", reader_actions.set_reader_display, t.DISPLAY, "terminal_reader"),
    Route("POST", f"{_READER}/cancel_action", reader_actions.cancel_action, {}, "terminal_reader"),
    Route("POST", "/v1/test_helpers/terminal/readers/{id}/present_payment_method", reader_actions.present_payment_method, t.PRESENT, "terminal_reader"),
    *_crud("/v1/payment_intents", payment_intents, t.INTENT, t.INTENT_UPDATE, t.INTENT_LIST, "payment_intent"),
    Route("POST", "/v1/payment_intents/{id}/cancel", payment_intents.cancel, t.INTENT_CANCEL, "payment_intent"),
    Route("POST", "/v1/payment_intents/{id}/capture", payment_intents.capture, t.INTENT_CAPTURE, "payment_intent"),
    Route("POST", "/v1/payment_intents/{id}/confirm", payment_intents.confirm, t.INTENT_CONFIRM, "payment_intent"),
    *_crud("/v1/setup_intents", setup_intents, t.SETUP, t.SETUP_UPDATE, t.SETUP_LIST, "setup_intent"),
    Route("POST", "/v1/setup_intents/{id}/cancel", setup_intents.cancel, t.SETUP_CANCEL, "setup_intent"),
    Route("GET", "/v1/setup_attempts", setup_intents.attempts, t.ATTEMPT_LIST, "setup_intent"),
    *_crud("/v1/customers", customers, t.CUSTOMER, t.CUSTOMER_UPDATE, t.CUSTOMER_LIST, "customer"),
    Route("DELETE", "/v1/customers/{id}", customers.delete, {}, "customer"),
    Route("GET", "/v1/customers/{id}/payment_methods", customers.methods_of, t.METHODS_OF_CUSTOMER, "payment_method"),
    Route("GET", "/v1/payment_methods", customers.list_methods, t.METHOD_LIST, "payment_method"),
    Route("GET", "/v1/payment_methods/{id}", customers.retrieve_method, {}, "payment_method"),
    Route("POST", "/v1/payment_methods/{id}", customers.update_method, t.METHOD_UPDATE, "payment_method"),
    Route("POST", "/v1/payment_methods/{id}/attach", customers.attach, t.ATTACH, "payment_method"),
    Route("POST", "/v1/payment_methods/{id}/detach", customers.detach, {}, "payment_method"),
    Route("GET", "/v1/charges", money_back.list_charges, t.CHARGE_LIST, "charge"),
    Route("GET", "/v1/charges/{id}", money_back.retrieve_charge, {}, "charge"),
    *_crud("/v1/refunds", money_back, t.REFUND, {"metadata": t.META}, t.REFUND_LIST, "charge"),
    Route("GET", "/v1/events", hooks.list_events, t.EVENT_LIST, "event"),
    Route("GET", "/v1/events/{id}", hooks.retrieve_event, {}, "event"),
    *_crud("/v1/webhook_endpoints", hooks, t.ENDPOINT, t.ENDPOINT_UPDATE, PAGE, "webhook"),
    Route("DELETE", "/v1/webhook_endpoints/{id}", hooks.delete, {}, "webhook"),
]  # fmt: skip


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "([A-Za-z0-9_]+)", path))


_COMPILED = [(route, _pattern(route.path)) for route in _ROUTES]


def routes() -> list[Route]:
    """Return the table."""
    return list(_ROUTES)


def match(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a call and the ids in its path, or None."""
    for route, pattern in _COMPILED:
        found = pattern.fullmatch(path)
        if found and route.method == method:
            return route, found.groups()
    return None
