"""What a card leaves behind: payment methods, receipt data, fingerprints.

https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-card_present
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.cards import Card, Decline
from sandbox.ids import new_id
from sandbox.world import World

_READ = {"tap": "contactless_emv", "phone": "contactless_emv", "insert": "contact_emv"}
_APPLICATIONS = {
    "visa": ("Visa Credit", "A0000000031010"),
    "mastercard": ("Mastercard", "A0000000041010"),
    "amex": ("American Express", "A000000025010402"),
    "interac": ("Interac", "A0000002771010"),
    "girocard": ("girocard", "A0000003591010028001"),
    "eftpos_au": ("eftpos", "A00000038410"),
}


@dataclass(frozen=True)
class Presented:
    """A card held to a reader. `method` is tap, insert or phone; `pin` tells that one was asked."""

    card: Card
    method: str
    reader: dict[str, Any]
    pin: bool = False

    @property
    def type(self) -> str:
        """Return the type of payment method: interac_present or card_present."""
        return "interac_present" if self.card.interac else "card_present"

    @property
    def wallet(self) -> dict[str, str] | None:
        """Return the wallet of a phone, None for plastic."""
        return {"type": "apple_pay"} if self.method == "phone" else None


def fingerprint(number: str) -> str:
    """Return the same 16 characters for the same card, whatever the account."""
    return hashlib.sha256(number.encode()).hexdigest()[:16]


def _common(seen: Presented, world: World) -> dict[str, Any]:
    card = seen.card
    return {
        "brand": card.brand,
        "cardholder_name": None,
        "country": world.country,
        "description": None,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": fingerprint(card.number),
        "funding": card.funding,
        "issuer": None,
        "last4": card.last4,
        "read_method": _READ[seen.method],
        "preferred_locales": ["en"],
    }


def _verification(seen: Presented) -> str:
    if seen.pin:
        return seen.card.verification or "offline_pin"
    if seen.card.verification and seen.card.pin is None:
        return seen.card.verification
    return "approval" if seen.method == "phone" else "none"


def _receipt(seen: Presented, approved: bool) -> dict[str, Any]:
    application, file_name = _APPLICATIONS.get(seen.card.brand, (seen.card.brand.title(), "A0000000031010"))
    account = {"debit": "checking", "prepaid": "prepaid"}.get(seen.card.funding, "credit")
    return {
        "account_type": account,
        "application_cryptogram": secrets.token_hex(8).upper(),
        "application_preferred_name": application,
        "authorization_code": f"{secrets.randbelow(10**6):06d}" if approved else None,
        "authorization_response_code": "3030" if approved else "3035",
        "cardholder_verification_method": _verification(seen),
        "dedicated_file_name": file_name,
        "terminal_verification_results": "0000000000",
        "transaction_status_information": "0000",
    }


def charge_details(seen: Presented, world: World, amount: int, approved: bool, generated: str | None) -> dict[str, Any]:
    """Return `payment_method_details` of a charge made on a reader; amount in minor units."""
    body = {
        **_common(seen, world),
        "emv_auth_data": None,
        "generated_card": generated,
        "location": seen.reader["location"],
        "network": seen.card.network or seen.card.brand,
        "network_transaction_id": str(secrets.randbelow(10**15)),
        "reader": seen.reader["id"],
        "receipt": _receipt(seen, approved),
    }
    if seen.type == "card_present":
        body |= {
            "amount_authorized": amount if approved else None,
            "brand_product": None,
            "capture_before": int(world.now) + 2 * 86400 if approved else None,
            "incremental_authorization_supported": False,
            "offline": None,
            "overcapture_supported": False,
            "wallet": seen.wallet,
        }
    return {"type": seen.type, seen.type: body}


def present_method(seen: Presented, world: World, customer: str | None = None) -> dict[str, Any]:
    """Return a new payment method for a card held to a reader; it cannot be charged online."""
    body = {**_common(seen, world), "networks": None}
    if seen.type == "card_present":
        body |= {"brand_product": None, "offline": None, "wallet": seen.wallet}
    method = _method(seen.type, body, world, "unspecified", customer)
    return world.save(method)


def card_method(
    card: Card,
    world: World,
    *,
    customer: str | None = None,
    redisplay: str = "unspecified",
    generated_from: dict[str, Any] | None = None,
    decline: Decline | None = None,
    off_session_only: bool = False,
) -> dict[str, Any]:
    """Return a new card that can be charged online. `decline` is what each such charge gets."""
    body = {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": None,
        },
        "country": world.country,
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": fingerprint(card.number),
        "funding": card.funding,
        "generated_from": generated_from,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    method = _method("card", body, world, redisplay, customer)
    method["_number"] = card.number
    method["_decline"] = list(decline) if decline else None
    method["_next"] = None
    method["_off_session_only"] = off_session_only
    return world.save(method)


def _method(kind: str, body: dict[str, Any], world: World, redisplay: str, customer: str | None) -> dict[str, Any]:
    return {
        "id": new_id("payment_method"),
        "object": "payment_method",
        "allow_redisplay": redisplay,
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        kind: body,
        "created": int(world.now),
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": kind,
    }
