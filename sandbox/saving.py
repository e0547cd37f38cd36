"""Cards kept for later: the generated card of a payment or of a set-up on a reader.

https://docs.stripe.com/terminal/features/saving-payment-details/save-directly
"""

from typing import Any

from sandbox.cards import CARDS, Card, Decline
from sandbox.charging import card_error
from sandbox.details import Presented, card_method, present_method
from sandbox.world import World


def generate_from_charge(
    world: World, intent: dict[str, Any], charge: dict[str, Any], seen: Presented, redisplay: str
) -> None:
    """Give a paid charge its generated card, when the intent asks for one and the card can.

    A wallet gives none: https://docs.stripe.com/terminal/features/saving-payment-details/save-after-payment
    """
    if not intent["setup_future_usage"] or seen.wallet or not seen.card.generates:
        return
    origin = {
        "charge": charge["id"],
        "payment_method_details": charge["payment_method_details"],
        "setup_attempt": None,
    }
    method = card_method(
        seen.card,
        world,
        customer=intent["customer"],
        redisplay=redisplay,
        generated_from=origin,
        decline=online_decline(seen.card),
    )
    charge["payment_method_details"][seen.type]["generated_card"] = method["id"]
    world.save(charge)
    if intent["customer"]:
        world.emit("payment_method.attached", method)


def online_decline(card: Card) -> Decline | None:
    """Return how a kept card fails online: as it would on a reader."""
    return CARDS[card.number].decline if card.number in CARDS else None


def make_attempt(
    world: World, intent: dict[str, Any], method: str, details: dict[str, Any], status: str
) -> dict[str, Any]:
    """Make the attempt of a set-up intent."""
    attempt = world.make(
        "setup_attempt",
        application=None,
        customer=intent["customer"],
        flow_directions=None,
        on_behalf_of=None,
        payment_method=method,
        payment_method_details=details,
        setup_error=None,
        setup_intent=intent["id"],
        status=status,
        usage=intent["usage"],
    )
    intent["latest_attempt"] = attempt["id"]
    return attempt


def set_up_on_reader(
    world: World, intent: dict[str, Any], seen: Presented, redisplay: str
) -> tuple[dict[str, Any] | None, str | None]:
    """Finish a set-up intent with a card on a reader; return its error, if any, and the new card.

    With a wallet the generated card may be used off-session only and shows `limited`.
    """
    method = present_method(seen, world)
    details: dict[str, Any] = {
        "type": seen.type,
        seen.type: {"generated_card": None, "offline": None},
    }
    intent["_authorizing"] = False
    if seen.card.decline:
        return _set_up_failed(world, intent, seen, method, details), None
    attempt = make_attempt(world, intent, method["id"], details, "succeeded")
    if seen.card.generates:
        card = card_method(
            seen.card,
            world,
            customer=intent["customer"],
            redisplay="limited" if seen.wallet else redisplay,
            generated_from={
                "charge": None,
                "payment_method_details": None,
                "setup_attempt": attempt["id"],
            },
            off_session_only=seen.wallet is not None,
        )
        details[seen.type]["generated_card"] = card["id"]
        if intent["customer"]:
            world.emit("payment_method.attached", card)
    intent["status"] = "succeeded"
    intent["payment_method"] = method["id"]
    intent["last_setup_error"] = None
    world.save(attempt)
    world.save(intent)
    world.emit("setup_intent.succeeded", intent)
    return None, details[seen.type]["generated_card"]


def _set_up_failed(
    world: World,
    intent: dict[str, Any],
    seen: Presented,
    method: dict[str, Any],
    details: dict[str, Any],
) -> dict[str, Any]:
    decline = seen.card.decline or ("card_declined", "generic_decline")
    error = card_error(("setup_intent_authentication_failure", *decline[1:]), charge=None, method=method)
    set_up_failed(world, intent, method, details, error)
    return error


def set_up_failed(
    world: World,
    intent: dict[str, Any],
    method: dict[str, Any],
    details: dict[str, Any],
    error: dict[str, Any],
) -> None:
    """Move a set-up intent back to requires_payment_method with its last error."""
    attempt = make_attempt(world, intent, method["id"], details, "failed")
    attempt["setup_error"] = error
    intent["last_setup_error"] = error
    intent["status"] = "requires_payment_method"
    intent["next_action"] = None
    world.save(attempt)
    world.save(intent)
    world.emit("setup_intent.setup_failed", intent)


def set_up_online(
    world: World, intent: dict[str, Any], method: dict[str, Any], decline: Decline | None = None
) -> dict[str, Any] | None:
    """Finish a set-up intent with a card that was typed; return the error when the bank says no."""
    details: dict[str, Any] = {"type": "card", "card": {}}
    if decline:
        error = card_error(decline, charge=None, method=method)
        set_up_failed(world, intent, method, details, error)
        return error
    make_attempt(world, intent, method["id"], details, "succeeded")
    attach_to(world, method, intent["customer"])
    intent.update(status="succeeded", payment_method=method["id"], last_setup_error=None, next_action=None)
    world.save(intent)
    world.emit("setup_intent.succeeded", intent)
    return None


def attach_to(world: World, method: dict[str, Any], customer: str | None) -> None:
    """Give a card that has no owner yet to a customer."""
    if customer and not method["customer"]:
        method["customer"] = customer
        world.save(method)
        world.emit("payment_method.attached", method)
