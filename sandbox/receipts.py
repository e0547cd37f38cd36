"""Receipts that Stripe mails: https://docs.stripe.com/terminal/features/receipts .

A paid intent with a `receipt_email` is mailed one, and giving a paid intent an address mails one too. Whether the same
address given twice mails twice is not documented; here it does, so that nothing depends on luck. With test keys Stripe
mails nothing: what is listed is what a live account would have mailed.
"""

from typing import Any

from sandbox.world import World


def of_success(world: World, intent: dict[str, Any]) -> None:
    """Mail the receipt of an intent that was just paid.

    The Dashboard's "Successful payments" (the setting `mails_customers`) mails customers with an address, also without
    a `receipt_email`; that both together mail twice is not documented, and not done.
    """
    customer = world.peek("customer", intent["customer"]) or {}
    if intent["receipt_email"]:
        _mail(world, intent, intent["receipt_email"], "receipt_email")
    elif world.setting("mails_customers") and customer.get("email"):
        _mail(world, intent, customer["email"], "dashboard")


def of_update(world: World, intent: dict[str, Any], params: dict[str, Any]) -> None:
    """Mail the receipt of a paid intent that was given an address; its charge has it then too."""
    if intent["status"] != "succeeded" or not params.get("receipt_email"):
        return
    charge = world.find("charge", intent["latest_charge"])
    charge["receipt_email"] = intent["receipt_email"]
    world.save(charge)
    _mail(world, intent, intent["receipt_email"], "receipt_email")


def mailed(world: World) -> list[dict[str, Any]]:
    """Return the mails, oldest first."""
    return world.store.read_log(world.account["id"], "mail")


def _mail(world: World, intent: dict[str, Any], to: str, why: str) -> None:
    facts = {"amount": intent["amount_received"], "currency": intent["currency"]}
    mail = {"at": world.now, "to": to, "intent": intent["id"], "why": why, **facts}
    world.store.write_log(world.account["id"], "mail", mail)
