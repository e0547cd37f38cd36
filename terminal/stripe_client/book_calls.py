"""Pages of what moved at Stripe: charges, refunds, events. https://docs.stripe.com/api/pagination"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from terminal.stripe_client.calls import Calls, safe, shaped
from terminal.stripe_client.objects import object_id
from terminal.stripe_client.refund_calls import RefundObject, read_refund

PAGE = 100


@dataclass(frozen=True, slots=True)
class ChargeObject:
    """A charge. ``amount`` is what was captured, in minor units; nothing when it failed or is only authorised.

    ``back`` is what went back of it.
    """

    id: str
    intent_id: str
    amount: int
    currency: str
    created: datetime
    back: int = 0
    note: str = ""
    card_brand: str = ""
    card_last4: str = ""
    on_reader: bool = False


@dataclass(frozen=True, slots=True)
class EventObject:
    """An event of the list: id, type and moment; ``raw`` is all of it."""

    id: str
    type: str
    created: datetime
    raw: dict[str, Any]


class BookCalls(Calls):
    """One page at a time, the newest first, so that the caller saves each before it asks for the next."""

    def charges_page(self, *, since: datetime, after: str = "") -> tuple[list[ChargeObject], bool]:
        """Read up to a page of the charges made since then, older than ``after``; and whether there are more."""
        answer = self.read(lambda api: api.v1.charges.list(_page(since, after)))
        return [shaped(read_charge, row) for row in answer["data"]], bool(answer["has_more"])

    def refunds_page(self, *, since: datetime, after: str = "") -> tuple[list[RefundObject], bool]:
        """Read up to a page of the refunds made since then, older than ``after``; and whether there are more."""
        answer = self.read(lambda api: api.v1.refunds.list(_page(since, after)))
        return [shaped(read_refund, row) for row in answer["data"]], bool(answer["has_more"])

    def events_page(self, *, since: datetime, after: str = "") -> tuple[list[EventObject], bool]:
        """Read up to a page of the events since then, older than ``after``: Stripe keeps them for 30 days."""
        answer = self.read(lambda api: api.v1.events.list(_page(since, after)))
        return [shaped(_read_event, row) for row in answer["data"]], bool(answer["has_more"])

    def charge(self, charge_id: str) -> ChargeObject:
        """Read one charge."""
        return shaped(read_charge, self.read(lambda api: api.v1.charges.retrieve(safe(charge_id))))

    def tags_of_intent(self, intent_id: str) -> dict[str, str]:
        """Read what an intent carries: a charge made elsewhere may lack what its intent has."""
        answer = self.read(lambda api: api.v1.payment_intents.retrieve(safe(intent_id)))
        return {str(name): str(value) for name, value in (answer.get("metadata") or {}).items()}


def _page(since: datetime, after: str) -> Any:
    params: dict[str, Any] = {"limit": PAGE, "created": {"gte": int(since.timestamp())}}
    return {**params, "starting_after": safe(after)} if after else params


def read_charge(data: dict[str, Any]) -> ChargeObject:
    """Read a charge."""
    method = data.get("payment_method_details") or {}
    present = method.get("card_present") or method.get("interac_present") or {}
    card = present or method.get("card") or {}
    paid = bool(data["paid"]) and bool(data["captured"])
    return ChargeObject(
        id=data["id"],
        intent_id=object_id(data.get("payment_intent")) or data["id"],
        amount=int(data["amount_captured"]) if paid else 0,
        currency=str(data["currency"]).upper(),
        created=datetime.fromtimestamp(int(data["created"]), UTC),
        back=int(data.get("amount_refunded") or 0),
        note=str(data.get("description") or ""),
        card_brand=str(card.get("brand") or ""),
        card_last4=str(card.get("last4") or ""),
        on_reader=bool(present),
    )


def _read_event(data: dict[str, Any]) -> EventObject:
    return EventObject(data["id"], str(data["type"]), datetime.fromtimestamp(int(data["created"]), UTC), data)
