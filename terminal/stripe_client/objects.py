"""Stripe's answers as small typed objects, read strictly at the edge."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from terminal.decide import IntentView, ReaderView
from terminal.enums import IntentStatus, ReaderPicture
from terminal.stripe_client.errors import StripeUnreachable

R = ReaderPicture
INTENT_ACTIONS = ("process_payment_intent", "collect_payment_method", "confirm_payment_intent")


@dataclass(frozen=True, slots=True)
class AccountObject:
    """An account. ``currency`` is upper case."""

    id: str
    country: str
    currency: str
    name: str


@dataclass(frozen=True, slots=True)
class LocationObject:
    """A Stripe Location."""

    id: str
    display_name: str
    country: str
    address: str


@dataclass(frozen=True, slots=True)
class ReaderObject:
    """A Reader with its one action slot."""

    id: str
    label: str
    device_type: str
    serial_number: str
    software: str
    status: str
    location_id: str
    last_seen_at: datetime | None
    action_type: str = ""
    action_status: str = ""
    action_intent: str = ""
    failure_code: str = ""
    failure_message: str = ""
    api_code: str = ""
    decline_code: str = ""

    def picture(self, intent_id: str) -> ReaderPicture:
        """Return what the slot shows, seen from the attempt with ``intent_id``."""
        if not self.action_type:
            return R.NONE
        if self.action_intent != intent_id:
            # What has ended no longer occupies the reader.
            return R.OTHERS if self.action_status == "in_progress" else R.NONE
        pictures = {"in_progress": R.OURS_IN_PROGRESS, "succeeded": R.OURS_SUCCEEDED, "failed": R.OURS_FAILED}
        return pictures.get(self.action_status, R.UNREADABLE)

    def view(self, intent_id: str) -> ReaderView:
        """Return what ``decide`` needs, seen from the attempt with ``intent_id``."""
        picture = self.picture(intent_id)
        if picture is not R.OURS_FAILED:
            return ReaderView(picture)
        return ReaderView(picture, self.failure_code, self.api_code, self.decline_code)


@dataclass(frozen=True, slots=True)
class CardObject:
    """A PaymentMethod of type card: what Stripe shows of it."""

    id: str
    customer_id: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None
    fingerprint: str
    funding: str
    country: str
    wallet: str
    redisplay: str


def object_id(value: Any) -> str:
    """Return the id of something that is either an id or an expanded object."""
    return str(value.get("id", "")) if isinstance(value, dict) else str(value or "")


def read_account(data: dict[str, Any]) -> AccountObject:
    """Read ``GET /v1/account``."""
    profile = data.get("business_profile") or {}
    dashboard = (data.get("settings") or {}).get("dashboard") or {}
    name = str(dashboard.get("display_name") or profile.get("name") or data["id"])
    return AccountObject(data["id"], data["country"], str(data["default_currency"]).upper(), name)


def read_location(data: dict[str, Any]) -> LocationObject:
    """Read a ``terminal.location``."""
    address, kanji = data.get("address") or {}, data.get("address_kanji") or {}
    names = ("line1", "postal_code", "city", "state")
    parts = [address.get(name) for name in names] if not kanji else [kanji.get(name) for name in (*names, "town")]
    return LocationObject(
        data["id"],
        str(data.get("display_name") or data.get("display_name_kanji") or ""),
        str(address.get("country") or ""),
        ", ".join(part for part in parts if part),
    )


def read_reader(data: dict[str, Any]) -> ReaderObject:
    """Read a ``terminal.reader``. ``last_seen_at`` is in milliseconds at Stripe."""
    action = data.get("action") or {}
    kind = str(action.get("type") or "")
    details = action.get(kind) or {}
    api_error = action.get("api_error") or {}
    seen = data.get("last_seen_at")
    return ReaderObject(
        id=data["id"],
        label=str(data.get("label") or data["id"]),
        device_type=str(data.get("device_type") or ""),
        serial_number=str(data.get("serial_number") or ""),
        software=str(data.get("device_sw_version") or ""),
        status=str(data.get("status") or ""),
        location_id=object_id(data.get("location")),
        last_seen_at=datetime.fromtimestamp(seen / 1000, UTC) if isinstance(seen, int) else None,
        action_type=kind,
        action_status=str(action.get("status") or ""),
        action_intent=_what_of(kind, details),
        failure_code=str(action.get("failure_code") or ""),
        failure_message=str(action.get("failure_message") or ""),
        api_code=str(api_error.get("code") or ""),
        decline_code=str(api_error.get("decline_code") or ""),
    )


def _what_of(kind: str, details: dict[str, Any]) -> str:
    """Return what an action is about: its intent, or the mark of our attempt where money goes back."""
    attempt = str((details.get("metadata") or {}).get("attempt") or "")
    if kind == "refund_payment" and attempt:
        return refund_mark(attempt)
    return object_id(details.get("payment_intent") or details.get("setup_intent"))


def refund_mark(attempt: str) -> str:
    """Return the name of a refund on a reader, which has no object at Stripe before it is made."""
    return f"refund:{attempt}"


def read_intent(data: dict[str, Any]) -> IntentView:
    """Read a PaymentIntent; its ``latest_charge`` should be expanded.

    Raises StripeUnreachable for a status nobody knows: it says nothing, so it is read again.
    """
    try:
        status = IntentStatus(data["status"])
    except ValueError:
        raise StripeUnreachable(f"Stripe reports an unknown status: {data['status']}.", code="unknown_status") from None
    charge = data.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    method = charge.get("payment_method_details") or {}
    card = method.get("card_present") or method.get("interac_present") or method.get("card") or {}
    error = data.get("last_payment_error") or {}
    return IntentView(
        id=data["id"],
        status=status,
        amount=int(data["amount"]),
        amount_received=int(data.get("amount_received") or 0),
        currency=str(data["currency"]).upper(),
        livemode=bool(data["livemode"]),
        payment_method_types=tuple(data.get("payment_method_types") or ()),
        charge_id=object_id(data.get("latest_charge")),
        charge_created=int(charge.get("created") or 0),
        card_brand=str(card.get("brand") or ""),
        card_last4=str(card.get("last4") or ""),
        error_code=str(error.get("code") or ""),
        decline_code=str(error.get("decline_code") or ""),
        advice_code=str(error.get("advice_code") or ""),
        generated_card=str(card.get("generated_card") or ""),
        wallet=str((card.get("wallet") or {}).get("type") or ""),
        receipt=_receipt(card),
    )


def _receipt(card: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what card networks want on a receipt; a card that was not presented has nothing of it.

    https://docs.stripe.com/terminal/features/receipts#custom
    """
    facts = {**(card.get("receipt") or {}), "read_method": card.get("read_method")}
    return tuple(sorted((str(name), str(value)) for name, value in facts.items() if value))


def read_setup_intent(data: dict[str, Any]) -> IntentView:
    """Read a SetupIntent; its ``latest_attempt`` and ``payment_method`` should be expanded.

    Raises StripeUnreachable for a status nobody knows.
    """
    try:
        status = IntentStatus(data["status"])
    except ValueError:
        raise StripeUnreachable(f"Stripe reports an unknown status: {data['status']}.", code="unknown_status") from None
    attempt = data.get("latest_attempt")
    method = (attempt if isinstance(attempt, dict) else {}).get("payment_method_details") or {}
    kept = method.get("card_present") or method.get("interac_present") or {}
    shown = data.get("payment_method")
    shown = shown if isinstance(shown, dict) else {}
    card = shown.get("card_present") or shown.get("interac_present") or shown.get("card") or {}
    error = data.get("last_setup_error") or {}
    return IntentView(
        id=data["id"],
        status=status,
        amount=0,
        amount_received=0,
        currency="",
        livemode=bool(data["livemode"]),
        payment_method_types=tuple(data.get("payment_method_types") or ()),
        charge_id=object_id(attempt),
        card_brand=str(card.get("brand") or ""),
        card_last4=str(card.get("last4") or ""),
        error_code=str(error.get("code") or ""),
        decline_code=str(error.get("decline_code") or ""),
        advice_code=str(error.get("advice_code") or ""),
        generated_card=str(kept.get("generated_card") or ""),
        wallet=str((card.get("wallet") or {}).get("type") or ""),
    )


def read_card(data: dict[str, Any]) -> CardObject:
    """Read a PaymentMethod of type card."""
    card = data["card"]
    return CardObject(
        id=data["id"],
        customer_id=object_id(data.get("customer")),
        brand=str(card.get("brand") or ""),
        last4=str(card.get("last4") or ""),
        exp_month=card.get("exp_month"),
        exp_year=card.get("exp_year"),
        fingerprint=str(card.get("fingerprint") or ""),
        funding=str(card.get("funding") or ""),
        country=str(card.get("country") or ""),
        wallet=str((card.get("wallet") or {}).get("type") or ""),
        redisplay=str(data.get("allow_redisplay") or ""),
    )
