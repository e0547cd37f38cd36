"""Refunds: https://docs.stripe.com/api/refunds ."""

from typing import Any

from sandbox import balance
from sandbox.errors import invalid
from sandbox.world import World


def refundable(world: World, charge: dict[str, Any], amount: int | None) -> int:
    """Return the amount (minor units) to refund. Raises a 400 when the charge has not that much."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} has failed and cannot be refunded.", "charge")
    if not charge["captured"]:
        raise invalid(f"Charge {charge['id']} is not captured; cancel its payment intent instead.", "charge")
    if any(one["charge"] == charge["id"] and not one["is_charge_refundable"] for one in world.each("dispute")):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount is not None and amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            "amount",
        )
    return left if amount is None else amount


def make_refund(
    world: World, charge: dict[str, Any], amount: int, reason: str | None, metadata: dict[str, str]
) -> dict[str, Any]:
    """Refund part of a charge; `amount` in minor units. Fails later for the card made for that."""
    wait = world.setting("refund_pending_seconds")
    refund = world.make(
        "refund",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details={
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                     "type": "refund"},
            "type": "card",
        },
        metadata=metadata,
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=reason,
        receipt_number=None,
        source_transfer_reversal=None,
        status="pending" if wait else "succeeded",
        transfer_reversal=None,
    )  # fmt: skip
    del refund["livemode"]
    moved = balance.move(world, "refund", -amount, charge["currency"], refund["id"], description="REFUND FOR CHARGE")
    refund["balance_transaction"] = moved["id"]
    _add(world, charge, amount)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge, {"amount_refunded": charge["amount_refunded"] - amount})
    world.emit("refund.updated", refund)
    if wait:
        world.later(wait, "refund_arrives", refund=refund["id"])
    if _last4(charge) == "5126":
        world.later(wait + world.setting("refund_fail_seconds"), "refund_fails", refund=refund["id"])
    return refund


def _last4(charge: dict[str, Any]) -> str | None:
    details = charge["payment_method_details"]
    return details[details["type"]].get("last4")


def _add(world: World, charge: dict[str, Any], amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.save(charge)


def refund_arrives(world: World, data: dict[str, Any]) -> None:
    """Let the bank take a refund that was on its way."""
    refund = world.peek("refund", data["refund"])
    if refund is None or refund["status"] != "pending":
        return
    refund["status"] = "succeeded"
    world.save(refund)
    world.emit("refund.updated", refund, {"status": "pending"})


def refund_fails(world: World, data: dict[str, Any]) -> None:
    """Let a refund that looked well fail: https://docs.stripe.com/refunds#failed-refunds"""
    refund = world.peek("refund", data["refund"])
    if refund is None or refund["status"] != "succeeded":
        return
    refund["status"] = "failed"
    refund["failure_reason"] = "expired_or_canceled_card"
    back = balance.move(world, "refund_failure", refund["amount"], refund["currency"], refund["id"])
    refund["failure_balance_transaction"] = back["id"]
    world.save(refund)
    _add(world, world.find("charge", refund["charge"]), -refund["amount"])
    world.emit("refund.updated", refund, {"status": "succeeded"})
    world.emit("refund.failed", refund)
