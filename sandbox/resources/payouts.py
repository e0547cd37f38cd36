"""Payouts and balance transactions: https://docs.stripe.com/api/payouts , …/api/balance_transactions .

Nobody creates a payout through the API here: the account pays out by itself, or somebody does in the Dashboard.
"""

from typing import Any

from sandbox import balance
from sandbox.errors import invalid, refused
from sandbox.listing import page, within
from sandbox.world import World

Body = dict[str, Any]
DAY = 86400


def retrieve(world: World, _params: Body, object_id: str) -> Body:
    """Return a payout."""
    return world.find("payout", object_id, "id")


def listed(world: World, params: Body) -> Body:
    """Return a page of payouts, by moment, arrival, destination and state."""
    asked = [name for name in ("destination", "status") if name in params]

    def keep(one: Body) -> bool:
        moments = all(within(one[name], params.get(name)) for name in ("created", "arrival_date"))
        return moments and all(one[name] == params[name] for name in asked)

    return page(world, "payout", params, "/v1/payouts", keep)


def transaction(world: World, _params: Body, object_id: str) -> Body:
    """Return a balance transaction."""
    return world.find("balance_transaction", object_id, "id")


def transactions(world: World, params: Body) -> Body:
    """Return a page of balance transactions, by moment, currency, source, type, and the automatic payout they are in.

    That payout's own is among them. Raises a 400 for a payout that somebody made by hand: Stripe cannot unfold it.
    https://docs.stripe.com/payouts/reconciliation
    """
    if "payout" in params and not world.find("payout", params["payout"], "payout")["automatic"]:
        raise refused("Balance transaction history can only be filtered on automatic transfers, not manual.", "payout")
    asked = [name for name in ("currency", "source", "type") if name in params]

    def keep(one: Body) -> bool:
        inside = params.get("payout") in (None, one["_payout"])
        return inside and within(one["created"], params.get("created")) and all(one[n] == params[n] for n in asked)

    return page(world, "balance_transaction", params, "/v1/balance_transactions", keep)


def pay_out(world: World, body: Body) -> Body:
    """Pay out all that was not yet: by itself, or with `by_hand` as somebody who presses the button.

    Raises a 400 when there is nothing to pay out.
    """
    lines = balance.not_paid_out(world)
    amount = balance.total(lines)
    if amount <= 0:
        raise invalid("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    by_hand = bool(body.get("by_hand"))
    payout = world.make(
        "payout",
        amount=amount,
        application_fee=None,
        application_fee_amount=None,
        arrival_date=int(world.now // DAY * DAY),
        automatic=not by_hand,
        balance_transaction=None,
        currency=world.currency,
        description=None if by_hand else "STRIPE PAYOUT",
        destination="ba_sandbox",
        failure_balance_transaction=None,
        failure_code=None,
        failure_message=None,
        metadata={},
        method="standard",
        original_payout=None,
        payout_method=None,
        reconciliation_status="not_applicable" if by_hand else "in_progress",
        reversed_by=None,
        source_type="card",
        statement_descriptor=world.account["_name"].upper()[:22],
        status="pending",
        trace_id={"status": "pending", "value": None},
        type="bank_account",
    )
    own = balance.move(world, "payout", -amount, world.currency, payout["id"], description=payout["description"])
    for one in [*lines, own]:
        one["_payout"] = payout["id"]
        world.save(one)
    payout["balance_transaction"] = own["id"]
    world.emit("payout.created", payout)
    world.later(world.setting("payout_seconds"), "payout_arrives", payout=payout["id"])
    return payout


def arrives(world: World, data: Body) -> None:
    """Let the bank take a payout; an automatic one can be unfolded from then on."""
    payout = world.peek("payout", data["payout"])
    if payout is None or payout["status"] != "pending":
        return
    payout["status"] = "paid"
    payout["trace_id"] = {"status": "supported", "value": payout["id"][-12:].upper()}
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
    world.save(payout)
    world.emit("payout.paid", payout)
    if payout["automatic"]:
        world.emit("payout.reconciliation_completed", payout)


def fail(world: World, body: Body) -> Body:
    """Let the bank send a payout (`id`) back: its amount is in the balance again, for the next one.

    https://docs.stripe.com/api/payouts/failures
    """
    payout = world.find("payout", body["id"])
    if payout["status"] not in ("pending", "paid"):
        raise invalid("This payout has failed already.", "id")
    back = balance.move(world, "payout_failure", payout["amount"], payout["currency"], payout["id"],
                        description="Payout failure")  # fmt: skip
    payout["status"], payout["failure_balance_transaction"] = "failed", back["id"]
    payout["failure_code"] = "account_closed"
    payout["failure_message"] = "The bank account has been closed."
    world.save(payout)
    world.emit("payout.failed", payout)
    return payout


def take_fee(world: World, body: Body) -> Body:
    """Let Stripe take a fee that belongs to no payment: `amount` (minor units) and `description`."""
    return balance.move(world, "stripe_fee", -int(body["amount"]), world.currency, None,
                        description=str(body.get("description") or "Billing - Usage Fee"))  # fmt: skip
