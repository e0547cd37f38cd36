"""What somebody does in Stripe's Dashboard behind the product's back, and the books."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox import online
from sandbox.cards import ADVICE, DEFAULT_CARD, find_card
from sandbox.charging import announce, make_charge, succeed
from sandbox.details import Presented, charge_details, present_method
from sandbox.expand import render
from sandbox.resources import (
    checkout_sessions,
    customers,
    disputes,
    locations,
    money_back,
    payment_intents,
    payouts,
    reader_actions,
    readers,
)
from sandbox.world import World

Body = dict[str, Any]


def _cancel_intent(world: World, body: Body) -> Body:
    return payment_intents.cancel(world, {"cancellation_reason": "requested_by_customer"}, body["id"])


def _pay_intent(world: World, body: Body) -> Body:
    """Pay an intent elsewhere, whatever types it allows."""
    intent = world.find("payment_intent", body["id"])
    intent["payment_method_types"] = list({*intent["payment_method_types"], "card"})
    method = online.use_method(world, "pm_card_visa")
    return payment_intents.confirm(world, {"payment_method": method}, intent["id"])


def _take_payment(world: World, body: Body) -> Body:
    """Take a payment that no program asked for: by hand in the Dashboard or, with `reader`, on that reader alone.

    `times` makes several, `ago` (seconds) makes them old, with nobody told.
    """
    ago = float(body.get("ago", 0))
    then = replace(world, now=world.now - ago, muted=bool(ago))
    intent: Body = {}
    for _ in range(int(body.get("times", 1))):
        intent = _take_one(then, body)
    return intent


def _take_one(world: World, body: Body) -> Body:
    kind = "card_present" if body.get("reader") else "card"
    currency = body.get("currency", world.currency)
    params = {"amount": body["amount"], "currency": currency, "allowed_payment_method_types": [kind]}
    intent = payment_intents.create(world, {**params, "description": body.get("description", "")})
    if kind == "card":
        return _pay_intent(world, {"id": intent["id"]})
    reader = world.find("terminal.reader", body["reader"], "reader")
    seen = Presented(find_card(str(body.get("card"))) or DEFAULT_CARD, "insert", reader)
    method = present_method(seen, world)
    charge = make_charge(world, intent, charge_details(seen, world, body["amount"], True, None), method["id"],
                         body["amount"])  # fmt: skip
    announce(world, charge)
    succeed(world, intent, charge, method["id"])
    return intent


def _cancel_action(world: World, body: Body) -> Body:
    return reader_actions.cancel_action(world, {}, body["id"])


def _delete_location(world: World, body: Body) -> Body:
    return locations.delete(world, {}, body["id"])


def _delete_reader(world: World, body: Body) -> Body:
    return readers.delete(world, {}, body["id"])


def _move_reader(world: World, body: Body) -> Body:
    """Let a reader stand elsewhere under its own id: no API call does that."""
    reader = world.find("terminal.reader", body["id"], "reader")
    reader["location"] = world.find("terminal.location", body["location"], "location")["id"]
    return world.save(reader)


def _refund(world: World, body: Body) -> Body:
    params = {"payment_intent": body["id"], "reason": "requested_by_customer"}
    if "amount" in body:
        params["amount"] = body["amount"]
    return money_back.create(world, params)


def _detach(world: World, body: Body) -> Body:
    return customers.detach(world, {}, body["id"])


def _delete_customer(world: World, body: Body) -> Body:
    return customers.delete(world, {}, body["id"])


def _expire_session(world: World, body: Body) -> Body:
    return checkout_sessions.end(world, {}, body["id"])


def _renew_card(world: World, body: Body) -> Body:
    """Let the bank send a new card: https://docs.stripe.com/api/events/types (automatically_updated)"""
    method = world.find("payment_method", body["id"])
    before = {name: method["card"][name] for name in ("exp_year", "last4")}
    last4 = f"{(int(before['last4']) + 1111) % 10000:04d}"
    method["card"] = {**method["card"], "exp_year": before["exp_year"] + 3, "last4": last4}
    world.save(method)
    world.emit("payment_method.automatically_updated", method, {"card": before})
    return method


def _decline_next(world: World, body: Body) -> Body:
    """Decide how the next off-session charge of a kept card ends: `code`, `decline_code`, `advice`."""
    method = world.find("payment_method", body["id"])
    method["_next"] = decline_of(body)
    return world.save(method)


def decline_of(body: Body) -> list[str] | None:
    """Return the decline that a body describes; without one, none. Raises ValueError for unknown advice.

    The page sends code and decline code as one choice, `ends`.
    """
    code, _, decline_code = str(body.get("ends") or "").partition(" ")
    code, decline_code = body.get("code") or code, body.get("decline_code") or decline_code or "generic_decline"
    if not code:
        return None
    advice = body.get("advice")
    if advice and advice not in ADVICE:
        raise ValueError(f"advice must be one of {', '.join(ADVICE)}")
    return [code, decline_code, *([advice] if advice else [])]


_DEEDS: dict[str, Callable[[World, Body], Body]] = {
    "cancel_intent": _cancel_intent,
    "pay_intent": _pay_intent,
    "cancel_action": _cancel_action,
    "decline_next": _decline_next,
    "delete_customer": _delete_customer,
    "delete_location": _delete_location,
    "delete_reader": _delete_reader,
    "move_reader": _move_reader,
    "detach": _detach,
    "expire_session": _expire_session,
    "dispute": disputes.open_one,
    "dispute_answer": disputes.answer,
    "dispute_close": disputes.close,
    "dispute_escalate": disputes.escalate,
    "pay_out": payouts.pay_out,
    "payout_fail": payouts.fail,
    "refund": _refund,
    "renew_card": _renew_card,
    "take_fee": payouts.take_fee,
    "take_payment": _take_payment,
}


def do(world: World, body: Body) -> Body:
    """Do `{"do": name, "id": object, …}`; return the object. Raises ValueError for other names."""
    deed = _DEEDS.get(body.get("do", ""))
    if deed is None:
        raise ValueError(f"do must be one of {', '.join(_DEEDS)}")
    return render(world, deed(world, body), [])


def books(world: World) -> Body:
    """Return what Stripe says was paid, per intent and in all, and what went back: minor units, by currency."""
    totals: dict[str, dict[str, int]] = {}
    lines = []
    charges = world.each("charge")
    for intent in reversed(world.each("payment_intent")):
        mine = [charge for charge in charges if charge["payment_intent"] == intent["id"]]
        line = {
            "id": intent["id"],
            "status": intent["status"],
            "amount": intent["amount"],
            "currency": intent["currency"],
            "amount_received": intent["amount_received"],
            "amount_refunded": sum(charge["amount_refunded"] for charge in mine),
            "charges": [charge["id"] for charge in mine],
            "paid_charges": [charge["id"] for charge in mine if charge["paid"]],
            "metadata": intent["metadata"],
            "customer": intent["customer"],
        }
        lines.append(line)
        sums = totals.setdefault(intent["currency"], {"received": 0, "refunded": 0, "paid": 0})
        sums["received"] += intent["amount_received"]
        sums["refunded"] += line["amount_refunded"]
        sums["paid"] += intent["status"] == "succeeded"
    shown = ("id", "status", "amount", "currency", "charge", "metadata")
    refunds = [{name: one[name] for name in shown} for one in reversed(world.each("refund"))]
    return {"intents": lines, "refunds": refunds, "totals": totals}
