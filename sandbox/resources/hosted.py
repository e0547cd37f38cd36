"""What happens on the hosted payment page: a card is typed, its holder authenticates, the session ends.

https://docs.stripe.com/payments/checkout/how-checkout-works
"""

from typing import Any

from sandbox.cards import ONLINE, Card, Decline, decline_message
from sandbox.charging import card_error
from sandbox.details import card_method
from sandbox.online import ask_holder, charge
from sandbox.resources import payment_intents
from sandbox.saving import attach_to, set_up_failed, set_up_online
from sandbox.world import World

Body = dict[str, Any]
GONE = "This page has ended. Go back and ask for a new one."
_UNPROVEN = "We are unable to authenticate your payment method. Please choose a different one and try again."


def submit(world: World, session: Body, number: str) -> str:
    """Type a card and press the button; return what the page then says, empty when all is well.

    A card that asks its holder leaves the session open, its intent in `requires_action`.
    """
    if session["status"] != "open":
        return GONE
    card = ONLINE.get(number.replace(" ", ""))
    if card is None:
        return decline_message("incorrect_number")
    method = card_method(card, world, redisplay=session["_redisplay"], decline=card.later)
    intent = intent_of(world, session) or _make_intent(world, session)
    if card.secure:
        action = {"redirect_to_url": {"return_url": session["url"], "url": session["url"]}, "type": "redirect_to_url"}
        ask_holder(world, intent, method, action)
        return ""
    return _ask_bank(world, session, intent, method, card.decline)


def authenticate(world: World, session: Body, passed: bool) -> str:
    """Answer the bank's question as the cardholder; return what the page then says."""
    intent = intent_of(world, session)
    if session["status"] != "open" or intent is None or intent["status"] != "requires_action":
        return GONE
    method = world.find("payment_method", intent["payment_method"])
    if passed:
        return _ask_bank(world, session, intent, method, _card(method).decline, True)
    error = _unproven(intent, method)
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    if session["mode"] == "setup":
        set_up_failed(world, intent, method, {"type": "card", "card": {}}, error)
    else:
        intent["last_payment_error"] = error
        world.save(intent)
        world.emit("payment_intent.payment_failed", intent)
    return _UNPROVEN


def _unproven(intent: Body, method: Body) -> Body:
    code = f"{intent['object']}_authentication_failure"
    error = card_error((code, ""), charge=None, method=method)
    del error["decline_code"]
    return {**error, "message": _UNPROVEN, "type": "invalid_request_error"}


def _card(method: Body) -> Card:
    return ONLINE[method["_number"]]


def intent_of(world: World, session: Body) -> Body | None:
    """Return the session's intent, or None while nobody has tried to pay."""
    name = "setup_intent" if session["mode"] == "setup" else "payment_intent"
    return world.peek(name, session[name])


def _make_intent(world: World, session: Body) -> Body:
    """Make the PaymentIntent, which exists from the first try to pay on.

    https://docs.stripe.com/changelog/2022-08-01/deferred-paymentintent-checkout-session
    """
    params = {
        **session["_intent_data"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "allowed_payment_method_types": session["payment_method_types"],
    }
    if session["customer"]:
        params["customer"] = session["customer"]
    intent = payment_intents.create(world, params)
    intent["_session"] = session["id"]
    session["payment_intent"] = intent["id"]
    world.save(session)
    return world.save(intent)


def _ask_bank(
    world: World, session: Body, intent: Body, method: Body, decline: Decline | None, authenticated: bool = False
) -> str:
    if session["mode"] == "setup":
        error = set_up_online(world, intent, method, decline)
    else:
        # A card that is refused whenever it is charged is refused here too; one that only wants its
        # holder has just got them, or never needs them.
        later = _card(method).later
        if decline is None and later and later[0] != "authentication_required":
            decline = later
        error = charge(world, intent, method, decline, authenticated)
    if error is not None:
        return str(error["message"])
    if session["mode"] == "payment" and intent["setup_future_usage"]:
        attach_to(world, method, intent["customer"])
    elif session["mode"] == "payment":
        method["_detached"] = True  # used once without an owner: https://docs.stripe.com/api/payment_methods/attach
        world.save(method)
    _complete(world, session)
    return ""


def _complete(world: World, session: Body) -> None:
    session.update(
        status="complete",
        payment_status="paid" if session["mode"] == "payment" else "no_payment_required",
        url=None,
        customer_details=session["customer_details"] or details_of(None),
    )
    world.save(session)
    world.emit("checkout.session.completed", session)


def details_of(email: str | None) -> Body:
    """Return what a session knows of the customer."""
    empty = ("address", "business_name", "individual_name", "name", "phone")
    return {**dict.fromkeys(empty), "email": email, "tax_exempt": "none", "tax_ids": None}


def expire(world: World, session: Body) -> Body:
    """End an open session: nobody can pay or keep a card on it any more."""
    intent = intent_of(world, session)
    if intent is not None:
        intent.update(status="canceled", next_action=None)
        if intent["object"] == "payment_intent":
            intent.update(canceled_at=int(world.now), cancellation_reason="expired")
        world.save(intent)
        world.emit(f"{intent['object']}.canceled", intent)
    session.update(status="expired", url=None)
    world.save(session)
    world.emit("checkout.session.expired", session)
    return session


def expires(world: World, data: Body) -> None:
    """End a session whose time is over."""
    session = world.peek("checkout.session", data["session"])
    if session is not None and session["status"] == "open":
        expire(world, session)
