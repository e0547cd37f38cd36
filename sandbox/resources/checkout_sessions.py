"""Checkout Sessions, a hosted page that takes a payment or keeps a card.

https://docs.stripe.com/api/checkout/sessions
"""

from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import ApiError, invalid, refused
from sandbox.ids import new_id
from sandbox.listing import page, within
from sandbox.resources import setup_intents
from sandbox.resources.attributes import allowed_types, merge_metadata, require_customer
from sandbox.resources.hosted import details_of, expire
from sandbox.resources.payment_intents import check_amount
from sandbox.world import World

Body = dict[str, Any]
SHORTEST, LONGEST = 30 * 60, 24 * 3600  # seconds
_EMPTY = [
    "adaptive_pricing", "after_expiration", "allow_promotion_codes", "billing_address_collection",
    "branding_settings", "cancel_url", "client_reference_id", "client_secret", "collected_information",
    "consent", "consent_collection", "currency_conversion", "customer", "customer_account",
    "customer_creation", "customer_email", "discounts", "excluded_payment_method_types",
    "integration_identifier", "invoice", "invoice_creation", "locale", "managed_payments", "origin_context",
    "payment_intent", "payment_link", "payment_method_configuration_details", "permissions", "recovered_from",
    "redirect_on_completion", "return_url", "saved_payment_method_options", "setup_intent",
    "shipping_address_collection", "shipping_cost", "submit_type", "subscription", "total_details",
    "wallet_options",
]  # fmt: skip
_COPIED = (
    "allowed_payment_method_types", "billing_address_collection", "cancel_url", "client_reference_id", "customer",
    "customer_creation", "customer_email", "excluded_payment_method_types", "locale", "submit_type",
)  # fmt: skip


def create(world: World, params: Body) -> Body:
    """Open a session. Its page is at `url` of the answer; a payment has no intent yet."""
    _check(world, params)
    payment = params["mode"] == "payment"
    currency = _currency(params)
    lines = [_line(item, currency, place) for place, item in enumerate(params.get("line_items", []))]
    total = sum(line["amount_total"] for line in lines)
    if payment:
        check_amount(total, currency or "", "line_items")
    session_id = new_id("checkout.session")
    ends = params.get("expires_at", int(world.now) + LONGEST)
    session = {
        **_blank(world, params, session_id),
        "amount_subtotal": total if payment else None,
        "amount_total": total if payment else None,
        "currency": currency,
        "expires_at": ends,
        "payment_method_types": _types(world, params, currency),
        "_intent_data": params.get("payment_intent_data") or {},
        "_lines": lines,
        "_redisplay": (params.get("payment_method_data") or {}).get("allow_redisplay", "limited"),
    }
    if payment:
        session["total_details"] = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    else:
        session["setup_intent"] = _setup_intent(world, session, params)
    world.save(session)
    world.later(ends - world.now, "session_expires", session=session_id)
    return session


def _blank(world: World, params: Body, session_id: str) -> Body:
    email = params.get("customer_email")
    if params.get("customer"):
        email = world.find("customer", params["customer"])["email"]
    return {
        "id": session_id,
        "object": "checkout.session",
        **dict.fromkeys(_EMPTY),
        **{name: params[name] for name in _COPIED if name in params},
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": int(world.now),
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        ),
        "customer_details": details_of(email) if email else None,
        "livemode": False,
        "metadata": dict(params.get("metadata") or {}),
        "mode": params["mode"],
        "payment_method_collection": "always" if params["mode"] == "setup" else "if_required",
        "payment_method_options": params.get("payment_method_options") or {},
        "payment_status": "unpaid" if params["mode"] == "payment" else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{world.request.get('base', '')}/c/pay/{session_id}",
    }


def _check(world: World, params: Body) -> None:
    """Refuse what is missing, excluded or too soon, before anything is made."""
    for name in ("mode", "success_url"):
        if name not in params:
            raise refused(f"Missing required param: {name}.", name, "parameter_missing")
    if params["mode"] == "subscription" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise refused("The sandbox knows hosted pages in payment and setup mode only.", "mode")
    wrong = (
        ("setup_intent_data",) if params["mode"] == "payment" else ("payment_intent_data", "line_items", "submit_type")
    )
    for name in wrong:
        if name in params:
            raise refused(f"You can not pass `{name}` in `{params['mode']}` mode.", name)
    if params["mode"] == "payment" and not params.get("line_items"):
        raise refused("Missing required param: line_items.", "line_items", "parameter_missing")
    if "customer" in params and "customer_email" in params:
        raise refused("You may only specify one of these parameters: customer, customer_email.", "customer")
    for name in ("success_url", "cancel_url"):
        if name in params and urlsplit(params[name]).scheme not in ("http", "https"):
            raise invalid("Not a valid URL", name, "url_invalid")
    _check_end(world, params.get("expires_at"))
    require_customer(world, params.get("customer"))


def _check_end(world: World, ends: int | None) -> None:
    if ends is None:
        return
    if ends < int(world.now) + SHORTEST:
        raise invalid("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
                      "expires_at")  # fmt: skip
    if ends > int(world.now) + LONGEST:
        raise invalid("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
                      "expires_at")  # fmt: skip


def _currency(params: Body) -> str | None:
    """Return the session's one currency in lower case; a setup with a list of types needs none."""
    found = {item["price_data"]["currency"].lower() for item in params.get("line_items", []) if "price_data" in item}
    if "currency" in params:
        found.add(params["currency"].lower())
    if len(found) > 1:
        raise invalid("The Checkout Session's line items must all be in the same currency.", "line_items")
    if not found and params["mode"] == "setup" and "allowed_payment_method_types" not in params:
        raise refused("Missing required param: currency.", "currency", "parameter_missing")
    return found.pop() if found else None


def _line(item: Body, currency: str | None, place: int) -> Body:
    where = f"line_items[{place}]"
    if "price" in item:
        raise ApiError(404, f"No such price: '{item['price']}'", code="resource_missing", param=f"{where}[price]")
    if "quantity" not in item:
        raise refused(f"Missing required param: {where}[quantity].", f"{where}[quantity]", "parameter_missing")
    price = item.get("price_data")
    if price is None:
        raise refused("You must specify either `price` or `price_data` in each line item.", where)
    for name in ("unit_amount", "product_data"):
        if name not in price:
            full = f"{where}[price_data][{name}]"
            raise refused(f"Missing required param: {full}.", full, "parameter_missing")
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": f"li_{new_id('event')[4:]}",
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": dict(item.get("metadata") or {}),
        "price": None,
        "quantity": item["quantity"],
    }


def _types(world: World, params: Body, currency: str | None) -> list[str]:
    """Return the types of payment the page offers. Raises a 400 when none of the allowed ones fits."""
    asked = params.get("allowed_payment_method_types")
    wanted = None if asked is None else [name for name in asked if not name.endswith("_present")]
    types = allowed_types(world, wanted, currency)
    types = [name for name in types if name not in params.get("excluded_payment_method_types", [])]
    if not types:
        raise invalid(
            "No valid payment method types for this Checkout Session. Please ensure that you have activated payment "
            "methods compatible with your chosen currency in your dashboard.",
            "allowed_payment_method_types",
        )
    return types


def _setup_intent(world: World, session: Body, params: Body) -> str:
    """Make the SetupIntent that a session in setup mode has from the start."""
    asked = {**(params.get("setup_intent_data") or {}), "allowed_payment_method_types": session["payment_method_types"]}
    if session["customer"]:
        asked["customer"] = session["customer"]
    intent = setup_intents.create(world, asked)
    intent["_session"] = session["id"]
    return str(world.save(intent)["id"])


def retrieve(world: World, _params: Body, object_id: str) -> Body:
    """Return a session."""
    return world.find("checkout.session", object_id, "session")


def update(world: World, params: Body, object_id: str) -> Body:
    """Change the metadata of a session."""
    session = world.find("checkout.session", object_id, "session")
    merge_metadata(session, params.get("metadata"))
    return world.save(session)


def end(world: World, _params: Body, object_id: str) -> Body:
    """Expire an open session. Raises the 400 for one that is complete or has expired."""
    session = world.find("checkout.session", object_id, "session")
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`.",
            "session",
        )
    return expire(world, session)


def listed(world: World, params: Body) -> Body:
    """Return a page of sessions, by customer, e-mail address, intent, status and moment."""
    names = [name for name in ("customer", "payment_intent", "status") if name in params]
    email = (params.get("customer_details") or {}).get("email")

    def keep(one: Body) -> bool:
        known = (one["customer_details"] or {}).get("email")
        return (
            within(one["created"], params.get("created"))
            and all(one[name] == params[name] for name in names)
            and email in (None, known)
        )

    return page(world, "checkout.session", params, "/v1/checkout/sessions", keep)


def line_items(world: World, _params: Body, object_id: str) -> Body:
    """Return what is paid on a session's page."""
    session = world.find("checkout.session", object_id, "session")
    url = f"/v1/checkout/sessions/{object_id}/line_items"
    return {"object": "list", "url": url, "has_more": False, "data": session["_lines"]}
