"""What pages show of one membership: its state, its money, and what may be done with it."""

from dataclasses import dataclass
from datetime import date

from flexspace.core.badges import Badge
from members.calendars import ONE_DAY
from members.enums import MembershipState
from members.explain.costs import day_words, discount_words
from members.explain.held import state_badge
from members.explain.previews import next_bill_words, price_words
from members.explain.sold import how_billed
from members.models import Membership, MembershipDiscount, MembershipPause
from members.proration import Discount
from members.terms import Billed

S = MembershipState


@dataclass(frozen=True, slots=True)
class DiscountLine:
    """A discount in words. ``is_over``: it no longer counts."""

    row: MembershipDiscount
    less: str
    days: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class PauseLine:
    """A pause in words."""

    row: MembershipPause
    days: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class MembershipLine:
    """One membership on ``today``; ``can_…`` says which buttons make sense, roles aside."""

    row: Membership
    state: MembershipState
    badge: Badge
    price: str
    billed: str
    next_bill: str
    days: str
    discounts: list[DiscountLine]
    pauses: list[PauseLine]

    @property
    def is_over(self) -> bool:
        """Return whether it belongs to the past."""
        return self.state in (S.ENDED, S.NEVER_BEGAN)

    @property
    def off(self) -> list[DiscountLine]:
        """Return the discounts that count or will."""
        return [each for each in self.discounts if not each.is_over]

    @property
    def can_resume(self) -> bool:
        """Return whether a pause runs or is to come."""
        return not self.is_over and any(not each.is_over for each in self.pauses)

    @property
    def can_undo_end(self) -> bool:
        """Return whether it has an end that is not over."""
        return self.row.ends_on is not None and self.state in (S.ENDING, S.UPCOMING, S.PAUSED)


def line_of(row: Membership, today: date, billed: Billed) -> MembershipLine:
    """Return what to show of ``row``, read ``with_terms()``, on the location's day ``today``."""
    terms = row.terms()
    state = terms.state(today)
    over = state in (S.ENDED, S.NEVER_BEGAN)
    amount = terms.price(max(today, row.starts_on))
    return MembershipLine(
        row=row,
        state=state,
        badge=state_badge(terms, today, cancelled=row.cancelled_at is not None),
        price=price_words(row.plan, amount) if amount is not None else "no price yet",
        billed=how_billed(row.plan),
        next_bill="" if over else next_bill_words(row.plan, terms, today, billed),
        days=_since(row.starts_on, row.ends_on),
        discounts=[_discount(each, row.location.currency, today) for each in row.discounts.all()],
        pauses=[
            PauseLine(each, _span(each.from_date, each.until), bool(each.until and each.until <= today))
            for each in row.pauses.all()
        ],
    )


def _discount(row: MembershipDiscount, currency: str, today: date) -> DiscountLine:
    less = Discount(row.from_date, row.until, row.basis_points or 0, row.amount or 0)
    over = bool(row.until and row.until <= today)
    return DiscountLine(row, discount_words(less, currency), _span(row.from_date, row.until), over)


def _span(start: date, until: date | None) -> str:
    """Return "from 1 Dec 2026" or "1 Dec 2026 – 31 Jan 2027"; ``until`` is the first day after."""
    return f"{day_words(start)} – {day_words(until - ONE_DAY)}" if until else f"from {day_words(start)}"


def _since(start: date, last: date | None) -> str:
    if last and last < start:
        return f"was to start {day_words(start)}"
    return f"{day_words(start)} – {day_words(last)}" if last else f"since {day_words(start)}"
