"""Charges: what happens to an intent when a bank says yes or no.

States: https://docs.stripe.com/payments/paymentintents/lifecycle .
"""

from typing import Any

from sandbox import balance, receipts
from sandbox.cards import Decline, advice_code, decline_message
from sandbox.details import Presented, charge_details, present_method
from sandbox.errors import doc_url
from sandbox.ids import random_text
from sandbox.world import World, public

_NEVER_SET = [
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "failure_balance_transaction",
    "on_behalf_of",
    "receipt_number",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "transfer_data",
    "transfer_group",
]


def make_charge(
    world: World,
    intent: dict[str, Any],
    details: dict[str, Any],
    method: str,
    amount: int,
    decline: Decline | None = None,
) -> dict[str, Any]:
    """Make the charge of an intent, paid or failed; `announce` it when it is complete.

    `amount` is in minor units.
    """
    manual = intent["capture_method"] == "manual" and details["type"] != "interac_present"
    captured = decline is None and not manual
    charge = world.make(
        "charge",
        **dict.fromkeys(_NEVER_SET),
        amount=amount,
        amount_captured=amount if captured else 0,
        amount_refunded=0,
        billing_details=dict.fromkeys(("address", "email", "name", "phone", "tax_id")),
        calculated_statement_descriptor=world.account["_name"].upper()[:22],
        captured=captured,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_code=decline[0] if decline else None,
        failure_message=decline_message(decline[1]) if decline else None,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=_outcome(decline),
        paid=decline is None,
        payment_intent=intent["id"],
        payment_method=method,
        payment_method_details=details,
        receipt_email=intent["receipt_email"],
        receipt_url=f"https://pay.stripe.com/receipts/{random_text(20)}" if not decline else None,
        refunded=False,
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        status="failed" if decline else "succeeded",
    )
    intent["latest_charge"] = charge["id"]
    world.save(intent)
    return charge


def announce(world: World, charge: dict[str, Any]) -> None:
    """Make the event of a new charge, and let it be settled later."""
    world.emit(f"charge.{charge['status']}", charge)
    if charge["captured"] and world.muted:
        settle(world, {"charge": charge["id"]})
    elif charge["captured"]:
        world.later(world.setting("settle_seconds"), "settle", charge=charge["id"])


def _outcome(decline: Decline | None) -> dict[str, Any]:
    return {
        "advice_code": advice_code(decline) if decline else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline[1] if decline else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline."
        if decline
        else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }


def settle(world: World, data: dict[str, Any]) -> None:
    """Give a captured charge its balance transaction, a while after the payment."""
    charge = world.peek("charge", data["charge"])
    if charge is None or charge["balance_transaction"]:
        return
    charge["balance_transaction"] = balance.of_charge(world, charge)["id"]
    world.save(charge)
    world.emit("charge.updated", charge, {"balance_transaction": None})


def card_error(decline: Decline, *, charge: str | None, method: dict[str, Any] | None) -> dict[str, Any]:
    """Return the error object of a declined card."""
    code, decline_code, *_ = decline
    body: dict[str, Any] = {
        "code": code,
        "decline_code": decline_code,
        "doc_url": doc_url(code),
        "message": decline_message(decline_code),
        "type": "card_error",
    }
    if advice_code(decline):
        body["advice_code"] = advice_code(decline)
    if charge:
        body["charge"] = charge
    if method:
        body["payment_method"] = public(method, 0)
    return body


def succeed(world: World, intent: dict[str, Any], charge: dict[str, Any], method: str) -> None:
    """Move an intent to succeeded, or to requires_capture when it is captured by hand."""
    intent["payment_method"] = method
    intent["last_payment_error"] = None
    intent["_authorizing"] = False
    if charge["captured"]:
        intent["status"] = "succeeded"
        intent["amount_received"] = charge["amount"]
        kind = "payment_intent.succeeded"
    else:
        intent["status"] = "requires_capture"
        intent["amount_capturable"] = charge["amount"]
        kind = "payment_intent.amount_capturable_updated"
    world.save(intent)
    world.emit(kind, intent)
    if charge["captured"]:
        receipts.of_success(world, intent)


def fail(world: World, intent: dict[str, Any], error: dict[str, Any]) -> None:
    """Move an intent back to requires_payment_method with its last error."""
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["last_payment_error"] = error
    intent["_authorizing"] = False
    world.save(intent)
    world.emit("payment_intent.payment_failed", intent)


def decline_on_reader(
    world: World, intent: dict[str, Any], seen: Presented, decline: Decline, soft: bool
) -> dict[str, Any]:
    """Make the failed charge of a card on a reader and return the error.

    A soft decline only asks for a PIN: whether it also shows on the intent is not documented, so
    it does only with the setting `soft_decline_on_intent`.
    """
    method = present_method(seen, world)
    details = charge_details(seen, world, intent["amount"], False, None)
    charge = make_charge(world, intent, details, method["id"], intent["amount"], decline)
    announce(world, charge)
    error = card_error(decline, charge=charge["id"], method=method)
    if not soft:
        fail(world, intent, error)
    elif world.setting("soft_decline_on_intent"):
        fail(world, intent, error)
        intent["_authorizing"] = True
    return error
