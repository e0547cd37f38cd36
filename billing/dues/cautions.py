"""What a person should look at before a bill is issued: no card, no address, a price that is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from billing.dues.facts import Card, Held, Month, Payer
from billing.dues.lines import Dues
from billing.enums import CautionCode
from members.calendars import Period

C = CautionCode
NOT_CHARGED = frozenset({C.NO_CARD, C.CONSENT_WITHDRAWN, C.CARD_EXPIRES, C.CARD_REFUSED, C.NO_EMAIL})  # see may_collect
OF_PAYER = NOT_CHARGED | {C.COLLECTION_STOPPED, C.NO_TAX_ID, C.NO_ADDRESS}  # what payer_cautions yields


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to look at, with what its sentence needs."""

    code: CautionCode
    facts: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"code": self.code.value, **self.facts}


def cautions(payer: Payer, dues: Dues, *, charge_on: date | None) -> tuple[Caution, ...]:
    """Return what to look at; ``charge_on`` is the day the card would be charged, None when there is nothing to pay."""
    found = [Caution(CautionCode.NO_PRICE, {"plan": each.plan, "on": each.day.isoformat()}) for each in dues.missing]
    if charge_on:
        found += payer_cautions(payer, charge_on)
        new = [held for held in payer.held if held.previous_id and not held.billed]
        found += [caution for held in new for caution in _beyond(payer, held)]
    return tuple(found)


def payer_cautions(payer: Payer, charge_on: date) -> Iterator[Caution]:
    """Yield what to look at about who pays on ``charge_on``, whatever the bill is for: it changes after the draft."""
    yield from _card(payer.card, charge_on)
    if payer.stopped and may_collect(payer.card, charge_on, email=payer.email):
        yield Caution(CautionCode.COLLECTION_STOPPED, {"reason": payer.stopped})
    yield from _address(payer)


def may_collect(card: Card | None, charge_on: date, *, email: str) -> bool:
    """Return whether the card may be charged on ``charge_on``: there is nothing to look at about it.

    Who has no address is not charged: the consent promises the invoice by mail before.
    """
    return bool(email) and card is not None and next(_card(card, charge_on), None) is None


def _card(card: Card | None, charge_on: date) -> Iterator[Caution]:
    if card is None:
        yield Caution(CautionCode.NO_CARD)
    elif not card.consent_holds:
        yield Caution(CautionCode.CONSENT_WITHDRAWN, {"card": card.label})
    elif card.expires and _expired(card, charge_on):
        month = card.expires.start.isoformat()
        yield Caution(
            CautionCode.CARD_EXPIRES, {"card": card.label, "month": month, "charge_on": charge_on.isoformat()}
        )
    elif card.refused_on:
        facts = {"card": card.label, "on": card.refused_on.isoformat(), "why": card.refused.value}
        yield Caution(CautionCode.CARD_REFUSED, facts)


def _expired(card: Card, day: date) -> bool:
    return card.expires is not None and card.expires < Month.of(day)


def _address(payer: Payer) -> Iterator[Caution]:
    if not payer.email:
        yield Caution(CautionCode.NO_EMAIL)
    if payer.is_company and not payer.tax_id:
        yield Caution(CautionCode.NO_TAX_ID)
    if payer.is_company and not payer.address:
        yield Caution(CautionCode.NO_ADDRESS)


def _beyond(payer: Payer, held: Held) -> Iterator[Caution]:
    """Yield the plan before ``held`` when days after its end are billed: a change in the middle pays nothing back."""
    old = next((each for each in payer.held if each.membership_id == held.previous_id), None)
    end = old.terms.end if old else None
    if old and end and held.terms.starts_on == end:
        rest = [part for each in old.billed if (part := _after(each, end))]
        if rest:
            days, last = sum(part.days for part in rest), max(part.last for part in rest)
            yield Caution(CautionCode.BILLED_BEYOND, {"plan": old.plan, "days": days, "last": last.isoformat()})


def _after(billed: Period, end: date) -> Period | None:
    return Period(max(billed.start, end), billed.end) if billed.end > end else None
