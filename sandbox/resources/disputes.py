"""Disputes: https://docs.stripe.com/api/disputes . The Dashboard's part of it: opened, answered, decided."""

from typing import Any

from sandbox.balance import move
from sandbox.errors import invalid
from sandbox.listing import page, within
from sandbox.world import World, public

Body = dict[str, Any]
FEE = 2000  # what Stripe keeps of a lost one, in minor units
OVER = ("won", "lost", "warning_closed", "prevented")
REASONS = (
    "bank_cannot_process", "credit_not_processed", "customer_initiated", "debit_not_authorized", "duplicate",
    "fraudulent", "general", "insufficient_funds", "noncompliant", "product_not_received", "product_unacceptable",
    "subscription_canceled", "unrecognized",
)  # fmt: skip


def retrieve(world: World, _params: Body, object_id: str) -> Body:
    """Return a dispute."""
    return world.find("dispute", object_id, "id")


def listed(world: World, params: Body) -> Body:
    """Return a page of disputes, by charge, intent and moment."""
    asked = [name for name in ("charge", "payment_intent") if name in params]
    return page(
        world,
        "dispute",
        params,
        "/v1/disputes",
        lambda one: within(one["created"], params.get("created")) and all(one[name] == params[name] for name in asked),
    )


def open_one(world: World, body: Body) -> Body:
    """Let the cardholder of a paid intent (`id`) go to the bank: `amount`, `reason`, `days` to answer.

    An `inquiry` takes no money yet.
    """
    charge = world.find("charge", world.find("payment_intent", body["id"])["latest_charge"], "charge")
    amount = int(body.get("amount") or charge["amount_captured"] - charge["amount_refunded"])
    if not charge["paid"] or not 0 < amount <= charge["amount_captured"]:
        raise invalid(f"Charge {charge['id']} cannot be disputed with {amount}.", "amount")
    reason = str(body.get("reason") or "fraudulent")
    if reason not in REASONS:
        raise ValueError(f"reason must be one of {', '.join(REASONS)}")
    dispute = world.make(
        "dispute",
        amount=amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={},
        evidence_details={
            "due_by": int(world.now + float(body.get("days") or 9) * 86400), "enhanced_eligibility": {},
            "has_evidence": False, "past_due": False, "submission_count": 0,
        },
        intended_submission_method=None,
        is_charge_refundable=bool(body.get("inquiry")),
        metadata={},
        network_reason_code=None,
        payment_intent=charge["payment_intent"],
        payment_method_details=None,
        reason=reason,
        status="warning_needs_response" if body.get("inquiry") else "needs_response",
    )  # fmt: skip
    charge["disputed"] = True
    world.save(charge)
    world.emit("charge.dispute.created", dispute)
    if not body.get("inquiry"):
        _withdraw(world, dispute)
    return dispute


def escalate(world: World, body: Body) -> Body:
    """Let an inquiry (`id`) become a dispute that takes the money."""
    dispute = _open(world, body)
    dispute["status"], dispute["is_charge_refundable"] = "needs_response", False
    world.save(dispute)
    world.emit("charge.dispute.updated", dispute)
    if not dispute["balance_transactions"]:
        _withdraw(world, dispute)
    return dispute


def answer(world: World, body: Body) -> Body:
    """Hand in evidence for a dispute (`id`)."""
    dispute = _open(world, body)
    dispute["status"] = "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
    dispute["evidence_details"] = {
        **dispute["evidence_details"],
        "has_evidence": True,
        "submission_count": dispute["evidence_details"]["submission_count"] + 1,
    }
    world.save(dispute)
    world.emit("charge.dispute.updated", dispute)
    return dispute


def close(world: World, body: Body) -> Body:
    """Let the bank decide a dispute (`id`): `ends` won or lost; an inquiry is closed without taking anything."""
    dispute = _open(world, body)
    ends = body.get("ends")
    if ends not in ("won", "lost"):
        raise ValueError("ends must be won or lost")
    dispute["status"] = "warning_closed" if dispute["status"].startswith("warning") else ends
    world.save(dispute)
    world.emit("charge.dispute.closed", dispute)
    if dispute["status"] == "won":
        _move(world, dispute, dispute["amount"], 0)
        world.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def _open(world: World, body: Body) -> Body:
    dispute = world.find("dispute", body["id"])
    if dispute["status"] in OVER:
        raise invalid("This dispute is already closed", "id")
    return dispute


def _withdraw(world: World, dispute: Body) -> None:
    _move(world, dispute, -dispute["amount"], FEE)
    world.emit("charge.dispute.funds_withdrawn", dispute)


def _move(world: World, dispute: Body, amount: int, fee: int) -> None:
    """Move money between the account and the bank; amounts in minor units."""
    made = move(
        world, "adjustment", amount, dispute["currency"], dispute["id"], fee=fee,
        category="dispute" if amount < 0 else "dispute_reversal",
        description="Chargeback withdrawal" if amount < 0 else "Chargeback reversal",
    )  # fmt: skip
    dispute["balance_transactions"] = [*dispute["balance_transactions"], public(made, world.now)]
    world.save(dispute)
