"""Which call does what: method, path, function, parameters, permission."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import tables as t
from sandbox import tables_checkout as tc
from sandbox.params import PAGE, Table
from sandbox.resources import (
    checkout_sessions,
    customers,
    disputes,
    hooks,
    locations,
    money_back,
    payment_intents,
    payouts,
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


Row = tuple[str, str, Handler, Table]


def _group(permission: str, path: str, *rows: Row) -> list[Route]:
    """Return the routes below a path: (method, rest of the path, function, parameters) each."""
    return [Route(method, path + rest, run, table, permission) for method, rest, run, table in rows]


def _crud(path: str, module: Any, tables: tuple[Table, Table, Table], name: str) -> list[Route]:
    """Return create, list, retrieve and update of a module; `tables` of create, update, list."""
    return _group(
        name,
        path,
        ("POST", "", module.create, tables[0]),
        ("GET", "", module.listed, tables[2]),
        ("GET", "/{id}", module.retrieve, {}),
        ("POST", "/{id}", module.update, tables[1]),
    )


_LOCATIONS, _READERS = "/v1/terminal/locations", "/v1/terminal/readers"
_INTENTS, _SETUPS = "/v1/payment_intents", "/v1/setup_intents"
_SESSIONS = "/v1/checkout/sessions"
_ROUTES = [
    *_group("account", "/v1/account", ("GET", "", hooks.account, {})),
    *_crud(_LOCATIONS, locations, (t.LOCATION, t.LOCATION_UPDATE, PAGE), "terminal_location"),
    *_group("terminal_location", _LOCATIONS, ("DELETE", "/{id}", locations.delete, {})),
    *_crud(_READERS, readers, (t.READER, t.READER_UPDATE, t.READER_LIST), "terminal_reader"),
    *_group(
        "terminal_reader",
        _READERS + "/{id}",
        ("DELETE", "", readers.delete, {}),
        (
            "POST",
            "/process_payment_intent",
            reader_actions.process_payment_intent,
            t.PROCESS_PAYMENT,
        ),
        ("POST", "/process_setup_intent", reader_actions.process_setup_intent, t.PROCESS_SETUP),
        ("POST", "/refund_payment", reader_actions.refund_payment, t.REFUND_ON_READER),
        ("POST", "/set_reader_display", reader_actions.set_reader_display, t.DISPLAY),
        ("POST", "/cancel_action", reader_actions.cancel_action, {}),
    ),
    *_group(
        "terminal_reader",
        "/v1/test_helpers/terminal/readers/{id}",
        ("POST", "/present_payment_method", reader_actions.present_payment_method, t.PRESENT),
    ),
    *_crud(_INTENTS, payment_intents, (t.INTENT, t.INTENT_UPDATE, t.INTENT_LIST), "payment_intent"),
    *_group(
        "payment_intent",
        _INTENTS + "/{id}",
        ("POST", "/cancel", payment_intents.cancel, t.INTENT_CANCEL),
        ("POST", "/capture", payment_intents.capture, t.INTENT_CAPTURE),
        ("POST", "/confirm", payment_intents.confirm, t.INTENT_CONFIRM),
    ),
    *_crud(_SETUPS, setup_intents, (t.SETUP, t.SETUP_UPDATE, t.SETUP_LIST), "setup_intent"),
    *_group(
        "setup_intent",
        "/v1",
        ("POST", "/setup_intents/{id}/cancel", setup_intents.cancel, t.SETUP_CANCEL),
        ("GET", "/setup_attempts", setup_intents.attempts, t.ATTEMPT_LIST),
    ),
    *_crud(_SESSIONS, checkout_sessions, (tc.SESSION, tc.SESSION_UPDATE, tc.SESSION_LIST), "checkout_session"),
    *_group(
        "checkout_session",
        _SESSIONS + "/{id}",
        ("POST", "/expire", checkout_sessions.end, {}),
        ("GET", "/line_items", checkout_sessions.line_items, PAGE),
    ),
    *_crud("/v1/customers", customers, (t.CUSTOMER, t.CUSTOMER_UPDATE, t.CUSTOMER_LIST), "customer"),
    *_group("customer", "/v1/customers", ("DELETE", "/{id}", customers.delete, {})),
    *_group(
        "payment_method",
        "/v1",
        ("GET", "/customers/{id}/payment_methods", customers.methods_of, t.METHODS_OF_CUSTOMER),
        ("GET", "/payment_methods", customers.list_methods, t.METHOD_LIST),
        ("GET", "/payment_methods/{id}", customers.retrieve_method, {}),
        ("POST", "/payment_methods/{id}", customers.update_method, t.METHOD_UPDATE),
        ("POST", "/payment_methods/{id}/attach", customers.attach, t.ATTACH),
        ("POST", "/payment_methods/{id}/detach", customers.detach, {}),
    ),
    *_group(
        "charge",
        "/v1/charges",
        ("GET", "", money_back.list_charges, t.CHARGE_LIST),
        ("GET", "/{id}", money_back.retrieve_charge, {}),
    ),
    *_crud("/v1/refunds", money_back, (t.REFUND, {"metadata": t.META}, t.REFUND_LIST), "charge"),
    *_group(
        "dispute",
        "/v1/disputes",
        ("GET", "", disputes.listed, t.DISPUTE_LIST),
        ("GET", "/{id}", disputes.retrieve, {}),
    ),
    *_group(
        "payout",
        "/v1/payouts",
        ("GET", "", payouts.listed, t.PAYOUT_LIST),
        ("GET", "/{id}", payouts.retrieve, {}),
    ),
    *_group(
        "balance",
        "/v1/balance_transactions",
        ("GET", "", payouts.transactions, t.BALANCE_LIST),
        ("GET", "/{id}", payouts.transaction, {}),
    ),
    *_group(
        "event",
        "/v1/events",
        ("GET", "", hooks.list_events, t.EVENT_LIST),
        ("GET", "/{id}", hooks.retrieve_event, {}),
    ),
    *_crud("/v1/webhook_endpoints", hooks, (t.ENDPOINT, t.ENDPOINT_UPDATE, PAGE), "webhook"),
    *_group("webhook", "/v1/webhook_endpoints", ("DELETE", "/{id}", hooks.delete, {})),
]


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
